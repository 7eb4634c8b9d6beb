"""Speed, language accuracy and keep rates of the cleaning stage.

    python benchmarks/cleaning.py --corpus FOLDER [--megabytes 8]

FOLDER holds documents.parquet (text, source, lang, kind) and pages.parquet (html, source). Rates are MB of
UTF-8 per CPU-second of one core, beside resiliparse and fastText alone in the same run.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from curation_assets.cleaning import c4, fineweb, gopher, pii, repetition
from curation_assets.cleaning.clean import judge, measure, reasons
from curation_assets.cleaning.config import CleaningConfig
from curation_assets.cleaning.document import read
from curation_assets.cleaning.extraction import extract
from curation_assets.cleaning.language import identify, load_model
from curation_assets.cleaning.normalise import normalise
from curation_assets.text.words import words

CONFIG = CleaningConfig()


def sample(frame: pl.DataFrame, column: str, megabytes: float) -> pl.DataFrame:
    """Return a shuffled part of the frame of about this size."""
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=7)
    return shuffled.filter(pl.col(column).str.len_bytes().cum_sum() <= megabytes * 1e6)


def raw_documents(frame: pl.DataFrame, column: str, kind: str) -> pl.DataFrame:
    """Return the frame as the cleaning stage reads it."""
    return frame.with_row_index("doc_id").select(
        pl.col("doc_id").cast(pl.String),
        pl.lit("benchmark").alias("shard"),
        pl.lit(None, pl.String).alias("url"),
        "source",
        pl.lit("{}").alias("metadata"),
        pl.col(column).alias("text"),
        pl.lit(kind).alias("kind"),
    )


def rate(name: str, texts: list[str], work: Callable[[str], object]) -> None:
    """Print MB per CPU-second of one step."""
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    started = time.process_time()
    for text in texts:
        work(text)
    print(f"  {name:32s} {megabytes / (time.process_time() - started):8.1f} MB/s")


def parts(texts: list[str]) -> None:
    """Print the speed of each step on plain text."""
    documents = {text: read(text, "en") for text in texts}
    steps: dict[str, Callable[[str], object]] = {
        "normalise": lambda text: normalise(text, CONFIG.normalisation),
        "fastText on 2,000 characters": lambda text: load_model().predict(
            text[:2000].replace("\n", " "), k=1
        ),
        "identify the language": identify,
        "edit lines (C4)": lambda text: c4.edit(text, CONFIG.c4),
        "words": words,
        "read (words, lines, paragraphs)": read,
        "repetition": lambda text: repetition.measure(documents[text]),
        "Gopher quality": lambda text: gopher.measure(documents[text]),
        "C4": lambda text: c4.measure(documents[text]),
        "FineWeb": lambda text: fineweb.measure(documents[text]),
        "personal data": lambda text: pii.mask(text, CONFIG.pii),
    }
    for name, step in steps.items():
        step(texts[0])
        rate(name, texts, step)


def extraction(pages: list[str]) -> None:
    """Print the speed of extraction beside resiliparse alone."""
    from resiliparse.extract.html2text import extract_plain_text

    rate("resiliparse alone", pages, lambda html: extract_plain_text(html, main_content=True))
    rate("extract", pages, lambda html: extract(html, CONFIG.extraction))


def whole(raw: pl.DataFrame) -> pl.DataFrame:
    """Print the speed of the stage and return its table."""
    measure(raw.head(1), CONFIG)
    started = time.process_time()
    measured = measure(raw, CONFIG)
    middle = time.process_time()
    judged = judge(measured, CONFIG)
    megabytes = int(raw["text"].str.len_bytes().sum()) / 1e6
    print(f"  measure {megabytes / (middle - started):.2f} MB/s of {megabytes:.1f} MB,", end=" ")
    print(f"judge {time.process_time() - middle:.3f} s for {raw.height} documents")
    return judged


def report(judged: pl.DataFrame) -> None:
    """Print which share of each source is kept, and how often each rule fails and decides."""
    kept = pl.col("drop_reason").is_null().mean().alias("kept")
    print(judged.group_by("source").agg(pl.len().alias("documents"), kept).sort("kept"))
    failing = judged.select(rule.fails().mean().alias(rule.name) for rule in reasons(CONFIG))
    deciding = (
        judged["drop_reason"]
        .value_counts(normalize=True)
        .rename({"drop_reason": "rule", "proportion": "decides"})
    )
    fails = failing.transpose(include_header=True, header_name="rule", column_names=["fails"])
    print(fails.join(deciding, on="rule", how="left").filter(pl.col("fails") > 0).sort("fails"))
    print(f"  kept of all: {judged['drop_reason'].null_count() / judged.height:.3f}")


def language(judged: pl.DataFrame, labels: pl.Series) -> None:
    """Print the accuracy of language identification over documents with a label."""
    labelled = judged.with_columns(labels.alias("label")).filter(pl.col("label") != "multi")
    right = (pl.col("language") == pl.col("label")).mean().alias("accuracy")
    print(labelled.group_by("label").agg(pl.len().alias("documents"), right).sort("label"))
    print(f"  accuracy over {labelled.height} documents: {labelled.select(right).item():.4f}")


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--megabytes", type=float, default=8.0, help="size of the sample of each kind")
    options = parser.parse_args()
    pl.Config.set_tbl_rows(100)
    documents = pl.read_parquet(options.corpus / "documents.parquet").filter(pl.col("kind") == "base")
    documents = sample(documents, "text", options.megabytes)
    pages = sample(pl.read_parquet(options.corpus / "pages.parquet"), "html", options.megabytes)

    print("Plain text, step by step")
    parts(documents["text"].to_list())
    print("Plain text, the stage")
    judged = whole(raw_documents(documents, "text", "text"))
    report(judged)
    print("Language")
    language(judged, documents["lang"])
    print("Pages")
    extraction(pages["html"].to_list())
    report(whole(raw_documents(pages, "html", "html")))


if __name__ == "__main__":
    main()
