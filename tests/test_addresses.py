"""Spellings of an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.text.addresses import canonical_address


@pytest.mark.parametrize(
    "url",
    [
        "https://www.a.example/Path/?b=1&a=2",
        "http://a.example:80/Path?b=1&a=2#part",
        " HTTPS://user@A.Example:443/Path/?b=1&utm_source=x&a=2&fbclid=123 ",
        "//a.example/Path?b=1&a=2",
    ],
)
def test_spellings_of_one_address(url: str) -> None:
    assert canonical_address(url) == "a.example/Path?b=1&a=2"


@pytest.mark.parametrize(
    "url", ["https://a.example/path", "https://a.example/Path?a=2&b=1", "https://a.example:8080/Path?b=1&a=2"]
)
def test_other_addresses(url: str) -> None:
    assert canonical_address(url) != canonical_address("https://a.example/Path?b=1&a=2")


@pytest.mark.parametrize("url", ["", "not an address", "/path/alone", "mailto:a@b.example", "http://[broken"])
def test_without_a_host_there_is_none(url: str) -> None:
    assert canonical_address(url) is None


@given(st.text(max_size=60), st.sampled_from(["", "#part", "?utm_source=mail"]))
def test_nothing_raises_and_where_a_visitor_came_from_does_not_matter(text: str, more: str) -> None:
    path = text.replace("#", "").replace("?", "").replace("/", "").strip()
    assert canonical_address(f"https://a.example/{path}{more}") == canonical_address(
        f"https://a.example/{path}"
    )
    canonical_address(text)
