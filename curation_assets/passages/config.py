"""Settings of passages: which of them count as repeats, and what becomes of them."""

from typing import Literal

from pydantic import Field

from curation_assets.section import Section


class PassagesConfig(Section):
    """Lines and passages that an earlier document has already, and what becomes of them."""

    substrings: bool = Field(
        default=False, description="look for passages of at least 'substring_tokens' words, wherever they lie"
    )
    substring_tokens: int = Field(
        default=50, ge=3, le=1000, description="words in a row that make a repeat; fewer never do"
    )
    lines: bool = Field(default=False, description="look for whole lines or paragraphs")
    line_unit: Literal["line", "paragraph"] = Field(
        default="line", description="what is compared as a whole; paragraphs lie between empty lines"
    )
    line_characters: int = Field(
        default=20, ge=1, description="letters and digits of a line from which on it may count as a repeat"
    )
    policy: Literal["remove", "count"] = Field(
        default="remove", description="take repeats out of the text, or only tell of them in columns"
    )
    minimum_kept_share: float = Field(
        default=0.2, ge=0.0, le=1.0, description="a document of which a smaller share stays is dropped"
    )
    minimum_kept_tokens: int = Field(
        default=50, ge=0, description="a document with repeats of which fewer words stay is dropped"
    )

    @property
    def enabled(self) -> bool:
        return self.substrings or self.lines

    @property
    def sampled_of(self) -> int:
        """How many consecutive n-grams one fingerprint at least is kept of: 16 for 50 words."""
        return max(1, (self.substring_tokens * 16 + 25) // 50)

    @property
    def gram_tokens(self) -> int:
        """Words in a fingerprint, so that ``sampled_of`` of them make up one passage: 35 for 50 words."""
        return self.substring_tokens - self.sampled_of + 1

    def keying(self) -> "PassagesConfig":
        """Return these settings with every key that a document's keys do not depend on at its default."""
        keys = ["substrings", "lines"]
        keys += ["substring_tokens"] if self.substrings else []
        keys += ["line_unit", "line_characters"] if self.lines else []
        return PassagesConfig.model_validate({key: getattr(self, key) for key in keys})
