"""Shards in worker processes: the same results as in one process, and nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from compute_tasks import describe, die_of_bad, fail_first, fail_for_bad, process_of

from curation_assets.workplace import PROJECT
from resources.compute import Compute

ITEMS = ["one", "three", "", "fifteen", "seven", "xx"]
HOLD = """
import sys
from compute_tasks import tell_process_and_stay
from resources.compute import Compute
if __name__ == "__main__":
    folder = sys.argv[1]
    list(Compute(2).map(tell_process_and_stay, [folder, folder + "/."], lambda documents: None))
"""


@pytest.fixture(scope="module")
def pool() -> Iterator[Compute]:
    compute = Compute(2)
    yield compute
    compute.close()


@pytest.fixture(params=[1, 2])
def compute(request: pytest.FixtureRequest, pool: Compute) -> Compute:
    return pool if request.param == 2 else Compute(1)


def test_every_item_has_its_own_result(compute: Compute) -> None:
    found = dict(compute.map(describe, ITEMS, lambda _documents: None))
    assert found == {item: (item.upper(), len(item)) for item in ITEMS}


def test_progress_adds_up_and_never_goes_back(compute: Compute) -> None:
    for items in (ITEMS, ITEMS[:1], []):
        told: list[int] = []
        list(compute.map(describe, items, told.append))
        assert sum(told) == sum(map(len, items))
        assert all(documents >= 0 for documents in told)


class SlowlyGiven(list[str]):
    """Items that the first workers have done before the last one is handed out."""

    def __iter__(self) -> Iterator[str]:
        for position in range(len(self)):
            yield self[position]
            time.sleep(0.02)


def test_progress_of_quick_workers_is_counted_too(pool: Compute) -> None:
    told: list[int] = []
    list(pool.map(describe, ["warm", "up"], lambda _documents: None))
    list(pool.map(describe, SlowlyGiven(ITEMS), told.append))
    assert sum(told) == sum(map(len, ITEMS))


def test_an_exception_of_a_task_is_raised(compute: Compute) -> None:
    with pytest.raises(ValueError, match="bad one cannot be done"):
        list(compute.map(fail_for_bad, ["good", "bad one", "fine"], lambda _documents: None))
    assert dict(compute.map(fail_for_bad, ["a", "b"], lambda _documents: None)) == {"a": "a", "b": "b"}


@pytest.mark.parametrize("items", [["a", "bad", "b", "c", "bad too", "d"], ["bad", "worse"], ["bad", "bad"]])
def test_an_item_that_workers_die_of_is_lost_alone(pool: Compute, items: list[str]) -> None:
    found = list(pool.map(die_of_bad, items, lambda _documents: None, lambda item: f"{item}: lost"))
    assert sorted(found) == sorted((item, f"{item}: lost" if "bad" in item else item) for item in items)
    assert dict(pool.map(describe, ["ab", "cd"], lambda _documents: None)).keys() == {"ab", "cd"}


def test_after_an_exception_the_rest_is_left(pool: Compute, tmp_path: Path) -> None:
    items = [str(tmp_path / str(number)) for number in range(60)]
    with pytest.raises(ValueError, match="the first one"):
        list(pool.map(fail_first, items, lambda _documents: None))
    told: list[int] = []
    list(pool.map(describe, ["ab", "cd"], told.append))
    assert len(list(tmp_path.iterdir())) < 30
    assert sum(told) == 4


def test_workers_are_other_processes_and_stay_for_the_next_call(pool: Compute) -> None:
    first = dict(pool.map(process_of, [str(n) for n in range(8)], lambda _documents: None))
    again = dict(pool.map(process_of, [str(n) for n in range(8)], lambda _documents: None))
    assert os.getpid() not in first.values()
    assert len({*first.values(), *again.values()}) <= 2


def test_one_worker_is_this_process() -> None:
    found = dict(Compute(1).map(process_of, ["a", "b"], lambda _documents: None))
    assert set(found.values()) == {os.getpid()}


def test_a_closed_pool_has_no_processes_and_can_be_used_again() -> None:
    compute = Compute(2)
    workers = set(dict(compute.map(process_of, ["a", "b", "c"], lambda _documents: None)).values())
    compute.close()
    assert not any(alive(worker) for worker in workers)
    assert dict(compute.map(describe, ["a", "b"], lambda _documents: None)) == {"a": ("A", 1), "b": ("B", 1)}
    compute.close()


def test_workers_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script, told = tmp_path / "hold.py", tmp_path / "told"
    script.write_text(HOLD)
    told.mkdir()
    path = os.pathsep.join([str(PROJECT), str(Path(__file__).parent)])
    parent = subprocess.Popen([sys.executable, script, told], env={**os.environ, "PYTHONPATH": path})
    try:
        wait_until(lambda: len(list(told.iterdir())) == 2)
        workers = [int(file.name) for file in told.iterdir()]
        assert all(alive(worker) for worker in workers)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    wait_until(lambda: not any(alive(worker) for worker in workers))


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: object, seconds: float = 30.0) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
