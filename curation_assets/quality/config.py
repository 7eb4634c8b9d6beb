"""Settings of the quality stage."""

from typing import Literal

from pydantic import Field

from curation_assets.section import ModelName, Section


class QualityConfig(Section):
    """Which model scores the documents, and how its answer is read out.

    The probe is the default because the paper's question needs a larger model: on documents that the probe
    never saw, the packaged model's P(yes) ranks junk above prose (area under the curve .35), while a linear
    read-out of its hidden states reaches .99. With an instruction-tuned model of your own, take
    ``readout: verbalizer``. Reading 512 tokens instead of 256 changed nothing there and takes twice as long;
    128 tokens cost .02 (all figures: ``benchmarks/quality.py``).
    """

    model: ModelName = Field(
        default="packaged", min_length=1, description="scorer: 'packaged', a folder, or a hub name"
    )
    readout: Literal["probe", "verbalizer"] = Field(
        default="probe", description="linear probe of hidden states, or the paper's P(yes) to its prompt"
    )
    probe: ModelName = Field(
        default="packaged", min_length=1, description="probe file: 'packaged' or a path (verbalizer: unused)"
    )
    prompt: Literal["paper", "paper_answer"] = Field(
        default="paper",
        description="verbalizer's prompt; paper_answer adds 'ANSWER:'",
    )
    answers: tuple[str, ...] = Field(
        default=("yes",),
        min_length=1,
        description="answers whose probabilities add up; single tokens",
    )
    maximum_tokens: int = Field(
        default=256,
        ge=16,
        le=8192,
        description="tokens of a document that are read, from its start",
    )
    dtype: Literal["auto", "bfloat16", "float32"] = Field(
        default="auto", description="arithmetic; auto is bfloat16 where the processor has it in hardware"
    )
    backend: Literal["torch", "openvino", "cuda"] = Field(
        default="torch",
        description="what computes: torch, openvino (an extra, faster on a processor) or cuda (a GPU)",
    )
    tokenizer: ModelName = Field(
        default="packaged",
        min_length=1,
        description="counts tokens: 'packaged', a folder, or a hub name",
    )
