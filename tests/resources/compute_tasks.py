"""What the workers of test_compute do; a module of its own, so that they import nothing else."""

import os
import signal
import time
from pathlib import Path

from resources.compute import Progress


def describe(item: str, progress: Progress) -> tuple[str, int]:
    for _ in item:
        progress(1)
    progress(0)
    return item.upper(), len(item)


def fail_for_bad(item: str, progress: Progress) -> str:
    progress(1)
    if item.startswith("bad"):
        raise ValueError(f"{item} cannot be done")
    return item


def fail_first(item: str, _progress: Progress) -> str:
    """Fail at once for "0"; any other item leaves a file of its name and takes a moment."""
    path = Path(item)
    if path.name == "0":
        raise ValueError("the first one cannot be done")
    path.touch()
    time.sleep(0.1)
    return item


def process_of(_item: str, _progress: Progress) -> int:
    time.sleep(0.05)
    return os.getpid()


def tell_process_and_stay(item: str, progress: Progress) -> str:
    Path(item, str(os.getpid())).touch()
    time.sleep(600)
    progress(1)
    return item


def open_cache_at(item: str, progress: Progress) -> bool:
    """Open a cache and write to it; ``item`` is its path, a name and the time to wait for."""
    from resources.document_cache import DocumentCache

    path, name, moment = item.split("|")
    while time.time() < float(moment):
        pass
    cache = DocumentCache(Path(path))
    cache.put("shared", [(name, b"x")])
    cache.close()
    progress(1)
    return True


def put_in_cache(item: str, progress: Progress) -> int:
    """Write 200 values and read them back; ``item`` is the path of the cache, a colon and a name."""
    from resources.document_cache import DocumentCache

    path, name = item.rsplit(":", 1)
    cache = DocumentCache(Path(path))
    for number in range(0, 200, 10):
        cache.put("shared", [(f"{name}-{n}", f"{name}{n}".encode()) for n in range(number, number + 10)])
    found = cache.get("shared", [f"{name}-{n}" for n in range(200)])
    cache.close()
    progress(1)
    return len(found)


def die_of_bad(item: str, progress: Progress) -> str:
    """Kill the worker for a bad item, as the kernel does when memory runs out."""
    if item.startswith("bad"):
        os.kill(os.getpid(), signal.SIGKILL)
    progress(1)
    return item
