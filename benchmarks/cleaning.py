"""Speed, language accuracy and keep rates of the cleaning stage.

    python benchmarks/cleaning.py --corpus FOLDER [--megabytes 8] [--beside-datatrove 2]

FOLDER holds documents.parquet (text, source, lang, kind) and pages.parquet (html, source). Rates are MB of
UTF-8 per CPU-second of one core, beside resiliparse alone in the same run, and beside datatrove's Gopher
filters where it is installed (pip install -c constraints.txt -e '.[peers]').
"""

import argparse
import importlib.util
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from curation_assets.cleaning.clean import judge, measure, reasons
from curation_assets.cleaning.config import CleaningConfig
from curation_assets.cleaning.languages.language import identify
from curation_assets.cleaning.measuring import BATCH_DOCUMENTS
from curation_assets.cleaning.normalisation.faults import find_faults
from curation_assets.cleaning.normalisation.normalise import normalise
from curation_assets.cleaning.pages.extraction import extract
from curation_assets.cleaning.personal_data import pii
from curation_assets.cleaning.rules import c4, features

CONFIG = CleaningConfig()
LABELS = Path(__file__).resolve().parent.parent / "data" / "quality_labels.jsonl"


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
    show(name, texts, seconds(lambda: [work(text) for text in texts]))


def show(name: str, texts: list[str], used: float) -> None:
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    print(f"  {name:42s} {megabytes / used:8.1f} MB/s")


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU-seconds that it takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def normalised(texts: pl.Series) -> list[str]:
    """Return the texts as the stage normalises them: those in which something was found."""
    found = find_faults(texts, CONFIG.normalisation).tolist()
    return [
        normalise(text, CONFIG.normalisation, faults) if faults else text
        for text, faults in zip(texts, found, strict=True)
    ]


def edited(texts: pl.Series) -> list[str]:
    """Return the texts as the stage edits them: those of which a line or mark may have to go."""
    found = c4.may_change(texts, CONFIG.c4)
    return [
        c4.edit(text, CONFIG.c4)[0] if may_change else text
        for text, may_change in zip(texts, found, strict=True)
    ]


def rules(texts: pl.Series) -> pl.DataFrame:
    """Return the values behind all rules; every text is taken for English."""
    return features.measure(texts, pl.repeat("en", len(texts), eager=True), CONFIG)


def batches(texts: list[str]) -> list[pl.Series]:
    """Return the texts in parts as large as the stage's."""
    starts = range(0, len(texts), BATCH_DOCUMENTS)
    return [pl.Series(texts[start : start + BATCH_DOCUMENTS]) for start in starts]


def parts(texts: list[str]) -> None:
    """Print the speed of each step on plain text, column by column as in the stage."""
    clean = normalised(pl.Series(texts))
    steps: list[tuple[str, list[str], Callable[[pl.Series], object]]] = [
        ("normalise", texts, normalised),
        ("normalise what is normal already", clean, normalised),
        ("identify the language", clean, lambda column: identify(column, CONFIG.language)),
        ("edit lines (C4)", clean, edited),
        ("find out which to edit", clean, lambda column: c4.may_change(column, CONFIG.c4)),
        ("all rules", clean, rules),
        ("personal data", clean, lambda column: [pii.mask(text, CONFIG.pii) for text in column]),
    ]
    for name, column, step in steps:
        cut = batches(column)
        step(cut[0])
        show(name, column, min(seconds(lambda: [step(part) for part in cut]) for _ in range(3)))  # noqa: B023


def beside_datatrove(texts: list[str], rounds: int = 3) -> None:
    """Print the speed of all our rules beside that of datatrove's Gopher filters, taking turns.

    Its filters, with their defaults and spaCy's English tokeniser, stop at the first rule that a document
    fails, but here each runs on every document; the words are tokenised once for both.
    """
    if not importlib.util.find_spec("datatrove"):
        print("  datatrove is not installed")
        return
    from datatrove.data import Document
    from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter

    filters = [GopherQualityFilter(), GopherRepetitionFilter()]
    documents = [Document(text=text, id=str(number)) for number, text in enumerate(texts) if text]
    cut = batches(texts)
    rules(cut[0])
    filters[0].filter(documents[0])
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(seconds(lambda: [rules(part) for part in cut]))
        theirs.append(seconds(lambda: [each.filter(one) for one in documents for each in filters]))
    ratios = sorted(their / our for their, our in zip(theirs, ours, strict=True))
    show("all our rules", texts, min(ours))
    show("datatrove's Gopher quality and repetition", texts, min(theirs))
    print(f"  ratio, in each of {rounds} rounds: {', '.join(f'{ratio:.0f}' for ratio in ratios)}")


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


def off_by_default(raw: pl.DataFrame, judged: pl.DataFrame) -> None:
    """Print what rules that are off by default would do: RefinedWeb's corrections, FineWeb's repeats."""
    corrected = CleaningConfig.model_validate({"refinedweb": {"enabled": True}})
    with_them = judge(measure(raw, corrected.measuring()), corrected)
    german = pl.col("source").str.starts_with("manpages-de")
    for name, frame in (("by default", judged), ("with RefinedWeb's corrections", with_them)):
        some = [f"{part['drop_reason'].null_count() / part.height:.3f} of {part.height}"
                for part in (frame, frame.filter(german)) if part.height]  # fmt: skip
        print(f"  kept {name}: {', of German manual pages '.join(some)}")
    repeats = (judged["fineweb_duplicate_line_characters"] > 0.01).mean()
    print(f"  FineWeb's rule on repeated lines (0.01) alone fails {repeats:.3f}")


def labelled(texts: pl.DataFrame) -> None:
    """Print how many of the labelled texts are kept with 3 and with 5 sentences; all of them are short."""
    raw = raw_documents(texts.with_columns(source=pl.lit("labelled")), "text", "text")
    measured = measure(raw, CONFIG.measuring())
    for sentences in (3, 5):
        config = CleaningConfig.model_validate({"c4": {"minimum_sentences": sentences}})
        kept = judge(measured, config)["drop_reason"].is_null()
        told = [f"{kept.filter(texts['label'] == label).sum()} of {(texts['label'] == label).sum()} {name}"
                for label, name in ((1, "informative"), (0, "junk"))]  # fmt: skip
        print(f"  {sentences} sentences keep {' and '.join(told)}")


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
    parser.add_argument("--beside-datatrove", type=float, default=2.0, help="megabytes of English for both")
    options = parser.parse_args()
    pl.Config.set_tbl_rows(100)
    documents = pl.read_parquet(options.corpus / "documents.parquet").filter(pl.col("kind") == "base")
    documents = sample(documents, "text", options.megabytes)
    pages = sample(pl.read_parquet(options.corpus / "pages.parquet"), "html", options.megabytes)

    print("Plain text, step by step")
    parts(documents["text"].to_list())
    print("Rules beside datatrove")
    english = documents.filter(pl.col("lang") == "en")
    beside_datatrove(sample(english, "text", options.beside_datatrove)["text"].to_list())
    print("Plain text, the stage")
    plain = raw_documents(documents, "text", "text")
    judged = whole(plain)
    report(judged)
    off_by_default(plain, judged)
    print("Labelled texts (data/quality_labels.jsonl)")
    labelled(pl.read_ndjson(LABELS))
    print("Language")
    language(judged, documents["lang"])
    print("Pages")
    extraction(pages["html"].to_list())
    report(whole(raw_documents(pages, "html", "html")))


if __name__ == "__main__":
    main()
