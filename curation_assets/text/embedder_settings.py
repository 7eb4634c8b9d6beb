"""Which model embeds a text, and how: settings of whatever works on vectors of texts."""

from typing import Literal

from pydantic import Field

from curation_assets.section import ModelName, Section

Backend = Literal["torch", "openvino"]
LongDocuments = Literal["first", "chunk_mean"]


class EmbedderSettings(Section):
    """A model that ``sentence_transformers`` reads from safetensors, its arithmetic, and what it reads."""

    model: ModelName = Field(
        default="packaged", min_length=1, description="embedder: 'packaged', a folder, or a hub name"
    )
    maximum_tokens: int = Field(
        default=256,
        ge=8,
        le=8192,
        description="tokens that pass through the model at once; the model's limit holds",
    )
    dtype: Literal["auto", "bfloat16", "float32"] = Field(
        default="auto", description="arithmetic; auto is bfloat16 where the processor has it in hardware"
    )
    # Not chosen by what is installed: vectors of the two differ in the last bits.
    backend: Backend = Field(
        default="torch", description="what computes: torch, or openvino (an extra, faster on a processor)"
    )
    long_documents: LongDocuments = Field(
        default="first",
        description="of a text of more than maximum_tokens: its first window, or the mean of its windows",
    )
    maximum_chunks: int = Field(
        default=8, ge=1, le=1024, description="windows of chunk_mean that are read, from the text's start"
    )
