from collections.abc import Callable, Sequence

import polars as pl
import pytest

RawDocuments = Callable[..., pl.DataFrame]


@pytest.fixture
def raw_documents() -> RawDocuments:
    """Build the frame the cleaning stage reads from texts, all of one kind."""

    def build(texts: Sequence[str | None], kind: str = "text") -> pl.DataFrame:
        count = len(texts)
        return pl.DataFrame(
            {
                "doc_id": [f"d{index}" for index in range(count)],
                "shard": ["shard-0"] * count,
                "position": list(range(count)),
                "text": list(texts),
                "kind": [kind] * count,
                "record_id": [None] * count,
                "url": [f"https://a.example/{index}" for index in range(count)],
                "source": ["test"] * count,
                "metadata": ["{}"] * count,
            },
            schema={
                "doc_id": pl.String,
                "shard": pl.String,
                "position": pl.Int64,
                "text": pl.String,
                "kind": pl.String,
                "record_id": pl.String,
                "url": pl.String,
                "source": pl.String,
                "metadata": pl.String,
            },
        )

    return build
