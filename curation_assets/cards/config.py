"""What only the owner of a mixture can say of it."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from curation_assets.section import Section


class CardConfig(Section):
    """What the dataset card and croissant.json say of the mixture, beside what is counted."""

    name: str = Field(default="Training mixture", min_length=1, max_length=200, description="title")
    description: str = Field(
        default="",
        max_length=10_000,
        description="what it is for, in plain text; it stands before the figures",
    )
    license: str = Field(
        default="",
        max_length=500,
        description="SPDX identifier or address of the licence; '': none is named, as every source's texts"
        " come under its own",
    )
    creator: str = Field(default="", max_length=500, description="person or organisation that publishes it")
    url: str = Field(default="", max_length=2000, description="address of its page")


def card_of(manifest: Mapping[str, Any]) -> CardConfig:
    """Return what a manifest says; one that is older, or odd, has the defaults."""
    try:
        return CardConfig.model_validate(manifest.get("card") or {})
    except ValidationError:
        return CardConfig()
