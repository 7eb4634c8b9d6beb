"""Rows that a stage takes over from its last build, and those that it makes anew."""

import polars as pl


def with_made_anew(taken_over: pl.DataFrame, missing: pl.Series, made: pl.DataFrame) -> pl.DataFrame:
    """Return the rows in their order, those that are missing replaced by what was made anew.

    missing: Boolean [rows]. made: as many rows as are missing, in their order, with the same columns.
    """
    place = (
        pl.when(missing)
        .then(missing.cast(pl.Int64).cum_sum() + (taken_over.height - 1))
        .otherwise(pl.int_range(pl.len()))
    )
    return pl.concat([taken_over, made])[taken_over.select(place).to_series()]
