"""Builds passage keys by shard, and finds repeated passages across all shards."""

from collections.abc import Sequence
from functools import partial

import polars as pl

from curation_assets.columns import OnDemand
from curation_assets.counting import count_labels, count_verdicts
from curation_assets.passages.config import PassagesConfig
from curation_assets.passages.keys import keyed_before, passage_keys
from curation_assets.passages.labels import REPEATED_PASSAGES as TABLE
from curation_assets.passages.passages import Found, find, packed, unpacked
from curation_assets.passages.tables import Tables
from curation_assets.passages.update import Before, update
from curation_assets.progress import Progress
from curation_assets.stage import Built, BuiltLabels, LakeStage, Previous, ShardStage
from curation_assets.survivors import texts_of, uncontained, uncontained_ids
from curation_assets.taking_over import with_made_anew
from curation_assets.workplace import Workplace
from resources.lake import Lake
from resources.records import Counts

READ = ["doc_id", "shard", "text_hash"]
"""What is taken from a document, beside the text."""


def settings(workplace: Workplace) -> PassagesConfig:
    return workplace.config.passages


def keying(workplace: Workplace) -> PassagesConfig:
    return settings(workplace).keying()


def build_keys(workplace: Workplace, shard: str, progress: Progress) -> Built:
    lake, config = workplace.lake, settings(workplace)
    documents = uncontained(lake, shard, [*READ, "text"] if config.enabled else READ)
    progress(documents.height)
    frame = passage_keys(documents, config)
    if not config.enabled:
        return _keys(frame, anew=0, size=0)
    return _keys(frame, anew=frame.height, size=int(documents["text"].str.len_bytes().sum()))


def update_keys(workplace: Workplace, shard: str, previous: Previous, progress: Progress) -> Built | None:
    """Make keys for the texts that the last build did not have; without any, the column of texts is not
    read."""
    lake, config = workplace.lake, settings(workplace)
    if not previous.same_settings or not config.enabled:
        return None
    frame = keyed_before(uncontained(lake, shard, READ), lake.read("passage_keys", shard))
    anew, size = frame["keys"].is_null(), 0
    if anew.any():
        texts = uncontained(lake, shard, [*READ, "text"]).filter(anew)
        size = int(texts["text"].str.len_bytes().sum())
        frame = with_made_anew(frame, anew, passage_keys(texts, config))
    progress(frame.height)
    return _keys(frame.rechunk(), anew=int(anew.sum()), size=size)


def _keys(frame: pl.DataFrame, *, anew: int, size: int) -> Built:
    figures = {"documents_keyed_anew": anew, "keys": int(frame["key_count"].sum())}
    return Built(tables={"passage_keys": frame}, figures=figures, bytes_in=size)


def count_keys(workplace: Workplace, shard: str) -> Counts:
    return count_verdicts(workplace.lake, "passage_keys", shard, uncontained_ids(workplace.lake, shard))


KEY_COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "text_hash": "hash of the cleaned text",
    "key_count": "number of keys",
    "keys": "documents with a passage or a line in common have a key in common",
}

PASSAGE_KEYS = ShardStage(
    name="passage_keys",
    reads=("clean_documents", "containment_labels"),
    version="1",
    settings=keying,
    build=build_keys,
    update=update_keys,
    count=count_keys,
    tables=("passage_keys",),
    columns=KEY_COLUMNS,
)

LARGEST_CHANGED_SHARE = 0.5
"""Of the shards; where more have changed, building from nothing is less work."""


def build_passages(workplace: Workplace, shards: Sequence[str], progress: Progress) -> BuiltLabels:
    found = find(_tables(workplace.lake, shards), settings(workplace), progress)
    return _built(found)


def update_passages(
    workplace: Workplace, shards: Sequence[str], previous: Previous, progress: Progress
) -> BuiltLabels | None:
    lake, config = workplace.lake, settings(workplace)
    indexed = {_index_path(shard) for shard in previous.record.shards} if config.enabled else set()
    if not previous.same_settings or not indexed <= set(previous.record.files):
        return None
    if len(previous.changed) + len(previous.gone) > LARGEST_CHANGED_SHARE * len(shards):
        return None
    before = Before(
        shards=frozenset(previous.record.shards),
        labels=lambda shard, columns: lake.read(TABLE, shard, columns),
        index=lambda shard: unpacked((lake.root / _index_path(shard)).read_bytes()),
        changed=previous.changed,
        gone=previous.gone,
    )
    done = update(_tables(lake, shards), before, config, progress)
    keeps = [_index_path(shard) for shard in done.unchanged] if config.enabled else []
    return _built(done.found, done.unchanged, keeps)


def _tables(lake: Lake, shards: Sequence[str]) -> Tables:
    return Tables(
        shards=sorted(shards),
        keys=lambda shard, columns: lake.read("passage_keys", shard, columns),
        texts=partial(texts_of, lake),
    )


def _index_path(shard: str) -> str:
    """Return where a shard's keys are kept that occur more than once, for the next build."""
    return f"_index/{TABLE}/{shard}.parquet"


def _built(found: Found, unchanged: Sequence[str] = (), keeps: Sequence[str] = ()) -> BuiltLabels:
    by_path = {_index_path(shard): shard for shard in found.index}
    return BuiltLabels(
        files=OnDemand(list(by_path), lambda path: packed(found.index[by_path[path]])),
        keeps=keeps,
        labels=found.labels,
        unchanged=unchanged,
        figures={
            "documents_read": found.read,
            "repeated_keys": found.keys,
            "repeated_spans": found.passages,
            "documents_dropped": found.dropped,
            "shards_relabelled": len(found.labels),
        },
    )


def count_kept(workplace: Workplace, shards: Sequence[str]) -> Counts:
    return count_labels(workplace.lake, TABLE, shards, came_from="passage_keys")


LABEL_COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "repeated_tokens": "words of the text that an earlier document, or the text itself before, has already",
    "repeated_share": "their share of all its words",
    "repeated_lines": "lines (or paragraphs) that an earlier document has already",
    "spans": "what is cut out of the cleaned text, in characters: from start to before end",
    "text": "the text without them; null where nothing was removed, or the document was dropped",
    "text_hash": "hash of that text",
    "kept": "whether it stays",
    "drop_reason": "repeated_passages: too little is left",
    "kept_in": "doc_id of the document that has the first occurrence of what its longest repeat begins with",
    "kept_in_shard": "the shard of that document",
}

REPEATED_PASSAGES = LakeStage(
    name="repeated_passages",
    reads=("passage_keys", "clean_documents"),
    version="1",
    settings=settings,
    build=build_passages,
    update=update_passages,
    count=count_kept,
    labels="passage_labels",
    label_table=TABLE,
    columns=LABEL_COLUMNS,
)
