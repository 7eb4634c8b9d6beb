"""Reads and writes n-gram models in the ARPA format, plain or gzipped, as KenLM and SRILM do.

A line of an n-gram is its log10 probability, its words and, below the highest order, its log10 backoff
weight (0 if left out). As in KenLM, <s> and </s> have to be there, <unk> (or <UNK>) has a log10 probability
of -100 where it is not, and no probability may be above 1. The beginning of every n-gram has to be in the
model, as KenLM's tables ask for; its ending need not be.
"""

import gzip
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.perplexity.characters import Tokens
from curation_assets.quality.perplexity.model import SPECIAL, NgramModel, make_model
from resources.files import hash_file, write_atomically
from resources.models import ModelError

MISSING_UNKNOWN = -100.0
"""Log10 probability of <unk> where a file has none; KenLM's ``unknown_missing_logprob``."""
_GZIP = b"\x1f\x8b"
_DIGITS = 9
_UNKNOWN = (b"<unk>", b"<UNK>")


class _Section(NamedTuple):
    """The n-grams of one order as they stand in the file: words [n, order], log10 weights [n]."""

    words: NDArray[np.uint32]
    probability: NDArray[np.float32]
    backoff: NDArray[np.float32]


def read_arpa(path: Path, tokens: Tokens = "words") -> NgramModel:
    """Read a model.

    Args:
        tokens: how texts are cut into the words of the model: "spaces" where another program does it.

    Raises:
        ModelError: the file is missing, is not in this format, or is a binary file of KenLM.
    """
    try:
        with _opened(path) as file:
            return _parsed(iter(file), tokens, {"arpa": hash_file(path)})
    except (OSError, EOFError, zlib.error) as error:
        raise ModelError(f"ARPA file {path}: {getattr(error, 'strerror', None) or error}") from error
    except (ValueError, OverflowError, UnicodeDecodeError, StopIteration) as error:
        reason = str(error) or "it ends too early"
        raise ModelError(f"ARPA file {path}: {reason}") from error


def write_arpa(model: NgramModel, path: Path) -> None:
    """Write a model, gzipped where the name ends in .gz; weights to as many digits as float32 has."""

    def write(temporary: Path) -> None:
        with temporary.open("wb") as raw:
            if path.suffix != ".gz":
                raw.writelines(line.encode("utf-8") for line in _lines(model))
                return
            with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
                packed.writelines(line.encode("utf-8") for line in _lines(model))

    write_atomically(path, write)


def _lines(model: NgramModel) -> Iterator[str]:
    yield "\\data\\\n"
    yield from (f"ngram {order}={count}\n" for order, count in enumerate(model.counts, 1))
    for order in range(1, model.order + 1):
        yield f"\n\\{order}-grams:\n"
        first = int(model.offsets[order - 1])
        for node, numbers in enumerate(model.ngrams(order), first):
            words = " ".join(model.vocabulary[number] for number in numbers)
            backoff = f"\t{model.backoff[node]:.{_DIGITS}g}" if order < model.order else ""
            yield f"{model.probability[node]:.{_DIGITS}g}\t{words}{backoff}\n"
    yield "\n\\end\\\n"


def _opened(path: Path) -> BinaryIO | gzip.GzipFile:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    if packed:
        return gzip.open(path, "rb")
    return path.open("rb")


def _parsed(lines: Iterator[bytes], tokens: Tokens, record: dict[str, str]) -> NgramModel:
    counts = _header(lines)
    numbers = {word.encode(): row for row, word in enumerate(SPECIAL)}
    sections = [_section(lines, order, counts, numbers) for order in range(1, len(counts) + 1)]
    if next(_filled(lines)).strip() != b"\\end\\":
        raise ValueError("no \\end\\ after the n-grams")
    sections[0] = _unigrams(sections[0], len(numbers))
    context, word, weights = _tree(sections)
    counts[0] = len(numbers)
    backoff = [section.backoff for section in weights[:-1]] or [np.zeros(0, np.float32)]
    probability = np.concatenate([section.probability for section in weights])
    vocabulary = tuple(word.decode("utf-8") for word in numbers)
    both = (probability, np.concatenate(backoff))
    return make_model(tokens, vocabulary, np.array(counts), (context, word), both, dict(record))


def _filled(lines: Iterator[bytes]) -> Iterator[bytes]:
    return (line for line in lines if line.strip())


def _header(lines: Iterator[bytes]) -> list[int]:
    first = next(_filled(lines))
    if first.strip() != b"\\data\\":
        raise ValueError("it does not begin with \\data\\")
    counts: list[int] = []
    for line in lines:
        name, _, count = line.partition(b"=")
        if not line.strip():
            break
        if name.split() != [b"ngram", b"%d" % (len(counts) + 1)] or not count.strip().isdigit():
            raise ValueError(f"a header line {_shown(line)}")
        counts.append(int(count))
    if not counts:
        raise ValueError("a header without counts")
    return counts


def _section(lines: Iterator[bytes], order: int, counts: list[int], numbers: dict[bytes, int]) -> _Section:
    if next(_filled(lines)).strip() != b"\\%d-grams:" % order:
        raise ValueError(f"no \\{order}-grams: where they should be")
    words, probability, backoff = array("I"), array("f"), array("f")
    for _ in range(counts[order - 1]):
        fields = next(lines).split()
        if not order < len(fields) <= order + 2:
            raise ValueError(f"an {order}-gram line {_shown(b' '.join(fields))}")
        if order == 1:
            name = _UNKNOWN[0] if fields[1] in _UNKNOWN else fields[1]
            words.append(numbers.setdefault(name, len(numbers)))
        else:
            words.extend(_known(numbers, word) for word in fields[1 : order + 1])
        probability.append(float(fields[0]))
        backoff.append(float(fields[order + 1]) if len(fields) > order + 1 else 0.0)
    return _Section(
        np.array(words, np.uint32).reshape(-1, order),
        np.array(probability, np.float32),
        np.array(backoff, np.float32),
    )


def _known(numbers: dict[bytes, int], word: bytes) -> int:
    number = numbers.get(_UNKNOWN[0] if word in _UNKNOWN else word)
    if number is None:
        raise ValueError(f"the word {_shown(word)} has no unigram")
    return number


def _shown(piece: bytes) -> str:
    return repr(piece.strip()[:80].decode("utf-8", "replace"))


def _unigrams(section: _Section, vocabulary: int) -> _Section:
    """Put unigrams in the order of their numbers; <unk> may be missing, <s> and </s> may not."""
    rows = section.words[:, 0]
    if len(np.unique(rows)) != len(rows):
        raise ValueError("a unigram is there twice")
    missing = [word for number, word in enumerate(SPECIAL[1:], 1) if number not in rows]
    if missing:
        raise ValueError(f"no unigram {missing[0]}")
    probability = np.full(vocabulary, MISSING_UNKNOWN, np.float32)
    backoff = np.zeros(vocabulary, np.float32)
    probability[rows], backoff[rows] = section.probability, section.backoff
    return _Section(np.arange(vocabulary, dtype=np.uint32)[:, None], probability, backoff)


def _tree(sections: list[_Section]) -> tuple[NDArray[np.uint32], NDArray[np.uint32], list[_Section]]:
    """Return parents and last words of the n-grams from the bigrams on, and the sections in that order."""
    from curation_assets.quality.perplexity.trie import find_nodes, tree_table

    unigrams = len(sections[0].words)
    context = np.zeros(1 + unigrams, np.uint32)
    word = np.concatenate([np.zeros(1, np.uint32), sections[0].words[:, 0]])
    sorted_sections = [sections[0]]
    for order, section in enumerate(sections[1:], 2):
        table, _ = tree_table(context, word, 1 + unigrams)
        parents = np.zeros(len(section.words), np.int64)
        find_nodes(table, np.ascontiguousarray(section.words[:, :-1]), parents)
        if (parents < 0).any():
            raise ValueError(f"an {order}-gram whose first {order - 1} words are not in the model")
        rows = np.lexsort((section.words[:, -1], parents))
        sorted_sections.append(
            _Section(section.words[rows], section.probability[rows], section.backoff[rows])
        )
        context = np.concatenate([context, parents[rows].astype(np.uint32)])
        word = np.concatenate([word, section.words[rows, -1]])
    return context[1 + unigrams :], word[1 + unigrams :], sorted_sections
