"""Builds quality_scores for the documents that survived cleaning and deduplication."""

import contextlib
import functools
from functools import partial

import numpy as np
import polars as pl

from curation_assets.charts.plots import histogram
from curation_assets.counting import count_verdicts
from curation_assets.progress import Progress, silent
from curation_assets.quality.ask_llm import Scorer, load_scorer
from curation_assets.quality.by_language import ByLanguage
from curation_assets.quality.config import QualityConfig
from curation_assets.quality.scoring import compute_scores
from curation_assets.quality.tokens import count_tokens, tokens_fingerprint
from curation_assets.stage import Built, ShardStage
from curation_assets.survivors import surviving_ids, survivors
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace
from resources.document_cache import compute_missing
from resources.records import Counts

_TEXTS_TO_TOKENISE = 512

QUALITY_SCHEMA = {
    "doc_id": pl.String,
    "shard": pl.String,
    "ask_llm": pl.Float64,
    "quality": pl.Float64,
    "tokens": pl.Int64,
}


@functools.lru_cache(maxsize=2)
def _scorer(config_json: str) -> Scorer | ByLanguage[Scorer]:
    """Load a scorer once a process, whatever the number of shards."""
    return load_scorer(QualityConfig.model_validate_json(config_json))


def build(workplace: Workplace, shard: str, progress: Progress) -> Built:
    lake, config = workplace.lake, workplace.config.quality
    scorer = _scorer(config.model_dump_json())
    by_language = isinstance(scorer, ByLanguage)
    columns = ["doc_id", "shard", "text_hash", *(["language"] if by_language else [])]
    documents = survivors(lake, shard, columns)
    keys = documents["text_hash"].to_list()
    languages = documents["language"].to_list() if by_language else [None] * len(keys)
    texts = functools.cache(lambda: dict(survivors(lake, shard, ["text_hash", "text"]).iter_rows()))
    with contextlib.closing(lake.cache()) as cache:
        scores, scored = compute_scores(cache, scorer, keys, languages, texts, progress)
        tokens, tokenised = compute_missing(
            cache,
            tokens_fingerprint(config.tokenizer),
            keys,
            texts,
            partial(count_tokens, tokenizer=config.tokenizer),
            silent,
            dtype=np.int64,
            chunk=_TEXTS_TO_TOKENISE,
        )
    frame = documents.select("doc_id", "shard").with_columns(
        ask_llm=pl.Series(scores, dtype=pl.Float64),
        quality=pl.Series(scores, dtype=pl.Float64),
        tokens=pl.Series(tokens, dtype=pl.Int64),
    )
    return Built(
        tables={"quality_scores": frame.cast(QUALITY_SCHEMA)},  # type: ignore[arg-type]
        figures={
            "scorer": scorer.fingerprint,
            "documents_scored_anew": len(scored),
            "documents_tokenised_anew": len(tokenised),
            "mean_quality": float(frame["ask_llm"].mean() or 0.0),  # type: ignore[arg-type]
            "tokens": int(frame["tokens"].sum()),
        },
        plots={
            "Ask-LLM scores": partial(histogram, np.asarray(scores), f"Ask-LLM ({config.readout})", "P(yes)")
        },
        bytes_in=sum(len(texts()[key].encode()) for key in {*scored, *tokenised}),
    )


def count(workplace: Workplace, shard: str) -> Counts:
    return count_verdicts(workplace.lake, "quality_scores", shard, surviving_ids(workplace.lake, shard))


def settings(workplace: Workplace) -> QualityConfig:
    return workplace.config.quality


def external(workplace: Workplace, _shard: str) -> str:
    config = workplace.config.quality
    return content_hash(_scorer(config.model_dump_json()).fingerprint, tokens_fingerprint(config.tokenizer))


COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "ask_llm": "Ask-LLM score, 0 to 1",
    "quality": "the score that the mixture goes by",
    "tokens": "length in tokens",
}

QUALITY_SCORES = ShardStage(
    name="quality_scores",
    reads=("clean_documents", "passage_labels"),
    version="1",
    settings=settings,
    build=build,
    count=count,
    external=external,
    requires=lambda workplace: external(workplace, ""),
    tables=("quality_scores",),
    heavy=True,
    columns=COLUMNS,
)
