"""Shares of a text that are licence text, copyright lines and policies of a site.

A document that is hardly anything else teaches a language model the same few sentences again and again. What
is looked at is a sentence, or a line that ends without a full stop; a line and a next one that begins with a
small letter are one. It belongs to a kind when it holds one of its phrases; shares are of characters.
"""

from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from curation_assets.cleaning.config import NoticesConfig
from curation_assets.cleaning.rules.rule import DType, Rule, at_most

if TYPE_CHECKING:
    from curation_assets.cleaning.kernels.phrases import Trie

COLUMNS: dict[str, DType] = {
    "notice_licence_lines": pl.Float64,
    "notice_copyright_lines": pl.Float64,
    "notice_policy_lines": pl.Float64,
}

# Phrases of the licences themselves (MIT, BSD, ISC, Apache-2.0, GPL, LGPL, MPL, CC, GFDL) and of the notices
# that name them.
LICENCE = """
permission is hereby granted
permission to use, copy, modify
the above copyright notice
this permission notice
above copyright notice and this permission notice
associated documentation files
copyright notice, this list of conditions
redistribution and use in source and binary forms
redistributions of source code must retain
redistributions in binary form must reproduce
may be used to endorse or promote products
without specific prior written permission
is provided "as is"
is provided \u201cas is\u201d
is provided by the copyright holders
provided by the regents and contributors
without warranty of any kind
express or implied
implied warrant
warranties of merchantability
fitness for a particular purpose
in no event shall
liable for any
business interruption
tort or otherwise
tort (including negligence
arising from, out of or in connection
arising in any way out of the use
out of the use of this software
possibility of such damage
licensed under the
released under the
distributed under the terms
distributed under the license
under the terms of the gnu
gnu general public licen
gnu lesser general public licen
gnu free documentation licen
you may not use this file except in compliance
you may obtain a copy of the license
required by applicable law or agreed to in writing
conditions of any kind, either express or implied
for the specific language governing permissions
specific language governing permissions and limitations
is free software: you can redistribute
is free software; you can redistribute
you can redistribute it and/or modify
in the hope that it will be useful
without any warranty
you should have received a copy of
mozilla public license
creative commons
creativecommons.org/licenses
spdx-license-identifier
this source code form is subject to
this license
der gnu general public license
unter den bedingungen der gnu
unter der lizenz
ohne jede gew\u00e4hrleistung
selon les termes de la licence
sous licence
bajo los t\u00e9rminos de la licencia
bajo la licencia
sin ninguna garant\u00eda
"""
POLICY = """
privacy policy
privacy statement
privacy notice
cookie policy
cookie settings
cookie preferences
uses cookies
use cookies
use of cookies
these cookies
our cookies
accept cookies
accept all cookies
terms of use
terms of service
terms and conditions
these terms
this agreement
this policy
your personal data
your personal information
your information
personally identifiable information
information we collect
information that we collect
information you provide
we collect
we may collect
we may share
we may disclose
we may use
we do not sell
we will not share
by using this site
by using this website
by using our
by continuing to use
by accessing
you agree to
you agree that
you consent to
your use of
your consent
our services
third-party services
third party services
opt out
opt-out
unsubscribe at any time
limitation of liability
governing law
gdpr
datenschutzerkl\u00e4rung
nutzungsbedingungen
personenbezogene
verwendet cookies
verwenden cookies
verwendung von cookies
ihre einwilligung
ihre daten
politique de confidentialit\u00e9
politique de cookies
conditions d'utilisation
conditions d\u2019utilisation
donn\u00e9es personnelles
donn\u00e9es \u00e0 caract\u00e8re personnel
utilise des cookies
utilisons des cookies
pol\u00edtica de privacidad
pol\u00edtica de cookies
t\u00e9rminos y condiciones
condiciones de uso
datos personales
utiliza cookies
utilizamos cookies
"""


_RESERVED = """
rights reserved
rechte vorbehalten
droits r\u00e9serv\u00e9s
derechos reservados
"""
_MARKS = """
\u00a9
(c)
copyright
copr.
"""
# What makes a mark a notice: a year not far behind it, or a name right behind the sign.
_MARKED = r"(?is)(?:\u00a9|\(c\)|copyright|copr\.).{0,60}?(?:19|20)[0-9]{2}|\u00a9\s*\pL"
_LICENCE, _POLICY, _RESERVED_RIGHTS, _MARK = 1, 2, 4, 8
GOES_ON = r"\n([ \t]*[a-z\u00df-\u00f6\u00f8-\u00ff\u0430-\u044f])"
"""A line that begins with a small letter, which goes on with the one before."""
ABBREVIATED = r"(?i)\bcopr\.\s+"
END = r"[.!?:;]\s+|[\n\u3002\uff01\uff1f]"
"""What ends a sentence, but for the full stop of ABBREVIATED."""


def measure(texts: pl.Series) -> pl.DataFrame:
    """Return COLUMNS for every text: shares of the characters in its sentences, 0 to 1.

    texts: String, no nulls.
    """
    places = (_kinds(texts) > 0).arg_true()
    sentences = (
        pl.DataFrame({"place": places, "sentence": texts.gather(places)})
        .with_columns(
            pl.col("sentence")
            .str.replace_all(GOES_ON, " $1")
            .str.replace_all(ABBREVIATED, "copr.")
            .str.split(END, literal=False)
        )
        .explode("sentence")
    )
    sizes = sentences.select(
        "place",
        pl.col("sentence").str.strip_chars().str.len_chars().alias("size"),
        *of_kinds(sentences["sentence"]),
    )
    sums = sizes.group_by("place").agg(
        pl.col("size").sum(), *(pl.col("size").dot(name).alias(name) for name in COLUMNS)
    )
    found = sums.select("place", *(pl.col(name) / pl.col("size") for name in COLUMNS))
    everything = pl.DataFrame({"place": pl.arange(len(texts), dtype=pl.UInt32, eager=True)})
    joined = everything.join(found, on="place", how="left", maintain_order="left")
    return joined.select(pl.col(list(COLUMNS)).fill_null(0.0))


def of_kinds(sentences: pl.Series) -> list[pl.Series]:
    """Return for each sentence whether it belongs to the kind: Boolean, with the names of COLUMNS."""
    kinds = _kinds(sentences)
    copyrighted = kinds & _RESERVED_RIGHTS > 0
    marked = (kinds & _MARK > 0).arg_true()
    notices = marked.filter(sentences.gather(marked).str.contains(_MARKED))
    return [
        (kinds & _LICENCE > 0).alias("notice_licence_lines"),
        copyrighted.scatter(notices, True).alias("notice_copyright_lines"),
        (kinds & _POLICY > 0).alias("notice_policy_lines"),
    ]


def _kinds(texts: pl.Series) -> pl.Series:
    from curation_assets.cleaning.kernels.buffers import text_buffers
    from curation_assets.cleaning.kernels.phrases import kinds_in

    return pl.Series(kinds_in(*text_buffers(texts), _trie()))


@cache
def _trie() -> "Trie":
    from curation_assets.cleaning.kernels.phrases import build_trie

    lists = {LICENCE: _LICENCE, POLICY: _POLICY, _RESERVED: _RESERVED_RIGHTS, _MARKS: _MARK}
    phrases: dict[str, int] = {}
    for lines, kind in lists.items():
        for phrase in filter(None, lines.splitlines()):
            phrases[phrase] = phrases.get(phrase, 0) | kind
    return build_trie(phrases)


def rules(config: NoticesConfig) -> list[Rule]:
    """Return the rules that are on, in the order in which they name a reason."""
    return [
        *at_most("licence_text", "notice_licence_lines", config.maximum_licence_lines),
        *at_most("copyright_lines", "notice_copyright_lines", config.maximum_copyright_lines),
        *at_most("policy_text", "notice_policy_lines", config.maximum_policy_lines),
    ]
