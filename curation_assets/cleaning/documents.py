"""The texts of a batch on their way through the steps of cleaning, and what was measured of each."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import polars as pl

from curation_assets.text.hashing import content_hash

Step = Callable[[str], tuple[str, Mapping[str, Any]]]
Found = TypeVar("Found")


class Documents:
    """Texts in a column, of which every step takes out only those that it may change.

    ``texts`` are as they are now (String, no nulls). A document on which a step fails has an empty text from
    there on, and the message is kept.
    """

    def __init__(self, texts: pl.Series) -> None:
        self.texts = texts.rename("text")
        self._values: list[dict[str, Any]] = [{} for _ in texts]
        self._errors: dict[int, str] = {}

    def each(
        self, step: Step, only: pl.Series | None = None, otherwise: Mapping[str, Any] | None = None
    ) -> None:
        """Put every text, or ``only`` some (Boolean, no nulls), through a step, which gives text and values.

        One on which the step fails does not stop the others. ``otherwise`` are the values of those left out.
        """
        rows = list(range(len(self.texts))) if only is None else only.arg_true().to_list()
        if otherwise:
            for index in (~only).arg_true() if only is not None else ():
                self._values[index].update(otherwise)
        changed: dict[int, str] = {}
        for index, text in zip(rows, self.texts.gather(rows).to_list(), strict=True):
            if index in self._errors:
                continue
            try:
                new, values = step(text)
                self._values[index].update(values)
            except ImportError:  # what is not installed is no fault of a document
                raise
            except Exception as error:
                self._errors[index] = f"{type(error).__name__}: {error}"
                new = ""
            if new is not text:
                changed[index] = new
        if changed:
            self.texts = self.texts.scatter(list(changed), list(changed.values()))

    def frame(self, schema: Mapping[str, Any], *measured: pl.DataFrame) -> pl.DataFrame:
        """Return the columns of the schema: texts, all that was measured; nulls where a document failed."""
        own = {
            "text": self.texts,
            "text_hash": pl.Series(map(content_hash, self.texts), dtype=pl.String),
            "characters": self.texts.str.len_chars(),
            "error": pl.Series([self._errors.get(row) for row in range(len(self.texts))], dtype=pl.String),
        }
        there = {*own, *(name for frame in measured for name in frame.columns)}
        rest = {name: dtype for name, dtype in schema.items() if name not in there}
        frame = pl.concat(
            [pl.DataFrame(self._values, schema=rest), pl.DataFrame(own), *measured], how="horizontal"
        )
        frame = frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
        values = [name for name in schema if name not in ("text", "text_hash", "error")]
        return frame.with_columns(pl.when(pl.col("error").is_null()).then(pl.col(values)))
