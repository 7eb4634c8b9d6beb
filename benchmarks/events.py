"""What an event costs in Dagster's SQLite log, with and without connections that stay open.

    python benchmarks/events.py [--shards 300]

One run logs a materialisation and a check for each shard, as the job ``curate`` does; the ways take turns.
"""

import argparse
import tempfile
import time
from contextlib import ExitStack

import dagster as dg

from curation_assets.orchestration.event_storage import connections_kept_open


def cpu_milliseconds(shards: int, *, kept_open: bool) -> float:
    """Return the CPU milliseconds of one event."""
    measured = []

    @dg.op
    def log(context: dg.OpExecutionContext) -> None:
        began = time.process_time()
        for shard in range(shards):
            context.log_event(dg.AssetMaterialization("text", partition=str(shard), metadata={"kept": shard}))
            check = dg.AssetCheckEvaluation(
                asset_key=dg.AssetKey("text"), check_name="conserved", passed=True, partition=str(shard)
            )
            context.log_event(check)  # type: ignore[arg-type]
        measured.append((time.process_time() - began) / (2 * shards) * 1000)

    @dg.job(executor_def=dg.in_process_executor)
    def logs() -> None:
        log()

    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        instance = stack.enter_context(dg.DagsterInstance.local_temp(folder))
        if kept_open:
            stack.enter_context(connections_kept_open(instance))
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        logs.execute_in_process(instance=instance, run_config=quiet)
    return measured[0]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what an event costs.")
    parser.add_argument("--shards", type=int, default=300)
    shards = parser.parse_args().shards
    rounds = [
        (cpu_milliseconds(shards, kept_open=False), cpu_milliseconds(shards, kept_open=True))
        for _ in range(3)
    ]
    opened, kept = (min(figures) for figures in zip(*rounds, strict=True))
    print(f"a connection for each event: {opened:.1f} CPU ms an event; kept open: {kept:.1f}")


if __name__ == "__main__":
    main()
