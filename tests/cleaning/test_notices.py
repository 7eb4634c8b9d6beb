"""Licence text, copyright lines and policies: documents that are little else have a high share."""

import polars as pl
import pytest
from small_inboxes import prose

from curation_assets.cleaning.config import NoticesConfig
from curation_assets.cleaning.rules import notices
from curation_assets.cleaning.rules.notices import COLUMNS

MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE."""
BSD = """Redistribution and use in source and binary forms, with or without modification, are
permitted provided that the following conditions are met: redistributions of source code must retain the above
copyright notice, this list of conditions and the following disclaimer."""
APACHE = """Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except
in compliance with the License. Unless required by applicable law or agreed to in writing, software
distributed under the License is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY
KIND, either express or implied. See the License for the specific language governing permissions."""
GPL = """This program is free software: you can redistribute it and/or modify it under the terms of the GNU
General Public License as published by the Free Software Foundation. This program is distributed in the hope
that it will be useful, but WITHOUT ANY WARRANTY. You should have received a copy of the GNU General Public
License along with this program."""
CREATIVE_COMMONS = "This work is licensed under a Creative Commons Attribution 4.0 International License."
COPYRIGHT = """Copyright (c) 2001-2023 The Bridge Foundation
© 2019 Town Council. All rights reserved.
(C) 1998, 1999 Jane Mason <jane@mail.test>
Copyright 2020 John Builder"""
POLICY = """This Privacy Policy explains which information we collect when you visit us. We may share your
personal data with partners. By using our site you agree to these terms. You can opt out of the use of cookies
at any time. Your personal information is kept for a year."""
GERMAN_POLICY = """Diese Datenschutzerklärung sagt, welche Daten wir erheben. Wir verwenden Cookies.
Personenbezogene Daten werden nach einem Jahr gelöscht. Es gelten die Nutzungsbedingungen dieser Seite."""


def shares(*texts: str) -> list[tuple[float, ...]]:
    values = notices.measure(pl.Series("text", texts, pl.String))
    assert values.schema == COLUMNS
    return values.rows()


@pytest.mark.parametrize(
    "text", [MIT, BSD, APACHE, GPL, CREATIVE_COMMONS, MIT.replace("\n", " "), MIT.upper()]
)
def test_licences_are_licence_text(text: str) -> None:
    """Lines that go on with a capital letter are not joined, so that not all of a broken text is seen."""
    assert shares(text)[0][0] > (0.55 if "\n" in text else 0.95)


@pytest.mark.parametrize("text", [POLICY, GERMAN_POLICY, POLICY.replace("\n", " ").upper()])
def test_policies_are_policy_text(text: str) -> None:
    assert shares(text)[0][2] > 0.7


@pytest.mark.parametrize("text", ["Copr. 2020 Foo Corp", "COPR.  1999 Foo", "Copr.2020 Foo"])
def test_the_abbreviation_ends_no_sentence(text: str) -> None:
    assert shares(text)[0][1] == 1.0


def test_copyright_lines_are_copyright_lines() -> None:
    licence, copyright_lines, policy = shares(COPYRIGHT)[0]
    assert (licence, copyright_lines, policy) == (0.0, 1.0, 0.0)


@pytest.mark.parametrize(
    "text",
    [
        prose(1),
        "A permit (c) was given in the year 19. The copyright of the tune was never settled.",
        "Ein Gesetz über Daten, Verträge und Brücken.",
        "",
        "\n \n",
    ],
)
def test_ordinary_text_has_none(text: str) -> None:
    assert shares(text) == [(0.0, 0.0, 0.0)]


def test_a_mention_in_an_article_is_a_small_share() -> None:
    mention = "The town published a privacy policy and a licence of Creative Commons."
    article = f"{prose(2, 200)} {mention} {prose(3, 200)}"
    assert 0 < max(shares(article)[0]) < 0.1


def test_shares_add_up_by_characters() -> None:
    """Two sentences of the same length, one of a licence."""
    one, other = "It is released under the terms of MIT.", "It was the bridge of the oldest towns."
    assert len(one) == len(other)
    assert shares(f"{one}\n{other}")[0][0] == pytest.approx(0.5, abs=0.01)
    assert shares(f"{other} {one} {other} {other}")[0][0] == pytest.approx(0.25, abs=0.01)


def test_a_sentence_that_goes_on_in_the_next_line_is_one() -> None:
    broken = (
        "The program comes without any warranty\nand whoever uses it has to know that.\nThe rest is free."
    )
    joined = broken.replace("warranty\n", "warranty ")
    assert shares(broken) == shares(joined)
    assert shares("The Program comes without any\nwarranty. And so on.")[0][0] > 0.5


def test_a_text_has_its_shares_whatever_stands_beside_it() -> None:
    texts = [MIT, prose(1), COPYRIGHT, "", POLICY, f"{prose(4)}\n{COPYRIGHT}"]
    assert shares(*texts) == [shares(text)[0] for text in texts]
    assert shares(*reversed(texts)) == shares(*texts)[::-1]


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("notice_licence_lines", "licence_text"),
        ("notice_copyright_lines", "copyright_lines"),
        ("notice_policy_lines", "policy_text"),
    ],
)
def test_half_of_the_characters_are_as_many_as_pass(column: str, reason: str) -> None:
    rule = next(rule for rule in notices.rules(NoticesConfig()) if rule.column == column)
    assert rule.name == reason
    frame = pl.DataFrame({column: [0.5, 0.5 + 1e-9, None]}, schema={column: pl.Float64})
    assert frame.select(failed=rule.fails())["failed"].to_list() == [False, True, False]
    config = NoticesConfig.model_validate({f"maximum_{column.removeprefix('notice_')}": None})
    assert reason not in [rule.name for rule in notices.rules(config)]
