"""The bundled sample, run once with the real packaged models, for all tests that look at the result."""

import os
import subprocess
import sys

import polars as pl
import pytest
from sample_lake import SampleRun

from curation_assets.workplace import PROJECT

SAMPLE, LABELS = PROJECT / "data" / "sample", PROJECT / "data" / "sample_labels.jsonl"


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """Run the command of ``make demo`` into a lake of the test's own."""
    lake = tmp_path_factory.mktemp("sample") / "lake"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("CURATION", "DAGSTER"))
    }
    command = ["run", "--inbox", str(SAMPLE), "--lake", str(lake), "--config", str(PROJECT / "curation.yaml")]
    done = subprocess.run(
        [sys.executable, "-m", "curation_assets.cli", *command],
        capture_output=True,
        text=True,
        env={**environment, "COLUMNS": "160"},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return SampleRun(lake, done.stdout)


@pytest.fixture(scope="session")
def labelled(sample_run: SampleRun) -> pl.DataFrame:
    """Every document of the sample: its ledger line, and the planted case it is, if any ("plain" if none)."""
    labels = pl.read_ndjson(LABELS, infer_schema_length=None).filter(pl.col("record_id").is_not_null())
    raw = sample_run.table("raw_documents").select("doc_id", "shard", "record_id")
    ledger = sample_run.table("ledger").drop("position")
    return (
        raw.join(ledger, on=["doc_id", "shard"], how="left")
        .join(
            labels.select("shard", "record_id", "case", "jaccard", "of"),
            on=["shard", "record_id"],
            how="left",
        )
        .with_columns(pl.col("case").fill_null("plain"))
    )


@pytest.fixture(scope="session")
def planted_personal_data() -> list[str]:
    """Every piece of personal data that was planted in the sample."""
    labels = pl.read_ndjson(LABELS, infer_schema_length=None).filter(pl.col("case") == "personal_data")
    return [piece["value"] for pieces in labels["planted"] for piece in pieces]
