"""The YAML at the top of a dataset card, by which Hugging Face's `datasets` finds and types the files."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from curation_assets.cards.config import CardConfig
from curation_assets.cards.markdown import yaml_text

_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
    (10**10, "1B<n<10B"),
    (10**11, "10B<n<100B"),
    (10**12, "100B<n<1T"),
)
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_NO_LANGUAGES = {"und", "unk", "mis", "mul", "zxx"}
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_NO_LICENCE = "# license: name one here; every source of the texts comes under its own terms\n"


def header(
    languages: Sequence[str | None],
    rows: int,
    configs: Sequence[Mapping[str, Any]] = (),
    infos: Sequence[Mapping[str, Any]] = (),
    about: CardConfig | None = None,
) -> str:
    """Return the header with its two lines of dashes. The licence is the user's to name."""
    about = about or CardConfig()
    codes = {language for language in languages if language and _LANGUAGE.fullmatch(language)} - _NO_LANGUAGES
    known: dict[str, Any] = {"pretty_name": about.name, **_licence(about.license)}
    if codes:
        known["language"] = sorted(codes)
    known["task_categories"] = ["text-generation"]
    known["size_categories"] = [next((name for limit, name in _SIZES if rows < limit), "n>1T")]
    if configs:
        known["configs"] = list(configs)
    if infos:
        known["dataset_info"] = list(infos)
    return f"---\n{yaml_text(known)}{'' if about.license else _NO_LICENCE}---\n"


def _licence(name: str) -> dict[str, str]:
    """Return the hub's keys: its identifiers are SPDX's in small letters, all else is "other"."""
    if not name:
        return {}
    if _IDENTIFIER.fullmatch(name):
        return {"license": name.lower()}
    key = "license_link" if name.startswith(("http://", "https://")) else "license_name"
    return {"license": "other", key: name}
