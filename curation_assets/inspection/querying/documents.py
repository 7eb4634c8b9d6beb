"""The view ``documents``: what became of every document that was read, and its values, without texts."""

from collections.abc import Iterable, Mapping

VIEW = "documents"
LEDGER = "ledger"
PARTS: Mapping[str, Mapping[str, str]] = {
    "ledger": {
        "doc_id": "VARCHAR",
        "shard": "VARCHAR",
        "position": "BIGINT",
        "stage": "VARCHAR",
        "reason": "VARCHAR",
        "decided_by": "VARCHAR",
        "cluster_id": "VARCHAR",
        "kept_instead": "VARCHAR",
        "kept_instead_shard": "VARCHAR",
        "similarity": "DOUBLE",
        "quality": "DOUBLE",
    },
    "raw_documents": {"record_id": "VARCHAR"},
    "clean_documents": {
        "source": "VARCHAR",
        "language": "VARCHAR",
        "language_score": "DOUBLE",
        "url": "VARCHAR",
        "kind": "VARCHAR",
        "characters": "BIGINT",
    },
    "quality_scores": {"tokens": "BIGINT"},
    "density_estimates": {"density": "DOUBLE", "outlier_score": "DOUBLE"},
    "topics": {"topic": "INTEGER", "topic_similarity": "DOUBLE", "format": "INTEGER"},
    "mixture_plan": {"selected": "BOOLEAN", "weight": "DOUBLE", "inclusion_probability": "DOUBLE"},
}
"""By table the columns that the view takes of it, and their types; the first table has every document."""
SCORES = "quality_scores"
"""Of this table the view takes all columns whose names are free: each is a score."""
_KEY = ("doc_id", "shard")
_NO_SCORES = {*_KEY, "bytes"}


def quoted(name: str) -> str:
    """Return a name as an identifier of SQL, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def documents_query(columns: Mapping[str, Iterable[str]]) -> str | None:
    """Return the query of the view, given the columns of the tables that there are.

    What is not built yet is null. None: there is no ledger.
    """
    if LEDGER not in columns:
        return None
    named = {table: set(columns.get(table, ())) for table in PARTS}
    has = {table: names for table, names in named.items() if names >= set(_KEY)}
    picked = [
        f"{quoted(table)}.{quoted(name)}"
        if name in has.get(table, ())
        else f"CAST(NULL AS {kind}) AS {quoted(name)}"
        for table, names in PARTS.items()
        for name, kind in names.items()
    ]
    # SQL takes names that differ in capitals alone for one.
    taken = {name.lower() for names in PARTS.values() for name in names} | _NO_SCORES
    scores = [name for name in columns.get(SCORES, ()) if name.lower() not in taken]
    picked += [f"{quoted(SCORES)}.{quoted(name)}" for name in scores]
    joins = [
        f"LEFT JOIN {quoted(table)} ON "
        + " AND ".join(f"{quoted(LEDGER)}.{quoted(key)} = {quoted(table)}.{quoted(key)}" for key in _KEY)
        for table in PARTS
        if table in has and table != LEDGER
    ]
    return f"SELECT {', '.join(picked)} FROM {quoted(LEDGER)} {' '.join(joins)}"
