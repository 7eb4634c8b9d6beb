"""Small inboxes, lakes and models that several tests share."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from small_inboxes import prose, write_jsonl
from tiny_models import save_embedding_model, save_language_model

from curation_assets.workplace import Workplace


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
        "mixture": {"minimum_quality": None, "budget": {"fraction": 0.5}},
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
    """Three shards of prose: one copy across shards, one near copy, a broken row and a spam document."""
    inbox = tmp_path / "inbox"
    near = prose(1).replace("river", "brook", 1)
    write_jsonl(inbox / "a.jsonl", [prose(1), prose(2), prose(3), "Eiffel Tower " * 120], source="web")
    write_jsonl(inbox / "b.jsonl", [prose(4), prose(2), prose(5)], source="web")
    write_jsonl(inbox / "sub" / "c.jsonl", [near, prose(6), prose(7)], source="books")
    with (inbox / "b.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"text": \n')
    return inbox
