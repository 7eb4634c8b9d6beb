"""Builds quality_scores for the documents that survived cleaning and deduplication."""

import contextlib
import functools
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.charts.plots import histogram
from curation_assets.counting import count_verdicts
from curation_assets.progress import Progress, silent
from curation_assets.quality.ask_llm.by_language import BankScorer
from curation_assets.quality.ask_llm.config import AskLlmConfig
from curation_assets.quality.ask_llm.scorer import check_asking
from curation_assets.quality.bank import LoadedLate, fingerprint, load_bank, oriented
from curation_assets.quality.config import ASK_LLM, STUDENT, QualityConfig
from curation_assets.quality.endpoint.client import EndpointError
from curation_assets.quality.endpoint.scorer import PLAIN
from curation_assets.quality.kinds import EndpointScorer
from curation_assets.quality.scoring import OnVectors, compute_scores
from curation_assets.quality.tokens import text_sizes, tokens_fingerprint
from curation_assets.stage import Built, ShardStage
from curation_assets.survivors import surviving_ids, survivors
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace
from resources.document_cache import compute_missing
from resources.models import ModelError
from resources.records import Counts

_TEXTS_TO_TOKENISE = 512
MOST_PLOTS = 6


@functools.lru_cache(maxsize=2)
def _bank(config_json: str) -> dict[str, BankScorer]:
    """Load the scorers once a process, whatever the number of shards."""
    return load_bank(QualityConfig.model_validate_json(config_json))


def build(workplace: Workplace, shard: str, progress: Progress) -> Built:
    lake, config = workplace.lake, workplace.config.quality
    bank = _bank(config.model_dump_json())
    documents = survivors(lake, shard, ["doc_id", "shard", "text_hash", "language"])
    keys, languages = documents["text_hash"].to_list(), documents["language"].to_list()
    texts = functools.cache(lambda: dict(survivors(lake, shard, ["text_hash", "text"]).iter_rows()))
    scores, scored = {}, {}
    with contextlib.closing(lake.cache()) as cache:
        for name, scorer in bank.items():
            told = progress if name == ASK_LLM else silent  # a document is counted once
            scores[name], scored[name] = compute_scores(cache, scorer, keys, languages, texts, told)
        sizes, tokenised = compute_missing(
            cache,
            tokens_fingerprint(config.tokenizer),
            keys,
            texts,
            partial(text_sizes, tokenizer=config.tokenizer),
            silent,
            dtype=np.int64,
            chunk=_TEXTS_TO_TOKENISE,
        )
    sizes = sizes.reshape(-1, 2)  # of no document, too
    frame = documents.select("doc_id", "shard").with_columns(
        *(pl.Series(name, values, dtype=pl.Float64).fill_nan(None) for name, values in scores.items()),
        pl.Series("quality", oriented(scores[config.use], config.use, config)).fill_nan(None),
        pl.Series("tokens", sizes[:, 0], dtype=pl.Int64),
        pl.Series("bytes", sizes[:, 1], dtype=pl.Int64),
    )
    anew = {key for new in (*scored.values(), tokenised) for key in new}
    return Built(
        tables={"quality_scores": frame},
        figures={
            "scorer": fingerprint(bank),
            "documents_scored_anew": len(scored[ASK_LLM]),
            **{f"{name}_scored_anew": len(new) for name, new in scored.items() if name != ASK_LLM},
            "documents_tokenised_anew": len(tokenised),
            "mean_quality": float(frame["quality"].mean() or 0.0),  # type: ignore[arg-type]
            "tokens": int(frame["tokens"].sum()),
        },
        plots={
            f"{name} scores": partial(
                histogram, values[np.isfinite(values)], f"{name} ({_kind(name, config)})", "score"
            )
            for name, values in list(scores.items())[:MOST_PLOTS]
        },
        bytes_in=sum(len(texts()[key].encode()) for key in anew),
    )


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[np.isfinite(values)]


def _kind(name: str, config: QualityConfig) -> str:
    if name in config.scorers:
        return config.scorers[name].kind
    if config.cascade is not None:
        return "student" if name == STUDENT else "cascade"
    return config.readout


def count(workplace: Workplace, shard: str) -> Counts:
    return count_verdicts(workplace.lake, "quality_scores", shard, surviving_ids(workplace.lake, shard))


def settings(workplace: Workplace) -> QualityConfig:
    return workplace.config.quality


def external(workplace: Workplace, _shard: str) -> str:
    config = workplace.config.quality
    return content_hash(fingerprint(_bank(config.model_dump_json())), tokens_fingerprint(config.tokenizer))


def check_scorers(workplace: Workplace) -> None:
    """Load what can be loaded quickly, so that a file of another kind stops a run before it begins."""
    config = workplace.config.quality
    for name, scorer in _bank(config.model_dump_json()).items():
        settings = config if name == ASK_LLM else config.scorers.get(name)
        if isinstance(settings, AskLlmConfig):
            try:
                check_asking(settings)
            except ModelError as error:
                raise ModelError(f"{_setting(name, config)}: {error}") from error
        if isinstance(settings, EndpointScorer):
            _check_server(name, scorer)
        loads_weights = name in config.scorers and config.scorers[name].kind == "perplexity"
        if isinstance(scorer, LoadedLate | OnVectors) and not loads_weights:
            try:
                scorer.check()
            except ModelError as error:
                raise ModelError(f"{_setting(name, config)}: {error}") from error
    external(workplace, "")


def _check_server(name: str, scorer: BankScorer) -> None:
    """Ask about one short text: a server that is down would take every shard's scores out, one by one."""
    try:
        if not np.isfinite(scorer.of(None).score([PLAIN])).all():
            raise ModelError("the server refuses a plain document")
    except (EndpointError, ModelError) as error:
        raise ModelError(f"quality.scorers.{name}: {error}") from error


def _setting(name: str, config: QualityConfig) -> str:
    if name in config.scorers:
        return f"quality.scorers.{name}"
    return "quality" if config.cascade is None else "quality.cascade"


COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "ask_llm": "Ask-LLM score, 0 to 1",
    "quality": "the score that the mixture goes by: quality.use, greater is better",
    "tokens": "length in tokens",
    "bytes": "length of the text in bytes, UTF-8",
}

QUALITY_SCORES = ShardStage(
    name="quality_scores",
    reads=("clean_documents", "passage_labels"),
    version="3",
    settings=settings,
    build=build,
    count=count,
    external=external,
    requires=check_scorers,
    tables=("quality_scores",),
    heavy=True,
    columns=COLUMNS,
)
