"""Settings of the embeddings stage."""

from typing import Literal

from pydantic import Field

from curation_assets.text.embedder_settings import EmbedderSettings

Storage = Literal["float32", "float16"]


class EmbeddingsConfig(EmbedderSettings):
    """Which model embeds the documents; any model that ``sentence_transformers`` reads from safetensors."""

    # DuckDB reads float16 in Parquet files as FLOAT, but not from Arrow tables or data frames in memory.
    storage: Storage = Field(
        default="float32",
        description="of a vector's components in the table; float16 is half as large (docs/embeddings.md)",
    )
