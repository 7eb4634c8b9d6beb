"""Builds contamination: which surviving documents of a shard hold items of evaluation sets."""

import functools
from functools import partial

import numpy as np
import polars as pl

from curation_assets.charts.plots import bars
from curation_assets.contamination.config import ContaminationConfig
from curation_assets.contamination.documents import contamination, unjudged
from curation_assets.contamination.files import EvaluationSet, fingerprint, read_set
from curation_assets.contamination.index import Index, make_index
from curation_assets.counting import count_verdicts
from curation_assets.progress import Progress
from curation_assets.stage import Built, ShardStage
from curation_assets.survivors import surviving_ids, survivors
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace
from resources.records import Counts


def load_index(workplace: Workplace) -> Index:
    """Return the index of the files as they are now, made once a process.

    Raises:
        EvaluationSetError: a file cannot be used.
    """
    return _index(workplace.config.contamination.model_dump_json(), files_fingerprint(workplace))


@functools.lru_cache(maxsize=1)
def _index(config_json: str, fingerprint: str) -> Index:
    return make_index(_sets(config_json, fingerprint), ContaminationConfig.model_validate_json(config_json))


@functools.lru_cache(maxsize=1)
def _sets(config_json: str, _fingerprint: str) -> list[EvaluationSet]:
    config = ContaminationConfig.model_validate_json(config_json)
    return [read_set(name, path, config.fields.get(name, ())) for name, path in config.files.items()]


def files_fingerprint(workplace: Workplace) -> str:
    """Return the hash of the names and bytes of the files; "" without any.

    Raises:
        EvaluationSetError: a file cannot be read.
    """
    files = workplace.config.contamination.files.items()
    parts = [part for name, path in files for part in (name, fingerprint(name, path, workplace.hashes))]
    return content_hash(*parts) if parts else ""


def build(workplace: Workplace, shard: str, progress: Progress) -> Built:
    lake, config = workplace.lake, workplace.config.contamination
    if not config.enabled:
        names = surviving_ids(lake, shard).to_frame().with_columns(shard=pl.lit(shard, pl.String))
        progress(names.height)
        return Built(tables={"contamination": unjudged(names)}, figures={"contaminated": 0})
    documents = survivors(lake, shard, ["doc_id", "shard", "text"])
    index = load_index(workplace)
    frame = contamination(documents, index, progress)
    by_set = dict(frame["sets"].explode().drop_nulls().value_counts(sort=True).iter_rows())
    return Built(
        tables={"contamination": frame},
        figures={
            "contaminated": int(frame["contaminated"].sum()),
            "documents_with_matches": int((frame["matches"] > 0).sum()),
            "items_of_most_overlap": frame.filter("contaminated")["item"].n_unique(),
            "longest_match_words": int(frame["longest"].max() or 0),  # type: ignore[arg-type]
            "evaluation_items": len(index.names),
            "evaluation_items_unusable": int(np.sum(~index.usable)),
            "evaluation_rows_unreadable": sum(len(one.unreadable) for one in index.sets),
        },
        plots={"contaminated documents by set": partial(bars, by_set, "Contaminated documents", "documents")},
        bytes_in=int(documents["text"].str.len_bytes().sum()),
    )


def count(workplace: Workplace, shard: str) -> Counts:
    came_in = surviving_ids(workplace.lake, shard)
    return count_verdicts(workplace.lake, "contamination", shard, came_in, reason="drop_reason")


def settings(workplace: Workplace) -> ContaminationConfig:
    return workplace.config.contamination


def external(workplace: Workplace, _shard: str) -> str:
    return files_fingerprint(workplace)


def requires(workplace: Workplace) -> None:
    """Read the evaluation sets, so that one that cannot be used stops a run before it begins."""
    _sets(workplace.config.contamination.model_dump_json(), files_fingerprint(workplace))


COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "contaminated": "whether it has as much of an item as the settings allow for",
    "drop_reason": "contaminated; null = clean",
    "sets": "evaluation sets of which an item contaminates it",
    "matches": "distinct n-grams of the sets that it has",
    "longest": "longest run of words in which every n-gram is one of the sets'",
    "item": "the item that it has most of: set and position in its file, from 0",
    "item_matches": "distinct n-grams of this item that it has",
    "item_share": "their share of the item's n-grams, 0 to 1",
    "ngram": "the words of one of them",
    "ngrams": "hashes of all n-grams of the sets that it has",
}

CONTAMINATION = ShardStage(
    name="contamination",
    reads=("clean_documents", "passage_labels"),
    version="1",
    settings=settings,
    build=build,
    count=count,
    external=external,
    requires=requires,
    tables=("contamination",),
    columns=COLUMNS,
)
