"""What is made of perplexities: CCNet's three buckets, and a band of ranks in the middle.

CCNet (arXiv 1911.00359; ``perplexity.py``) calls the documents of a language ``head``, ``middle`` and
``tail`` by cut-offs of their perplexity: below the 30th percentile of a sample, below the 60th, and the rest.
Marion et al. 2023 (arXiv 2309.04564) keep a share of the documents by rank, lowest, middle or highest; the
middle was best there, and the lowest perplexities worst.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from resources.files import write_bytes_atomically
from resources.models import ModelError

HEAD, MIDDLE, TAIL, ALL = "head", "middle", "tail", "all"
"""``all`` is for languages without cut-offs, as in CCNet."""
PERCENTILES = (30.0, 60.0)
_FORMAT = 1


@dataclass(frozen=True)
class Cutoffs:
    """Where the buckets of each language end.

    Attributes:
        ends: by language, the perplexity at which the head ends and the one at which the tail begins.
        scorer: fingerprint of the scorer that the perplexities are from; others cannot be compared with it.
        percentiles: of the sample, that the ends stand for.
        sample: how many documents of each language they were fitted on.
    """

    ends: Mapping[str, tuple[float, float]]
    scorer: str
    percentiles: tuple[float, float] = PERCENTILES
    sample: Mapping[str, int] | None = None

    def save(self, path: Path) -> None:
        """Write the cut-offs as JSON; the same ones give the same bytes."""
        values = {
            "format": _FORMAT,
            "scorer": self.scorer,
            "percentiles": list(self.percentiles),
            "ends": {language: list(ends) for language, ends in self.ends.items()},
            "sample": dict(self.sample or {}),
        }
        write_bytes_atomically(path, (json.dumps(values, sort_keys=True, indent=1) + "\n").encode())


def fit_cutoffs(
    perplexities: ArrayLike,
    languages: Sequence[str],
    scorer: str,
    percentiles: tuple[float, float] = PERCENTILES,
    fewest: int = 1,
) -> Cutoffs:
    """Return the cut-offs of every language with ``fewest`` documents in a sample, whatever their order.

    An end is the value of a document of the sample: the smallest one that at least so many per cent of the
    documents are not above.

    Raises:
        ValueError: the percentiles are not ascending, or a perplexity is not finite.
    """
    values, names = np.asarray(perplexities, np.float64), np.asarray(languages)
    if not 0 <= percentiles[0] <= percentiles[1] <= 100:
        raise ValueError(f"percentiles {percentiles}: they have to ascend from 0 to 100")
    if len(values) != len(names) or not np.isfinite(values).all():
        raise ValueError("a finite perplexity and a language is needed of every document")
    ends, sample = {}, {}
    for language in sorted(set(languages)):
        own = values[names == language]
        if len(own) >= fewest:
            head, tail = np.percentile(own, percentiles, method="inverted_cdf")
            ends[language], sample[language] = (float(head), float(tail)), len(own)
    return Cutoffs(ends, scorer, percentiles, sample)


def load_cutoffs(path: Path) -> Cutoffs:
    """Read what ``Cutoffs.save`` wrote.

    Raises:
        ModelError: the file is missing or does not hold cut-offs.
    """
    try:
        values = json.loads(path.read_bytes())
        if values["format"] != _FORMAT:
            raise ValueError("unknown format")
        ends = {language: (float(head), float(tail)) for language, (head, tail) in values["ends"].items()}
        first, second = values["percentiles"]
        sample = {language: int(count) for language, count in values["sample"].items()}
        return Cutoffs(ends, str(values["scorer"]), (float(first), float(second)), sample)
    except OSError as error:
        raise ModelError(f"cut-offs {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"cut-offs {path}: not such a file ({error})") from error


def buckets(perplexities: ArrayLike, languages: Sequence[str], cutoffs: Cutoffs) -> list[str]:
    """Return the bucket of every document: below the first end head, below the second middle, else tail."""
    found = []
    for value, language in zip(np.asarray(perplexities, np.float64), languages, strict=True):
        ends = cutoffs.ends.get(language)
        if ends is None:
            found.append(ALL)
        else:
            found.append(HEAD if value < ends[0] else MIDDLE if value < ends[1] else TAIL)
    return found


def rank_shares(scores: ArrayLike, *groups: Sequence[str]) -> NDArray[np.float64]:
    """Return which share of its group lies below each document, float64 [n], in (0, 1); itself counts half.

    Documents with the same score have the same share.

    Args:
        groups: columns [n] that make up the group, such as language and source; none: all are one group.
    """
    frame = pl.DataFrame({"score": np.asarray(scores, np.float64)}).with_columns(
        pl.Series(f"group_{number}", list(group)) for number, group in enumerate(groups)
    )
    share = (pl.col("score").rank("average") - 0.5) / pl.len()
    over = [f"group_{number}" for number in range(len(groups))]
    return frame.select(share.over(over) if over else share).to_series().to_numpy()


def keep_band(scores: ArrayLike, lower: float, upper: float, *groups: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which documents' rank share in their group is at least ``lower`` and below ``upper``; bool [n].

    The middle half of Marion et al. is ``keep_band(perplexities, 0.25, 0.75, languages, sources)``.

    Raises:
        ValueError: not 0 <= lower < upper <= 1.
    """
    if not 0 <= lower < upper <= 1:
        raise ValueError(f"a band from {lower} to {upper}; it has to lie between 0 and 1")
    shares = rank_shares(scores, *groups)
    return (shares >= lower) & (shares < upper)
