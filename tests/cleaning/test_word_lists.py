# ruff: noqa: RUF001
"""Word lists: whole words and phrases of the document's language are counted, whatever the list."""

from pathlib import Path

import polars as pl
import pytest
from fake_stages import do_not_wait_for_the_disk
from hypothesis import given
from hypothesis import strategies as st

from curation_assets import engine
from curation_assets.cleaning.clean import clean, judge, measure
from curation_assets.cleaning.config import CleaningConfig, WordListsConfig
from curation_assets.cleaning.rules import word_lists
from curation_assets.cleaning.rules.word_lists import COLUMNS, LISTS, WordListError, fingerprint
from curation_assets.cleaning.stage import CLEAN_DOCUMENTS
from curation_assets.config import Config
from curation_assets.shards.records import Record, ShardTables
from curation_assets.workplace import Workplace
from resources.lake import Lake
from resources.records import BuildRecord

PACKAGED = Path(word_lists.__file__).parent / "lists"
LIST = "# comment\n\nfoo\nBar  Baz\nwell-known\n笨蛋\nÄrger\n"


@pytest.fixture
def listed(tmp_path: Path) -> WordListsConfig:
    path = tmp_path / "words.txt"
    path.write_text(LIST, encoding="utf-8-sig")
    return WordListsConfig(bad_words=str(path), toxic_words="off")


def count(config: WordListsConfig, *texts: str, language: str | None = "en") -> list[int]:
    languages = pl.Series("language", [language] * len(texts), pl.String)
    return word_lists.measure(pl.Series("text", texts, pl.String), languages, config)["bad_words"].to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a Foo, foo and FOO.", 3),
        ("food, barfoo, foo's or föo", 0),
        ("snake_foo_case (foo) \u201cfoo\u201d -foo-", 4),
        ("bar baz; BAR, baz\nbar\nbaz", 3),
        ("bar baz bar, baza, bar-baz", 2),
        ("It is well known, or well-known: well.", 2),
        ("他是个笨蛋吗？大笨蛋", 2),
        ("笨 蛋", 1),
        ("ärger und ÄRGER, ärgerlich", 2),
        ("", 0),
    ],
)
def test_entries_match_whole_words_in_any_case_and_phrases_word_by_word(
    listed: WordListsConfig, text: str, expected: int
) -> None:
    assert count(listed, text) == [expected]


def test_shares_are_of_the_words(listed: WordListsConfig) -> None:
    texts = pl.Series(["foo one two bar baz", "nothing of it"])
    values = word_lists.measure(texts, pl.Series(["en", None]), listed)
    assert values.schema == COLUMNS
    assert values["bad_word_share"].to_list() == [3 / 5, 0.0]
    assert values["toxic_words"].to_list() == values["toxic_word_share"].to_list() == [None, None]


def test_a_folder_has_a_file_for_each_language(tmp_path: Path) -> None:
    for name, word in {"any": "all", "en": "gift", "de": "brot"}.items():
        (tmp_path / f"{name}.txt").write_text(word)
    (tmp_path / "README").write_text("gift")
    config = WordListsConfig(bad_words=str(tmp_path))
    text = "Gift, Brot: all"
    assert [count(config, text, language=language)[0] for language in ("en", "de", "fr", None)] == [
        2,
        2,
        1,
        3,
    ]


pieces = st.sampled_from(
    ["foo", "Foo", "bar", "baz", "well", "-", "known", "笨", "蛋", "ärger", "x", " ", "\n", ".", "_", "'"]
)


@given(st.lists(pieces, max_size=25).map("".join), st.sampled_from(["en", None]))
def test_no_text_with_an_entry_is_passed_over(
    tmp_path_factory: pytest.TempPathFactory, text: str, language: str | None
) -> None:
    files = (("any", LIST.encode()),)
    exact, _ = word_lists._occurrences(text, word_lists._entries(files, language))
    path = tmp_path_factory.getbasetemp() / "words.txt"
    path.write_text(LIST, encoding="utf-8")
    assert count(WordListsConfig(bad_words=str(path)), text, language=language) == [exact]


@pytest.mark.parametrize("entry", ["word{0}", "{0}aa bbbbbbb ccccccc ddddddd eeeeeee"])
def test_a_list_too_long_for_one_expression_counts_the_same(entry: str, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("\n".join(map(entry.format, range(20_000))))
    text = f"{entry.format(7)} and {entry.format(19_999)} and {entry.format(20_001)}"
    assert count(WordListsConfig(bad_words=str(path)), text) == [2]


def test_a_list_without_entries_counts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty.txt"
    path.write_text("# nothing yet\n\n")
    assert count(WordListsConfig(bad_words=str(path)), "some words") == [0]


def test_a_file_that_goes_to_the_other_list_is_a_change(tmp_path: Path) -> None:
    for name, language in (("bad", "de"), ("bad", "en"), ("toxic", "fr")):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / f"{language}.txt").write_text("foo")
    config = WordListsConfig(bad_words=str(tmp_path / "bad"), toxic_words=str(tmp_path / "toxic"))
    before = fingerprint(config)
    (tmp_path / "bad" / "en.txt").rename(tmp_path / "toxic" / "en.txt")
    assert fingerprint(config) != before


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes("scheiße".encode("latin-1"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "many.txt").write_text("word\n" * 50_001)
    (tmp_path / "long.txt").write_text("w" * 201)
    (tmp_path / "named").mkdir()
    (tmp_path / "named" / "en-US.txt").write_text("word")
    for name, why in {
        "many.txt": "50001 lines, at most 50000",
        "long.txt": "201 characters, at most 200",
        "named": "en-us.txt is of no language",
        "nowhere.txt": "No such file",
        "latin.txt": "not UTF-8",
        "empty": "no file such as",
    }.items():
        config = WordListsConfig(bad_words=str(tmp_path / name))
        for use in (fingerprint, lambda config: count(config, "text")):
            with pytest.raises(WordListError, match=f"{name}.*{why}"):
                use(config)


@pytest.mark.parametrize("name", LISTS)
def test_the_packaged_lists_say_what_they_are_and_match_themselves(name: str) -> None:
    config = WordListsConfig()
    for path in (PACKAGED / name).glob("*.txt"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert "of our own making" in lines[0]
        entries = [line for line in lines if not line.startswith("#")]
        assert len(entries) == len(set(entries)) >= 10
        languages = pl.Series([path.stem] * len(entries))
        assert min(word_lists.measure(pl.Series(entries), languages, config)[name]) >= 1
    ordinary = (
        "Scunthorpe assesses the class of cocktails; the analyst passed, title in hand. A tit is a bird."
    )
    assert count(config, ordinary) == [0]


@pytest.mark.parametrize(("words", "dropped"), [(98, False), (97, True)])
def test_thresholds_on_either_side(words: int, dropped: bool) -> None:
    """Two of a hundred words are as many as the default lets pass."""
    row = {"bad_words": 2, "bad_word_share": 2 / (words + 2), "toxic_words": 0, "toxic_word_share": 0.0}
    rules = word_lists.rules(WordListsConfig())
    assert [rule.name for rule in rules] == ["bad_word_share", "toxic_word_share"]
    assert pl.DataFrame([row]).select(failed=rules[0].fails())["failed"].to_list() == [dropped]


def raw(text: str) -> pl.DataFrame:
    tables = ShardTables("a.jsonl", "inbox")
    tables.add(0, Record(text=text, kind="text"))
    return tables.frames()[0]


def test_each_list_has_reasons_of_its_own() -> None:
    text = "This is the story of a bridge that was built by masons. It stands in the town to this day. " * 6
    off = {"enabled": False}
    other = {"gopher_quality": off, "gopher_repetition": off, "c4": off, "fineweb": off, "language": off}
    for limits, appended, reason in [
        ({"maximum_bad_words": 0}, "What the fuck.", "bad_words"),
        ({}, "fuck " * 20, "bad_word_share"),
        ({"maximum_toxic_words": 0}, "Go kill yourself.", "toxic_words"),
        ({}, "go kill yourself " * 20, "toxic_word_share"),
        ({"maximum_bad_word_share": None}, "fuck " * 20, None),
    ]:
        config = CleaningConfig.model_validate({**other, "word_lists": limits})
        assert clean(raw(text + appended), config)["drop_reason"].to_list() == [reason]
        assert judge(measure(raw(text), config), config)["drop_reason"].to_list() == [None]


def test_a_changed_list_is_counted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    do_not_wait_for_the_disk(monkeypatch)
    path = tmp_path / "words.txt"
    lake = Lake(tmp_path / "lake")
    output = lake.write("raw_documents", "a.jsonl", raw("The bridge was built by masons."))
    record = BuildRecord(
        stage="raw_documents", shard="a.jsonl", fingerprint="", code_version="", output=output
    )
    lake.save_record(record)
    config = CleaningConfig.model_validate({"word_lists": {"bad_words": str(path)}})
    for content, expected in [("masons", [1, 1]), ("masons\n", [1, 1]), ("bridge\nmasons", [2, 1])]:
        path.write_text(content)
        workplace = Workplace(tmp_path, lake, Config(cleaning=config))
        built = engine.build_shard(CLEAN_DOCUMENTS, workplace, "a.jsonl").record
        values = lake.read("clean_documents", "a.jsonl")["bad_words"].to_list()
        assert (built.error, [*values, built.figures["documents_measured"]]) == (None, expected)


def test_a_list_that_is_gone_fails_the_shard_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    do_not_wait_for_the_disk(monkeypatch)
    lake = Lake(tmp_path / "lake")
    output = lake.write("raw_documents", "a.jsonl", raw("The bridge."))
    record = BuildRecord(
        stage="raw_documents", shard="a.jsonl", fingerprint="", code_version="", output=output
    )
    lake.save_record(record)
    config = CleaningConfig.model_validate({"word_lists": {"toxic_words": str(tmp_path / "gone.txt")}})
    built = engine.build_shard(CLEAN_DOCUMENTS, Workplace(tmp_path, lake, Config(cleaning=config)), "a.jsonl")
    assert "gone.txt" in (built.record.error or "")
