"""Our rules against datatrove's filters, rule by rule: on which documents they differ, and why.

    pip install -c constraints.txt -e '.[peers]'
    python benchmarks/parity.py --corpus FOLDER [--documents 5000]

FOLDER holds documents.parquet (text, kind). Both sides see the same texts, normalised as this project does;
whatever else it does to a text before it is measured is off, but for the one edit that is compared. Each rule
is compared with our words and sentences put into datatrove's filters, which compares the rules alone, and
with its own (spaCy's English tokeniser, which counts punctuation). A document on which the rules alone differ
belongs to the first class of ``CLASSES`` that it is in, and a line to the first of ``LINE_CLASSES``.
"""

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import compress
from pathlib import Path
from typing import Any

import polars as pl
from datatrove.data import Document
from datatrove.pipeline.filters.gopher_repetition_filter import find_duplicates
from parity_filters import DOCUMENT_RULES, LINE_RULES, fails, our_words

from curation_assets.cleaning.clean import measure, reasons
from curation_assets.cleaning.config import CleaningConfig
from curation_assets.text.sentences import BULLETS, CLOSING, WRAPPED, ends_sentence
from curation_assets.text.words import hangul_share, unspaced_share, words

NO_EDITS: dict[str, Any] = {
    "normalisation": {
        "unicode_nfc": False,
        "repair_encoding": False,
        "remove_control_characters": False,
        "normalise_whitespace": False,
    },
    "pii": {name: False for name, value in CleaningConfig().pii if isinstance(value, bool)},
}
NO_LINES = {
    "minimum_sentences": 5,
    "remove_policy_lines": False,
    "javascript_lines": "off",
    "remove_citation_marks": False,
    "maximum_word_characters": None,
    "minimum_line_words": None,
    "line_ends": "any",
}
Test = Callable[[str, str, str, bool], bool]
"""Says of (rule, text, its language, whether it fails our rule) whether the document is in a class."""


def is_wide(_rule: str, text: str, _language: str, _ours: bool) -> bool:
    return unspaced_share(text) > 0.5 or hangul_share(text) > 0.5


def is_not_english(_rule: str, _text: str, language: str, _ours: bool) -> bool:
    return language != "en"


def agrees_if(change: Callable[[str], str]) -> Test:
    """Return the test whether datatrove says of the changed text what we say of the text."""
    return lambda rule, text, _language, ours: fails(rule, change(text)) == ours


def no_sequence_twice(rule: str, text: str, _language: str, _ours: bool) -> bool:
    size, found = int(rule.split("_")[2]), words(text)
    return max(Counter(zip(*(found[start:] for start in range(size)), strict=False)).values()) == 1


def stripped(text: str) -> str:
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def stripped_duplicates(rule: str, text: str, _language: str, ours: bool) -> bool:
    repeated = find_duplicates(stripped(text).split("\n"))[1]
    if rule == "gopher_duplicate_line_characters":
        return (repeated / len(text) > 0.2) == ours
    return (repeated / len(text.replace("\n", "")) > 0.01) == ours


def joined(text: str) -> str:
    """Return the text with the lines joined that only a line width parts, stripped and without blank ones."""
    lines: list[str] = []
    width = 0
    for line in map(str.strip, text.split("\n")):
        if line and width >= WRAPPED and line[0].islower() and not ends_sentence(lines[-1]):
            lines[-1] += f" {line}"
        elif line:
            lines.append(line)
        width = len(line)
    return "\n".join(lines)


def bare(text: str) -> str:
    """Return the joined text without quotes and brackets at the ends of lines, an ellipsis as three dots."""
    return "\n".join(line.rstrip(CLOSING) or line for line in joined(text).split("\n")).replace(
        "\u2026", "..."
    )


def dashed(text: str) -> str:
    """Return the text with a dash for each of our bullets."""
    return re.sub(rf"(?m)^\s*(?:\* |[{re.escape(BULLETS)}])", "- ", text)


STRIPPED = ("lines are taken without the spaces around them, blank ones left out", agrees_if(stripped))
JOINED = ("lines that only a line width parts are joined", agrees_if(joined))
WIDE = ("scripts of wide characters (unspaced, Hangul) have limits of their own", is_wide)
TWICE = ("the most frequent sequence must occur twice", no_sequence_twice)
CLASSES: dict[str, list[tuple[str, Test]]] = {
    "gopher_short_words": [WIDE],
    "gopher_stop_words": [
        ("the document's language has function words of its own, or none known", is_not_english),
        ("function words count in capitals too", agrees_if(str.lower)),
    ],
    "gopher_duplicate_lines": [STRIPPED],
    "gopher_duplicate_line_characters": [(STRIPPED[0], stripped_duplicates)],
    "gopher_bullet_lines": [STRIPPED, ("a star and other marks are bullets too", agrees_if(dashed))],
    "gopher_ellipsis_lines": [STRIPPED],
    **{f"gopher_top_{size}_gram": [TWICE, WIDE] for size in (2, 3, 4)},
    **{f"gopher_duplicate_{size}_grams": [WIDE] for size in range(5, 11)},
    "c4_too_few_sentences": [JOINED],
    "fineweb_few_terminal_lines": [
        STRIPPED,
        JOINED,
        ("quotes and brackets may follow the mark, an ellipsis in one character is one", agrees_if(bare)),
    ],
    "fineweb_short_lines": [STRIPPED, JOINED, WIDE],
    "fineweb_duplicate_lines": [(STRIPPED[0], stripped_duplicates)],
    "fineweb_many_line_breaks": [STRIPPED, JOINED],
}

LINE_CLASSES: dict[str, list[tuple[str, str, re.Pattern[str]]]] = {
    "terminal punctuation": [
        ("kept here", "a bracket or another quote may follow the mark", re.compile(r"[.!?][^\w\s]*$")),
        ("kept here", "marks of other scripts, and the ellipsis in one character", re.compile(r"[^\w\s]$")),
    ],
    "lines of 3 words": [
        ("kept there", "symbols are words", re.compile("")),
        ("kept here", "parts of a run between spaces are words, such as those of an address", re.compile("")),
    ],
    "citations": [
        ("kept here", "[1] stays unless punctuation is before it, [] stays", re.compile(r"\[\d*\]")),
        ("kept there", "the same lines", re.compile("")),
    ],
}
GROUPS = {"any of Gopher": "gopher_", "any of C4": "c4_", "any of FineWeb": "fineweb_", "any rule": ""}


def raw_documents(texts: list[str]) -> pl.DataFrame:
    """Return the texts as the cleaning stage reads them."""
    ids = [str(index) for index in range(len(texts))]
    same = dict.fromkeys(("shard", "url", "source"), "parity") | {"metadata": "{}", "kind": "text"}
    return pl.DataFrame({"doc_id": ids, "text": texts}).with_columns(
        pl.lit(value).alias(name) for name, value in same.items()
    )


def ours(texts: list[str], **keys: Any) -> tuple[pl.DataFrame, CleaningConfig]:
    """Return what is measured of the texts, none of them edited but by the keys given."""
    config = CleaningConfig.model_validate({"preset": "fineweb", **NO_EDITS, **keys})
    return measure(raw_documents(texts), config.measuring()), config


def show(name: str, here: list[bool], *others: list[bool]) -> None:
    """Print how many documents fail here, and on how many each other side differs."""
    counts = (sum(mine != other for mine, other in zip(here, side, strict=True)) for side in others)
    print(f"{name:40s}{sum(here):8d}" + "".join(f"{count:8d} {count / len(here):7.2%}" for count in counts))


def excerpt(text: str) -> str:
    return repr(" ".join(text[:2000].split())[:70])


def failing(texts: list[str], names: list[str]) -> dict[str, list[bool]]:
    """Return for each rule whether each text fails it in datatrove, which remembers the words of a text."""
    rows = [[fails(name, text) for name in names] for text in texts]
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def documents(texts: list[str]) -> None:
    """Compare the rules on documents."""
    measured, config = ours(texts, c4=NO_LINES)
    languages = measured["language"].to_list()
    assert measured["text"].to_list() == texts
    rules = [rule for rule in reasons(config) if rule.name in DOCUMENT_RULES]
    here = {rule.name: measured.select(rule.fails()).to_series().to_list() for rule in rules}
    classes: dict[str, dict[str, list[str]]] = {name: defaultdict(list) for name in here}
    with our_words():
        there = failing(texts, list(here))
        for name, verdicts in here.items():
            for text, language, mine, other in zip(texts, languages, verdicts, there[name], strict=True):
                if mine != other:
                    found = (
                        about for about, test in CLASSES.get(name, []) if test(name, text, language, mine)
                    )
                    classes[name][next(found, "NOT EXPLAINED")].append(text)
    own = failing(texts, list(here))
    print(f"{'rule on documents':40s}{'fail':>8s}{'differ':>16s}{'its own words':>16s}")
    for name in here:
        show(name, here[name], there[name], own[name])
        for about, members in sorted(classes[name].items(), key=lambda item: -len(item[1])):
            print(f"    {len(members):5d}  {about}; such as {excerpt(members[0])}")
    english = [language == "en" for language in languages]
    for group, prefix in GROUPS.items():
        names = [name for name in here if name.startswith(prefix)]
        any_fails = [list(map(any, zip(*map(side.get, names), strict=True))) for side in (here, there, own)]
        show(group, *any_fails)
        show(f"  {sum(english)} in English", *(list(compress(side, english)) for side in any_fails))


def lines(texts: list[str]) -> None:
    """Compare the edits of C4, each by itself: the lines that are left."""
    total = sum(len(stripped(text).split("\n")) for text in texts)
    print(f"\n{'edit of lines, of ' + str(total):40s}{'removed':>8s}{'lines differ':>16s}")
    for name, (theirs, keys) in LINE_RULES.items():
        edited, _ = ours(texts, language={"enabled": False}, c4={**NO_LINES, **keys})
        left = differ = 0
        classes: dict[str, list[str]] = defaultdict(list)
        for text, mine in zip(texts, edited["text"], strict=True):
            document = Document(text=text, id="")
            theirs.filter(document)
            here, there = Counter(stripped(mine).split("\n")), Counter(stripped(document.text).split("\n"))
            left += here.total()
            differ += max((here - there).total(), (there - here).total())
            for side, more in (("kept here", here - there), ("kept there", there - here)):
                for line in filter(None, more.elements()):
                    tests = LINE_CLASSES.get(name, [])
                    found = (about for where, about, end in tests if where == side and end.search(line))
                    classes[f"{side}: {next(found, 'NOT EXPLAINED')}"].append(line)
        print(f"{name:40s}{total - left:8d}{differ:8d} {differ / total:7.2%}")
        for about, members in classes.items():
            print(f"    {len(members):5d}  {about}; such as {excerpt(members[0])}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=5000)
    arguments = parser.parse_args()
    frame = pl.read_parquet(arguments.corpus / "documents.parquet").filter(pl.col("kind") == "base")
    sample = frame.sample(min(arguments.documents, frame.height), seed=7, shuffle=True)
    normalised, _ = ours(sample["text"].to_list(), normalisation={}, language={"enabled": False}, c4=NO_LINES)
    texts = [text for text in normalised["text"] if text]
    print(f"{len(texts)} documents, {sum(len(text.encode()) for text in texts) / 1e6:.1f} MB")
    documents(texts)
    lines(texts)


if __name__ == "__main__":
    main()
