"""Small inboxes, lakes and models that several tests share, and the run of the bundled sample."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import yaml
from hypothesis import settings
from sample_lake import SampleRun
from small_inboxes import small_files
from tiny_models import save_embedding_model, save_language_model

from curation_assets.workplace import PROJECT, Workplace

# The same examples in every run, so that a failure is of the change at hand; `explore` looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

SAMPLE, LABELS = PROJECT / "data" / "sample", PROJECT / "data" / "sample_labels.jsonl"


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of a random language model and a random embedding model."""
    folder = tmp_path_factory.mktemp("models")
    return {
        "language": save_language_model(folder / "language"),
        "embedding": save_embedding_model(folder / "embedding"),
    }


@pytest.fixture(scope="session")
def tiny_config(tiny_models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration with the tiny models, a small sketch and one process."""
    values = {
        "quality": {
            "model": str(tiny_models["language"]),
            "readout": "verbalizer",
            "dtype": "float32",
            "tokenizer": str(tiny_models["language"]),
        },
        "embeddings": {"model": str(tiny_models["embedding"]), "dtype": "float32"},
        "density": {"rows": 50, "buckets": 500},
        "mixture": {"minimum_rank": 0.0, "budget": {"fraction": 0.5}},
        "compute": {"workers": 1},
    }
    path = tmp_path_factory.mktemp("config") / "curation.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


@pytest.fixture
def open_workplace(tmp_path: Path, tiny_config: Path) -> Callable[..., Workplace]:
    """Open a workplace below the test's own folder, with the tiny models."""

    def open_(inbox: str = "inbox", lake: str = "lake", config: Path = tiny_config) -> Workplace:
        folder = tmp_path / inbox
        folder.mkdir(exist_ok=True)
        return Workplace.open(folder, tmp_path / lake, config)

    return open_


@pytest.fixture
def small_inbox(tmp_path: Path) -> Path:
    return small_files(tmp_path / "inbox")


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """Run the command of ``make demo`` into a lake of the test's own.

    CURATION_SAMPLE_LAKE may name a lake that the command has made before: its copy is brought up to date.
    """
    lake = tmp_path_factory.mktemp("sample") / "lake"
    if os.environ.get("CURATION_SAMPLE_LAKE"):
        shutil.copytree(os.environ["CURATION_SAMPLE_LAKE"], lake)
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
def planted_personal_data() -> dict[str, str]:
    """Every piece of personal data that was planted in the sample, and its kind."""
    labels = pl.read_ndjson(LABELS, infer_schema_length=None).filter(pl.col("case") == "personal_data")
    return {piece["value"]: piece["kind"] for pieces in labels["planted"] for piece in pieces}
