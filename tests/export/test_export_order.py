"""The order of training, and the cut into parts."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from export_lake import mixture_lake, row
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.export.options import COPIES, Copies, Options
from curation_assets.export.ordering import Rows, cut, in_order, parts
from curation_assets.export.source import Source
from curation_assets.text.hashing import uniform

MANY = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 7), st.integers(1, 4), st.integers(0, 50)), max_size=40
)


def rows_of(values: list[tuple[int, int, int, int]]) -> Rows:
    phase, position, weight, size = np.array(values, np.int64).reshape(-1, 4).T
    return Rows(phase.astype(np.uint16), position / 8, weight.astype(np.uint16), size)


@given(values=MANY, copies=st.sampled_from(COPIES))
def test_the_order_is_that_of_phase_and_place_and_everything_is_read_as_often_as_asked(
    values: list[tuple[int, int, int, int]], copies: Copies
) -> None:
    rows = rows_of(values)
    order = in_order(rows, copies)
    times = rows.weight if copies != "once" else np.ones(len(values))
    assert np.array_equal(np.bincount(order, minlength=len(values)), times)
    found = [(phase, position, number) for number, (phase, position, _, _) in enumerate(values)]
    if copies == "spread":
        readings = [
            (phase, (reading + position / 8) / weight, number)
            for number, (phase, position, weight, _) in enumerate(values)
            for reading in range(weight)
        ]
        assert order.tolist() == [number for *_, number in sorted(readings)]
    elif copies == "together":
        assert order.tolist() == [one[2] for one in sorted(found) for _ in range(values[one[2]][2])]
    else:
        assert order.tolist() == [one[2] for one in sorted(found)]


@given(values=MANY, copies=st.sampled_from(COPIES), most=st.integers(1, 120))
def test_parts_are_the_order_cut_at_their_size(
    values: list[tuple[int, int, int, int]], copies: Copies, most: int
) -> None:
    rows = rows_of(values)
    found = parts(rows, copies, most, 3)
    assert len(found) == 3
    assert all(found)  # a phase without rows has a part without rows
    joined = [number for of_phase in found for run in of_phase for number in run.rows.tolist()]
    assert joined == in_order(rows, copies).tolist()
    for phase, runs in enumerate(found):
        for run in runs:
            assert run.phase == phase
            assert (rows.phase[run.rows] == phase).all()
            assert rows.size[run.rows].sum() <= most or len(run.rows) == 1
        for run, following in itertools.pairwise(runs):
            assert rows.size[run.rows].sum() + rows.size[following.rows[0]] > most


def test_pieces_are_as_few_as_their_order_allows() -> None:
    assert cut(np.array([3, 3, 9, 1, 0, 2]), 6) == [(0, 2), (2, 3), (3, 6)]
    assert cut(np.zeros(0, np.int64), 6) == []


def test_a_document_that_is_read_twice_is_half_a_phase_apart() -> None:
    count = 1000
    rows = Rows(
        np.zeros(count, np.uint16),
        np.random.default_rng(1).random(count),
        np.full(count, 2, np.uint16),
        np.ones(count, np.int64),
    )
    order = in_order(rows, "spread")
    places = [np.flatnonzero(order == number) for number in range(count)]
    assert all(second - first == count for first, second in places)


def everything(lake: Any, **options: Any) -> pl.DataFrame:
    source = Source.open(lake)
    return pl.concat(frame for shard in source.files for frame in source.frames(shard, **options))


def test_without_phases_all_is_one_phase_in_an_order_by_hashes(tmp_path: Path) -> None:
    names = [f"d{number}" for number in range(20)]
    lake = mixture_lake(tmp_path / "lake", {"a": [row(name, name) for name in names]}, {"seed": 77})
    frame = everything(lake)
    assert Source.open(lake).phases() == {"main": 20}
    assert frame["phase"].unique().to_list() == ["main"]
    assert frame["position"].to_list() == [uniform(77, name) for name in names]
    assert frame["weight"].to_list() == [1] * 20


def test_phases_come_in_the_order_of_the_configuration(tmp_path: Path) -> None:
    rows = [row(str(n), "x", phase=name, position=0.0) for n, name in enumerate(["b", "a", "z", "c", "a"])]
    phases = [{"name": name} for name in ("c", "b", "gone")]
    listed = mixture_lake(tmp_path / "listed", {"s": rows}, {"allocation": {"phases": phases}})
    assert list(Source.open(listed).phases()) == ["c", "b", "a", "z"]
    assert Source.open(listed).phases()["a"] == 2
    assert everything(listed, phases=["a"])["doc_id"].to_list() == ["1", "4"]


@pytest.mark.parametrize("weight", [0.0, 0.5, -1.0, 1e12, float("nan"), float("inf")])
def test_a_weight_that_no_trainer_could_follow_is_refused(tmp_path: Path, weight: float) -> None:
    lake = mixture_lake(tmp_path / "lake", {"a": [row("a", "x"), row("b", "x", weight=weight)]})
    with pytest.raises(ValueError, match="whole number"):
        everything(lake)


@pytest.mark.parametrize("position", [1.0, -0.1, float("nan")])
def test_a_position_outside_the_phase_is_refused(tmp_path: Path, position: float) -> None:
    lake = mixture_lake(tmp_path / "lake", {"a": [row("a", "x", phase="p", position=position)]})
    with pytest.raises(ValueError, match="position"):
        everything(lake)


def test_files_by_shard_write_a_document_once() -> None:
    with pytest.raises(ValueError, match="column weight"):
        Options("jsonl", copies="spread")
