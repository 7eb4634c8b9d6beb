"""Work on several shards at once, in worker processes, with one counter for progress."""

import ctypes
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

Result = TypeVar("Result")
Progress = Callable[[int], None]
Task = Callable[[str, Progress], Result]
_POLL_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1
_finished: Any = None


def _start_worker(finished: Any, parent: int) -> None:
    """Die with the parent, keep to one thread, and count into the parent's counter."""
    global _finished
    _finished = finished
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _count(documents: int) -> None:
    with _finished.get_lock():
        _finished.value += documents


def _run_in_worker(task: Task[Result], item: str) -> Result:
    return task(item, _count)


class Compute:
    """Maps a function over shards: in this process, or in a pool of ``workers`` processes.

    Results do not depend on the number of workers; they arrive in the order of completion.
    The function and its results cross a process boundary, so the function is a module's own.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._counter: Any = None

    def map(
        self,
        task: Task[Result],
        items: Sequence[str],
        progress: Progress,
        lost: Callable[[str], Result] | None = None,
    ) -> Iterator[tuple[str, Result]]:
        """Yield (item, result) for every item; an exception of a task is raised here.

        ``lost`` gives the result of an item of which a worker process dies, for lack of memory for one; the
        others go on. Without it that is raised as BrokenProcessPool.
        """
        if self.workers == 1 or len(items) < 2:
            for item in items:
                yield item, task(item, progress)
            return
        left = list(items)
        while left:
            try:
                for done in self._together(task, list(left), progress):
                    left.remove(done[0])
                    yield done
            except BrokenProcessPool:
                if lost is None:
                    raise
                # The workers had those that have waited longest: each by itself shows which one it was.
                for item in left[: self.workers]:
                    left.remove(item)
                    yield item, self._alone(task, item, progress, lost)

    def _alone(
        self, task: Task[Result], item: str, progress: Progress, lost: Callable[[str], Result]
    ) -> Result:
        try:
            return next(self._together(task, [item], progress))[1]
        except BrokenProcessPool:
            return lost(item)

    def _together(
        self, task: Task[Result], items: Sequence[str], progress: Progress
    ) -> Iterator[tuple[str, Result]]:
        pool = self._start()
        seen = self._counted()  # before the first task can have counted
        futures: dict[Future[Result], str] = {}
        try:
            futures |= {pool.submit(_run_in_worker, task, item): item for item in items}
            while futures:
                done, _ = wait(futures, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
                now = self._counted()
                progress(now - seen)
                seen = now
                # What was finished before a worker died counts.
                for future in sorted(
                    done, key=lambda future: (future.exception() is not None, futures[future])
                ):
                    yield futures.pop(future), future.result()
        except BrokenProcessPool:
            self.close()
            raise
        finally:  # an error, or a caller that stops asking, leaves nothing in the queue
            for future in futures:
                future.cancel()

    def _start(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._counter = context.Value("q", 0)
            self._pool = ProcessPoolExecutor(
                self.workers, context, initializer=_start_worker, initargs=(self._counter, os.getpid())
            )
        return self._pool

    def _counted(self) -> int:
        """Read the counter without its lock, which a worker may have taken with it when it died."""
        return int(self._counter.get_obj().value)

    def close(self) -> None:
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):
                process.kill()  # a stop does not wait for a shard; what is finished has been written
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
