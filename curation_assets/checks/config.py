"""Settings of the checks; nothing in the lake's tables depends on them."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from curation_assets.section import Section

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Dimension = Literal["language", "source"]


class ChecksConfig(Section):
    """What the checks in Dagster warn of, and what its pages show."""

    shares: dict[Dimension, dict[str, tuple[Share, Share]]] = Field(
        default={},
        description="least and greatest share of the mixture's training tokens,"
        " e.g. {language: {en: [0.3, 0.9]}}",
    )
    drop_rate_margin: Share = Field(
        default=0.02, description="by how much a drop rate may leave the range that it had in earlier builds"
    )
    largest_drift: float = Field(
        default=0.25,
        gt=0.0,
        description="greatest population stability index of the scores against those before",
    )
    least_effective_share: Share = Field(
        default=0.1, description="least effective sample size of the draw, as a share of the candidates"
    )
    compared_pairs: int = Field(
        default=1000, ge=0, description="pairs of survivors that are compared anew to look for copies"
    )
    text_samples: int = Field(
        default=0,
        ge=0,
        le=20,
        description="first words of so many dropped documents on the asset pages; 0 keeps all text out of"
        " Dagster's event log",
    )

    @field_validator("shares", mode="before")
    @classmethod
    def _no_truth_for_norwegian(cls, values: object) -> object:
        if isinstance(values, dict) and any(
            isinstance(name, bool)
            for bounds in values.values()
            if isinstance(bounds, dict)
            for name in bounds
        ):
            raise ValueError("YAML reads an unquoted no as false; write it in quotes, e.g. 'no'")
        return values

    @field_validator("shares")
    @classmethod
    def _in_order(
        cls, values: dict[Dimension, dict[str, tuple[float, float]]]
    ) -> dict[Dimension, dict[str, tuple[float, float]]]:
        for bounds in values.values():
            for name, (least, most) in bounds.items():
                if least > most:
                    raise ValueError(
                        f"the bounds of {name} are [{least:g}, {most:g}]; the smaller comes first"
                    )
        return values
