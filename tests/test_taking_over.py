"""Rows taken over and rows made anew, in the order of the documents."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.taking_over import with_made_anew


@given(st.lists(st.booleans(), max_size=12))
def test_each_row_is_in_its_place(missing: list[bool]) -> None:
    schema = {"row": pl.Int64, "value": pl.String}
    rows = list(enumerate("new" if absent else "old" for absent in missing))
    taken_over = pl.DataFrame(
        [(row, None if value == "new" else value) for row, value in rows], schema, orient="row"
    )
    made = pl.DataFrame([row for row in rows if row[1] == "new"], schema, orient="row")
    found = with_made_anew(taken_over, pl.Series(missing, dtype=pl.Boolean), made)
    assert found.rows() == rows
