"""Which documents hold items: the compiled pass against the definition, and real text."""

import contextlib
import gzip
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from contamination_reference import by_definition, words
from hypothesis import given, settings
from hypothesis import strategies as st

from curation_assets.contamination.config import ContaminationConfig
from curation_assets.contamination.documents import REASON, SCHEMA, contamination, find
from curation_assets.contamination.files import EvaluationSet, Item
from curation_assets.contamination.index import folded, make_index
from curation_assets.workplace import PROJECT

FILES = {"one": "one.jsonl", "two": "two.jsonl"}
DEFAULT = ContaminationConfig(files=FILES)
TOLD = ["contaminated", "sets", "matches", "longest", "item", "item_matches", "item_share"]


def sets_of(*items: Sequence[tuple[str, ...]]) -> list[EvaluationSet]:
    """Return sets named as in ``FILES``, of the texts of their items."""
    return [
        EvaluationSet(name, tuple(Item(position, texts) for position, texts in enumerate(own)), ())
        for name, own in zip(FILES, items, strict=False)
    ]


def judged(
    texts: Sequence[str], sets: Sequence[EvaluationSet], config: ContaminationConfig = DEFAULT
) -> pl.DataFrame:
    documents = pl.DataFrame(
        {"doc_id": [f"d{number:05}" for number in range(len(texts))], "shard": "a", "text": list(texts)},
        schema={"doc_id": pl.String, "shard": pl.String, "text": pl.String},
    )
    return contamination(documents, make_index(sets, config))


# Few words, so that n-grams are shared by items and overlap; capitals, joiners and scripts without spaces.
PIECES = [
    "a",
    "B",
    "b",
    "c ",
    " ",
    ", ",
    "\n",
    "ß",
    "Σς",
    "é",
    "e\u0301",
    "中",
    "文",
    "ก",
    "\0",
    "🙂",
    "x1",
    "\uff21\uff22",
]
short_text = st.lists(st.sampled_from(PIECES), max_size=25).map(
    lambda parts: " ".join(parts[:9]) + "".join(parts[9:])
)
item = st.lists(short_text, min_size=1, max_size=3).map(tuple)


@settings(max_examples=60)
@given(
    items=st.lists(st.lists(item, max_size=4), min_size=1, max_size=2),
    texts=st.lists(short_text, max_size=5),
    sizes=st.tuples(st.integers(3, 6), st.integers(3, 6)),
    matches=st.integers(1, 3),
    fraction=st.sampled_from([0.0, 0.5, 1.0]),
    ignore=st.lists(short_text, max_size=1),
    quoted=st.booleans(),
)
def test_the_table_is_that_of_the_definition(
    items: list[list[tuple[str, ...]]],
    texts: list[str],
    sizes: tuple[int, int],
    matches: int,
    fraction: float,
    ignore: list[str],
    quoted: bool,
) -> None:
    config = ContaminationConfig(
        files=FILES, words=max(sizes), shortest=min(sizes), minimum_matches=matches,
        minimum_fraction=fraction, ignore=tuple(ignore),
    )  # fmt: skip
    composed = [[tuple(text.replace("e\u0301", "é") for text in one) for one in own] for own in items]
    sets = sets_of(*composed)
    texts = texts + ["c c " + " x1 ".join(one) + " b" for own in composed for one in own if quoted]
    frame = judged(texts, sets_of(*items), config)
    assert frame.select(TOLD).rows() == [tuple(by_definition(text, sets, config)) for text in texts]


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_words_are_those_of_the_definition(text: str) -> None:
    assert folded(text.encode("utf-8", "replace").decode()) == words(text.encode("utf-8", "replace").decode())


QUESTION = (
    "Which of these rivers, before it was dammed in 1936, carried the most silt past the old town of Marne "
    "on its way to the sea?"
)


@pytest.mark.parametrize(
    "quoted",
    [
        QUESTION,
        QUESTION.upper(),
        QUESTION.replace(" ", "\n"),
        QUESTION.replace(" ", " \t\u00a0 "),
        QUESTION.replace(",", " -- ").replace("?", "!?!"),
        "“" + QUESTION.replace(" ", "_") + "”",
        "* " + "\n* ".join(QUESTION.split()),
    ],
)
@pytest.mark.parametrize("around", ["{}", "Words before it. {} And words after it.", "{0}\n\n{0}"])
def test_an_item_is_found_however_it_is_set(quoted: str, around: str) -> None:
    frame = judged([around.format(quoted), "nothing of it"], sets_of([(QUESTION,)]))
    assert frame["contaminated"].to_list() == [True, False]
    assert frame["drop_reason"].to_list() == [REASON, None]
    found = frame.row(0, named=True)
    assert (found["sets"], found["item"], found["item_share"]) == (["one"], "one:0", 1.0)
    assert found["longest"] == len(words(QUESTION))
    assert found["ngram"] in " ".join(words(QUESTION))
    assert len(found["ngrams"]) == found["matches"] == len(words(QUESTION)) - 12


def test_one_word_changed_in_thirteen_hides_an_item() -> None:
    changed = " ".join(
        f"{word} x" if place % 12 == 11 else word for place, word in enumerate(words(QUESTION))
    )
    assert not judged([changed], sets_of([(QUESTION,)]))["contaminated"].item()


def test_short_texts_match_as_a_whole_and_shorter_ones_together_or_not_at_all() -> None:
    eight = "a river is a stream of fresh water"
    sets = sets_of(
        [(eight,), ("which is it", "the red fish", "the blue boat"), ("five words are too few",)],
    )
    texts = [
        f"they say {eight} and more",
        eight.rsplit(" ", 1)[0],
        "Which is it?\nThe red fish.\nThe blue boat!",
        "the red fish",
        "five words are too few",
    ]
    frame = judged(texts, sets)
    assert frame["item"].to_list() == ["one:0", None, "one:1", None, None]
    assert frame["longest"].to_list() == [8, 0, 9, 0, 0]
    assert make_index(sets, DEFAULT).usable.tolist() == [True, True, False]


def test_in_scripts_without_spaces_a_word_is_a_character() -> None:
    chinese, thai = "在人工智能的研究中机器如何理解语言", "ภาษาไทยไม่มีช่องว่างระหว่างคำ"
    sets = sets_of([(chinese,), (thai,)])
    frame = judged([f"他说\uff1a{chinese[:13]}。", f"他说\uff1a{chinese[:12]}。", f"กข {thai} กข"], sets)
    assert frame["item"].to_list() == ["one:0", None, "one:1"]


def test_the_item_told_is_the_one_that_decides() -> None:
    long = " ".join(f"word{number}" for number in range(60))
    short = " ".join(f"other{number}" for number in range(14))
    text = " ".join(long.split()[:20]) + " and " + short
    sets = sets_of([(long,)], [(short,)])
    assert judged([text], sets)["item"].item() == "one:0"
    half = judged([text], sets, DEFAULT.model_copy(update={"minimum_fraction": 0.5})).row(0, named=True)
    assert (half["item"], half["item_share"], half["sets"]) == ("two:0", 1.0, ["two"])
    many = judged([text], sets, DEFAULT.model_copy(update={"minimum_matches": 9})).row(0, named=True)
    assert (many["contaminated"], many["sets"]) == (True, ["two"])  # all of its two n-grams are enough


def test_what_is_ignored_never_counts() -> None:
    instruction = " ".join(f"choose{number}" for number in range(20))
    sets = sets_of([(f"{instruction} {QUESTION}",)])
    config = DEFAULT.model_copy(update={"ignore": (instruction.upper(),)})
    assert judged([instruction, QUESTION], sets)["contaminated"].to_list() == [True, True]
    assert judged([instruction, QUESTION], sets, config)["contaminated"].to_list() == [False, True]


@pytest.mark.parametrize(
    "texts", [[], [""], ["\0" * 100], ["a " * 300_000], ["中" * 100_000], ["x" * 1_000_000]]
)
def test_hostile_texts_and_items(texts: list[str]) -> None:
    same = "a " * 3_000
    sets = sets_of([(same,), (same,), ("中" * 50,)], [("",), ("\ud800".encode("utf-8", "replace").decode(),)])
    frame = judged(texts, sets)
    assert dict(frame.schema) == SCHEMA
    held = [text[:1] in ("a", "中") for text in texts]
    assert frame["matches"].to_list() == list(map(int, held))
    longest = [len(words(text)) if is_held else 0 for text, is_held in zip(texts, held, strict=True)]
    assert frame["longest"].to_list() == longest


@pytest.mark.parametrize("chunk_bytes", [100, 1_000_000])
def test_a_document_depends_on_no_other(monkeypatch: pytest.MonkeyPatch, chunk_bytes: int) -> None:
    monkeypatch.setattr("curation_assets.columns.CHUNK_BYTES", chunk_bytes)
    texts = [QUESTION, "nothing", QUESTION * 2, "", QUESTION[:90], QUESTION]
    sets = sets_of([(QUESTION,)])
    alone = [find(pl.Series([text]), make_index(sets, DEFAULT)).grams.tolist() for text in texts]
    together = find(pl.Series(texts), make_index(sets, DEFAULT))
    assert [part.tolist() for part in np.split(together.grams, together.offsets[1:-1])] == alone
    assert alone[0] == alone[2] == alone[5] != []


def test_a_short_text_does_not_lengthen_the_match_that_follows() -> None:
    found = words(QUESTION)
    sets = sets_of([(" ".join(found[:8]),), (" ".join(found[1:14]),)])
    assert judged([" ".join(found[:14])], sets)["longest"].item() == 13


def test_of_items_with_as_much_the_first_is_told() -> None:
    pairs = [[" ".join(f"{side}{pair}x{at}" for at in range(13)) for side in "ab"] for pair in range(12)]
    sets = sets_of([(one,) for one, _ in pairs], [(other,) for _, other in pairs])
    frame = judged([f"{other} {one}" for one, other in pairs], sets)
    assert frame["item"].to_list() == [f"one:{pair}" for pair in range(12)]
    assert frame["sets"].to_list() == [["one", "two"]] * 12


@pytest.fixture(scope="module")
def held_out() -> list[tuple[str, str]]:
    """Real texts of all scripts, as (language, text), longer than an item."""
    with gzip.open(PROJECT / "data" / "held_out_labels.jsonl.gz") as file:
        rows = [json.loads(line) for line in file]
    return [(row["language"], row["text"]) for row in rows if row["label"] == 1 and len(row["text"]) > 600]


def sample_texts() -> Iterator[str]:
    for path in sorted((PROJECT / "data" / "sample").glob("*.parquet")):
        yield from pl.read_parquet(path)["text"].drop_nulls()
    for path in sorted((PROJECT / "data" / "sample").glob("*.jsonl.gz")):
        for line in gzip.decompress(path.read_bytes()).split(b"\n"):
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):  # planted bad lines
                yield json.loads(line)["text"].encode("utf-8", "replace").decode()


def test_planted_items_of_real_text_are_found_and_clean_documents_are_not(
    held_out: list[tuple[str, str]],
) -> None:
    """Items are cut from the held-out texts, which the sample has nothing of."""
    rng = random.Random(7)
    items = []
    for _, text in held_out:
        start = rng.randrange(len(text) - 400)
        items.append(text[start : start + 300])
    clean = list(dict.fromkeys(sample_texts()))
    assert len(clean) > 500
    found = judged(clean, sets_of([(one,) for one in items]))
    assert found["contaminated"].mean() < 0.001
    hosts = [clean[number % len(clean)] for number in range(len(items))]
    planted = [
        f"{host[: len(host) // 2]}\n\n{_disguised(one, number)}\n\n{host[len(host) // 2 :]}"
        for number, (host, one) in enumerate(zip(hosts, items, strict=True))
    ]
    usable = make_index(sets_of([(one,) for one in items]), DEFAULT).usable
    assert usable.mean() > 0.99
    assert judged(planted, sets_of([(one,) for one in items]))["contaminated"].to_numpy()[usable].all()


def _disguised(text: str, number: int) -> str:
    """Set a text in other case, spaces or line breaks; no words change."""
    swaps = [text, text.replace(" ", "\n"), text.replace(",", " ,").replace(".", " ... "), text.upper()]
    swapped = swaps[number % len(swaps)]
    return swapped if words(swapped) == words(text) else text


def test_files_without_anything_to_find_leave_all_documents_clean(tmp_path: Path) -> None:
    frame = judged([QUESTION], sets_of([("too short",)]))
    assert frame.select(TOLD).row(0) == (False, [], 0, 0, None, None, None)
