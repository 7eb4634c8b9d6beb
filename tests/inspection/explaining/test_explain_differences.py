"""The short diff of two texts: what it shows is there, and nothing that changed is passed over in silence."""

from hypothesis import given
from hypothesis import strategies as st

from curation_assets.inspection.explaining.differences import MOST_CHANGES, differences

TEXTS = st.text(st.sampled_from("ab \n"), max_size=60)


def shown(old: str, new: str) -> list[tuple[str, str]]:
    return [(change.before, change.after) for change in differences(old, new).changes]


@given(TEXTS, TEXTS)
def test_texts_differ_in_words_or_blanks_or_not_at_all(old: str, new: str) -> None:
    found = differences(old, new)
    assert found.blanks_only == (old != new and old.split() == new.split())
    assert bool(found.changes or found.more) == (old.split() != new.split())
    for change in found.changes:
        assert change.before != change.after
        assert change.before in " ".join(old.split())
        assert change.after in " ".join(new.split())


@given(st.lists(st.sampled_from(["x", "y", "long"]), max_size=30), st.integers(0, 30), st.integers(0, 5))
def test_one_removal_is_one_change_with_the_words_that_went(words: list[str], at: int, gone: int) -> None:
    numbered = [f"{word}{place}" for place, word in enumerate(words)]
    left = numbered[:at] + numbered[at + gone :]
    removed = " ".join(numbered[at : at + gone])
    assert shown(" ".join(numbered), " ".join(left)) == ([(removed, "")] if removed else [])
    assert shown("\n".join(numbered), "\n".join(left)) == ([(removed, "")] if removed else [])


def test_a_mask_is_shown_with_its_surroundings() -> None:
    text = "first line\nwrite to joe@x.org on Monday or so"
    (change,) = differences(text, text.replace("joe@x.org", "<EMAIL>")).changes
    assert (change.before, change.after) == ("joe@x.org", "<EMAIL>")
    assert (change.left, change.right) == ("write to", "on Monday or so")


def test_many_lines_that_went_are_one_change() -> None:
    lines = [f"line {number} of the text" for number in range(3000)]
    (change,) = differences("\n".join(lines), "\n".join(lines[:10] + lines[2500:])).changes
    assert change.before.startswith("line 10 of the text line 11")
    assert change.after == ""


def test_texts_that_have_nothing_in_common_are_gone_through_once() -> None:
    """A diff by table would need 10^11 steps here."""
    old, new = ("\n".join(f"{name}{number}" for number in range(300_000)) for name in "ab")
    assert len(differences(old, new).changes) == 1
    old, new = (" ".join(f"{name}{number}" for number in range(300_000)) for name in "ab")
    assert len(differences(old, new).changes) == 1
    assert len(differences("a\n" * 300_000, "a\nb\n" * 300_000).changes) == MOST_CHANGES


def test_more_changes_than_are_shown_are_told() -> None:
    old, new = (" ".join(f"w{place} same{place} {name}" for place in range(40)) for name in "xy")
    found = differences(old, new)
    assert len(found.changes) == MOST_CHANGES
    assert found.more
