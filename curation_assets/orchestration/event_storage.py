"""Keeps the connections to Dagster's SQLite event log open for the length of a run.

Dagster makes a new engine and a new connection for every event, which is most of what an event costs
(``benchmarks/events.py`` prints both), and a run over many shards logs two events a shard and stage.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import Connection, Engine, create_engine


@contextmanager
def connections_kept_open(instance: dg.DagsterInstance) -> Iterator[None]:
    """Reuse one connection for each database while this is open; other storages are left as they are."""
    storage = instance.event_log_storage
    if type(storage) is not SqliteEventLogStorage or "_connect" in vars(storage):
        yield
        return
    engines = _Engines(storage)
    vars(storage)["_connect"] = engines.connect
    try:
        yield
    finally:
        del vars(storage)["_connect"]
        engines.close()


class _Engines:
    """The engine of each database: the index of all runs, and those of the runs that are written or read."""

    def __init__(self, storage: SqliteEventLogStorage) -> None:
        self._storage = storage
        self._open: dict[str, Engine] = {}

    @contextmanager
    def connect(self, shard: str) -> Iterator[Connection]:
        """Do as ``SqliteEventLogStorage._connect`` does, one transaction at a time."""
        with self._storage._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> Engine:
        storage = self._storage
        if shard not in self._open:
            engine = create_engine(
                storage.conn_string_for_shard(shard), connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
            )
            if shard not in storage._initialized_dbs:
                storage._initdb(engine)
                storage._initialized_dbs.add(shard)
            self._open[shard] = engine
        return self._open[shard]

    def close(self) -> None:
        with self._storage._db_lock:
            for engine in self._open.values():
                engine.dispose()
            self._open.clear()
