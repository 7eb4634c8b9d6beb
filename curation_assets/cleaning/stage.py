"""Builds clean_documents from raw_documents, one shard at a time."""

from difflib import get_close_matches
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec

import polars as pl

from curation_assets.charts.plots import bars, histogram
from curation_assets.cleaning.again import not_measured, take_over
from curation_assets.cleaning.clean import clean, judge, measure
from curation_assets.cleaning.config import CleaningConfig, LanguageConfig
from curation_assets.cleaning.languages.language import load_model, model_path
from curation_assets.cleaning.pages.extraction import check_installed
from curation_assets.cleaning.rules import urls, word_lists
from curation_assets.counting import count_verdicts
from curation_assets.progress import Progress
from curation_assets.stage import Built, Previous, ShardStage
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace
from resources.models import file_fingerprint
from resources.records import Counts

MEASURED_BY = "measured_by"
"""The figure that tells an update whether it may take over measured values."""


def build(workplace: Workplace, shard: str, progress: Progress) -> Built:
    raw = workplace.lake.read("raw_documents", shard)
    return _built(workplace, clean(raw, workplace.config.cleaning, progress), measured=raw)


def update(workplace: Workplace, shard: str, previous: Previous, progress: Progress) -> Built | None:
    """Measure the documents that are new; the verdicts on all of them cost next to nothing."""
    if previous.record.figures.get(MEASURED_BY) != measured_by(workplace):
        return None
    config = workplace.config.cleaning
    raw = workplace.lake.read("raw_documents", shard)
    before = workplace.lake.read("clean_documents", shard)
    new = not_measured(raw, before)
    progress(raw.height - new.height)
    measured = measure(new, config.measuring(), progress)
    return _built(workplace, judge(take_over(raw, before, measured), config), measured=new)


def _built(workplace: Workplace, documents: pl.DataFrame, *, measured: pl.DataFrame) -> Built:
    """Describe the table; ``measured`` are the raw documents that were worked on for it."""
    kept = documents.filter(documents["drop_reason"].is_null())
    languages = dict(kept["language"].fill_null("unknown").value_counts(sort=True).iter_rows())
    lengths = kept["text"].str.len_chars()
    return Built(
        tables={"clean_documents": documents},
        figures={
            "kept_share": kept.height / documents.height if documents.height else 0.0,
            "median_characters": float(lengths.median() or 0.0),  # type: ignore[arg-type]
            "languages": len(languages),
            "documents_measured": measured.height,
            MEASURED_BY: measured_by(workplace),
        },
        plots={
            "length of kept documents": partial(
                histogram, lengths.to_numpy(), "Kept documents", "characters", log=True
            ),
            "languages of kept documents": partial(
                bars, languages, "Kept documents by language", "documents"
            ),
        },
        bytes_in=int(measured["text"].str.len_bytes().sum()),
    )


def measured_by(workplace: Workplace) -> str:
    """Return the content hash of all that measuring depends on beside the document and the algorithm."""
    measuring = workplace.config.cleaning.measuring()
    return content_hash(measuring.model_dump_json(), external(workplace, ""))


def requires(workplace: Workplace) -> None:
    """Raise an error that names the model, list or package which is missing or damaged, or the language that
    the model does not know."""
    config = workplace.config.cleaning
    check_installed(config.extraction)
    external(workplace, "")
    if config.language.enabled and (config.language.allowed or config.language.minimum_scores):
        _check_languages(config.language)


def _check_languages(config: LanguageConfig) -> None:
    known = set(load_model().labels)
    for key in ("allowed", "minimum_scores"):
        if unknown := sorted(set(getattr(config, key)) - known):
            like = _like(unknown[0], known)
            raise ValueError(f"cleaning.language.{key}: the model knows no {unknown[0]!r}, but {like}")


def _like(code: str, known: set[str]) -> str:
    """Return the code that was most likely meant, or some of those that there are."""
    close = get_close_matches(code, sorted(known), 1, cutoff=0.4)
    return repr(close[0]) if close else ", ".join(sorted(known)[:10]) + ", ..."


def external(workplace: Workplace, _shard: str) -> str:
    """Return the fingerprint of the lists, of the libraries that read text, and of the language model.

    Raises:
        FileNotFoundError: the language model is missing.
        WordListError, UrlListError: a list cannot be read.
    """
    config = workplace.config.cleaning
    model = file_fingerprint(model_path()) if config.language.enabled else ""
    lists = (word_lists.fingerprint(config.word_lists), urls.fingerprint(config.urls))
    return content_hash(model, *lists, *_libraries(config.extraction.extractor))


def _libraries(extractor: str) -> list[str]:
    """Return the versions of the libraries that decide what text comes out."""
    names = ["resiliparse", "ftfy", *(["trafilatura"] if extractor == "trafilatura" else [])]
    return [version(name) if find_spec(name) else "" for name in names]


def count(workplace: Workplace, shard: str) -> Counts:
    came_in = workplace.lake.read("raw_documents", shard, ["doc_id"])["doc_id"]
    return count_verdicts(workplace.lake, "clean_documents", shard, came_in, reason="drop_reason")


def settings(workplace: Workplace) -> CleaningConfig:
    return workplace.config.cleaning


COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "kind": "text or html, before it was cleaned",
    "date": "when a page says that it was published or else changed: ISO 8601, to the day, month or year",
    "page_url": "canonical address that a page states of itself; url is that of the record",
    "text": "cleaned, personal data masked",
    "text_hash": "hash of the cleaned text",
    "language": "ISO 639 code",
    "language_score": "certainty of the language, 0 to 1",
    "language_lines": "share of the letters, of all in lines that tell, in lines of this language",
    "page_link_density": "share of the characters of a page's main content that are in links, 0 to 1",
    "url_blocked": "1 where a blocklist covers the address; null without blocklists",
    "url_hard_words": "words of the address of which one drops; url_soft_words: of which two do",
    "residue_removed": "HTML entities and tags, and on demand Markdown links, taken out of plain text",
    "bad_words": "occurrences of obscene words; bad_word_share is their share of the words",
    "toxic_words": "occurrences of insults and threats; toxic_word_share is their share of the words",
    "notice_licence_lines": "share of the characters in sentences of licences, 0 to 1",
    "notice_copyright_lines": "share of the characters in copyright lines, 0 to 1",
    "notice_policy_lines": "share of the characters in sentences about privacy, cookies and terms, 0 to 1",
    "pii_secrets": "keys, tokens and passwords masked; the other pii_ columns count by kind, too",
    "drop_reason": "why it goes no further; null = kept",
    "decided_by": "the value that failed, and its threshold",
    "error": "what went wrong in cleaning it",
}

CLEAN_DOCUMENTS = ShardStage(
    name="clean_documents",
    reads=("raw_documents",),
    version="5",
    settings=settings,
    build=build,
    update=update,
    count=count,
    external=external,
    requires=requires,
    tables=("clean_documents",),
    heavy=True,
    columns=COLUMNS,
)
