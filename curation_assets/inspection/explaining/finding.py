"""Finds the one document that is meant, by its id, the beginning of one, its address or its first words.

No index is kept, so none can be out of date: the shards' files are looked through column by column. The ids
of a million documents take less than a tenth of a second, addresses as well, texts some seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from curation_assets.progress import Progress, silent
from curation_assets.text.visible import excerpt, visible
from resources.lake import Lake

SHORTEST_PREFIX = 4
_SHOWN, _MOST_WORDS, _AT_ONCE = 5, 40, 4
_NAMES = ("doc_id", "shard")


@dataclass(frozen=True)
class Found:
    """A row of the lake: a document and its shard; ``twins`` are other shards that hold the same record."""

    doc_id: str
    shard: str
    twins: tuple[str, ...] = ()


def document_by_id(lake: Lake, doc_id: str, shard: str | None = None) -> Found:
    """Return the document of this doc_id, else of this ``record_id``, else the only one whose id starts so.

    A doc_id is a hash in small letters: capitals and blanks around it make no difference. Of a record
    that lies in several shards it is the one that deduplication kept, else the first, unless ``shard`` says
    which.
    Raises LookupError, saying what to do, where there is none or several.
    """
    paths = readable(lake, "raw_documents")
    if not doc_id:
        raise LookupError("give a doc_id, --text or --url")
    given = doc_id.strip().lower()
    exact = _matching(paths, pl.col("doc_id") == given, _NAMES)
    if exact.height:
        return _only(lake, exact, f"the id '{visible(given)}'", shard)
    named = _matching(paths, pl.col("record_id") == doc_id, _NAMES)
    if named.height:
        return _only(lake, named, f"the record_id '{visible(doc_id)}'", shard)
    enough = len(given) >= SHORTEST_PREFIX
    rows = _matching(paths if enough else [], pl.col("doc_id").str.starts_with(given), _NAMES)
    if not rows.height and len(given) < SHORTEST_PREFIX:
        raise LookupError(
            f"'{visible(doc_id)}' is too short: give at least {SHORTEST_PREFIX} letters of a doc_id"
        )
    if not rows.height:
        raise LookupError(_unknown(lake, doc_id, given))
    return _only(lake, rows, f"the id '{visible(doc_id)}'", shard)


def document_by_url(lake: Lake, url: str, shard: str | None = None) -> Found:
    """Return the document with this address; http or https, and a slash at the end, make no difference.

    Raises LookupError where there is none or several.
    """
    bare = url.rstrip("/")
    others = {"http": "https", "https": "http"}
    scheme, separator, rest = bare.partition("://")
    forms = {bare, f"{others.get(scheme, scheme)}{separator}{rest}"}
    wanted = sorted({url, *forms, *(f"{form}/" for form in forms)})
    rows = _matching(readable(lake, "raw_documents"), pl.col("url").is_in(wanted), (*_NAMES, "url"))
    if not rows.height:
        raise LookupError(f"no document was read with the address '{visible(url)}'")
    exact = rows.filter(pl.col("url") == url)
    return _only(lake, exact if exact.height else rows, f"the address '{visible(url)}'", shard)


def document_by_text(lake: Lake, start: str, shard: str | None = None, progress: Progress = silent) -> Found:
    """Return the document that starts with these words, before or after cleaning.

    Case and the kind and number of blanks make no difference. ``progress`` is told the shards looked through.
    Raises LookupError where there is none or several.
    """
    words = start.split()[:_MOST_WORDS]
    if not words:
        raise LookupError("--text needs the first words of a document")
    pattern = r"(?i)^\s*" + r"\s+".join(pl.escape_regex(word) for word in words)
    for table in ("clean_documents", "raw_documents"):
        paths = readable(lake, table)
        found = []
        for first in range(0, len(paths), _AT_ONCE):
            some = paths[first : first + _AT_ONCE]
            found.append(_matching(some, pl.col("text").str.contains(pattern), _NAMES))
            progress(len(some))
        rows = pl.concat(found)
        if rows.height:
            return _only(lake, rows, f"the beginning '{excerpt(start, 40)}'", shard)
    raise LookupError(f"no document starts with '{excerpt(start, 60)}'")


def readable(lake: Lake, table: str, stage: str | None = None) -> list[str]:
    """Return the files of a table, by shard, that its stage has a record of.

    Raises LookupError where there are no documents at all; [] for a table that is not built.
    """
    paths = list(readable_by_shard(lake, table, stage).values())
    if not paths and table == "raw_documents":
        known = "holds no documents yet" if lake.root.is_dir() else "is not there"
        raise LookupError(
            f"the lake {lake.root} {known}: curate run --inbox DIR --lake {lake.root} builds it"
        )
    return paths


def readable_by_shard(lake: Lake, table: str, stage: str | None = None) -> dict[str, str]:
    """Return the files of a table that its stage has a record of, by shard."""
    paths = {shard: lake.table_path(table, shard) for shard in lake.recorded_shards(stage or table)}
    return {shard: str(path) for shard, path in paths.items() if path.is_file()}


def _matching(paths: Sequence[str], condition: pl.Expr, columns: Sequence[str]) -> pl.DataFrame:
    if not paths:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    rows = pl.scan_parquet(list(paths), glob=False).filter(condition).select(columns)
    return rows.sort("doc_id", "shard").collect()


def _only(lake: Lake, rows: pl.DataFrame, what: str, shard: str | None) -> Found:
    firsts = rows.select(_NAMES).unique("doc_id", keep="first", maintain_order=True)
    ids = firsts["doc_id"].to_list()
    if len(ids) > 1:
        told = "; ".join(_named(lake, *row) for row in firsts.head(_SHOWN).iter_rows())
        more = f"; and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
        raise LookupError(f"{what} fits {len(ids)} documents; give more of one, or its id: {told}{more}")
    shards = rows["shard"].unique(maintain_order=True).to_list()
    if shard is None:
        shard = _kept_one(lake, ids[0], shards)
    elif shard not in shards:
        raise LookupError(
            f"{what} is not in the shard '{visible(shard)}', but in {visible(', '.join(shards))}"
        )
    return Found(ids[0], shard, tuple(other for other in shards if other != shard))


def _kept_one(lake: Lake, doc_id: str, shards: Sequence[str]) -> str:
    for shard in shards if len(shards) > 1 else ():
        path = lake.table_path("dedup_clusters", shard)
        here = pl.col("doc_id") == doc_id
        if path.is_file() and pl.scan_parquet(path, glob=False).filter(here, "kept").collect().height:
            return shard
    return shards[0]


def _named(lake: Lake, doc_id: str, shard: str) -> str:
    text = text_of(lake, "raw_documents", doc_id, shard) or ""
    return f"{visible(doc_id)} of {visible(shard)} ('{excerpt(text, 30)}')"


def text_of(lake: Lake, table: str, doc_id: str, shard: str) -> str | None:
    """Return the text of a document as a table has it, or None where it is not there."""
    path = lake.table_path(table, shard)
    if not path.is_file():
        return None
    rows = pl.scan_parquet(path, glob=False).filter(pl.col("doc_id") == doc_id).select("text").collect()
    return rows["text"][0] if rows.height else None


def _unknown(lake: Lake, doc_id: str, given: str) -> str:
    """Say that no document has the id, and whether an earlier version of the mixture knew one."""
    from curation_assets.inspection.versions import kept, ledger_of

    for version in reversed(kept(lake)):
        known = ledger_of(lake, version).filter(pl.col("doc_id").str.starts_with(given)).head(1).collect()
        if known.height:
            row = known.to_dicts()[0]
            fate = "kept" if row["stage"] is None else f"dropped by {row['stage']}: {row['reason']}"
            return (
                f"no document has the id '{visible(doc_id)}' any more; the mixture {version.mixture_id[:8]} "
                f"of {version.time} knew it in {visible(row['shard'])} ({fate})"
            )
    return (
        f"no document has the id '{visible(doc_id)}' or one that starts so, and no record has it;"
        " --text and --url look for a document by its first words and its address; rows that could not be "
        "read are in quarantine"
    )
