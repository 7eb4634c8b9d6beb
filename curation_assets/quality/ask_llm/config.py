"""Settings of Ask-LLM: which model is asked, what, and how its answer is read."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from curation_assets.quality.prompts.registry import BY_LANGUAGE, LANGUAGES, PROMPTS, Language, is_path
from curation_assets.section import ModelName, Section


def _known(name: str) -> str:
    if name in PROMPTS or name == BY_LANGUAGE or is_path(name):
        return name
    raise ValueError(f"no prompt {name!r}: take {', '.join([*PROMPTS, BY_LANGUAGE])}, or the path of a file")


PromptName = Annotated[
    ModelName,
    AfterValidator(_known),
    Field(
        description=f"{', '.join([*PROMPTS, BY_LANGUAGE])}, or a file's path (.txt) with {{datapoint}}"
        " on a line of its own"
    ),
]
YesAnswers = Annotated[
    tuple[str, ...],
    Field(description="answers whose probabilities add up, single tokens; empty: the prompt's own"),
]
OtherAnswers = Annotated[
    tuple[str, ...],
    Field(description="further options, which a file's prompt needs for both_orders and fewshot"),
]
PromptLanguages = Annotated[
    tuple[Language, ...],
    Field(description="by_language: asked in their own language; documents in all others in English"),
]
Shots = Annotated[
    ModelName,
    Field(
        min_length=1, description="fewshot: 'packaged', or a file of JSON lines with text and label, 0 or 1"
    ),
]
ShotCount = Annotated[int, Field(ge=1, le=64, description="fewshot: how many of them are shown")]


class AskLlmConfig(Section):
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
    readout: Literal["probe", "verbalizer", "both_orders", "fewshot"] = Field(
        default="probe",
        description="linear probe of hidden states; the paper's P(yes) to its prompt; its mean over both"
        " orders of yes and no; or P(yes) after examples",
    )
    probe: ModelName = Field(
        default="packaged", min_length=1, description="probe file: 'packaged' or a path (others: unused)"
    )
    prompt: PromptName = "paper"
    answers: YesAnswers = ()
    other_answers: OtherAnswers = ()
    prompt_languages: PromptLanguages = LANGUAGES
    shots: Shots = "packaged"
    shot_count: ShotCount = 4
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
