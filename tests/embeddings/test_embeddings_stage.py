"""embeddings of a shard: what is known is not computed again, and the model is not loaded for it."""

import functools
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from survivor_tables import SHARD, write_survivors

from curation_assets.density.estimates import embedding_matrix
from curation_assets.embeddings import stage
from curation_assets.embeddings.stage import build
from curation_assets.progress import silent
from curation_assets.stage import Built
from curation_assets.text import embedder
from curation_assets.workplace import PROJECT, Workplace
from resources.document_cache import compute_missing

TEXTS = ["yes and no", "", "the of the", "to be or to have", "a lone é", "no", "the " * 300]

OpenWorkplace = Callable[..., Workplace]


def vectors(workplace: Workplace, texts: Sequence[str]) -> Built:
    write_survivors(workplace, texts)
    return build(workplace, SHARD, silent)


def with_model(workplace: Workplace, folder: Path) -> Workplace:
    embeddings = workplace.config.embeddings.model_copy(update={"model": str(folder)})
    config = workplace.config.model_copy(update={"embeddings": embeddings})
    return Workplace(workplace.inbox_path, workplace.lake, config)


def test_only_new_documents_are_embedded(open_workplace: OpenWorkplace) -> None:
    workplace = open_workplace()
    first = vectors(workplace, TEXTS)
    assert first.figures["documents_embedded_anew"] == len(TEXTS)
    again = vectors(workplace, ["new", *TEXTS[::-1]])
    assert (again.figures["documents_embedded_anew"], again.bytes_in) == (1, 3)
    before, after = first.tables["embeddings"]["embedding"], again.tables["embeddings"]["embedding"]
    assert after[1:].to_list() == before.to_list()[::-1]


@pytest.mark.parametrize("texts", [TEXTS, []], ids=["all known", "empty shard"])
def test_with_nothing_to_embed_no_text_is_read_and_nothing_loaded(
    open_workplace: OpenWorkplace, tiny_config: Path, texts: list[str]
) -> None:
    workplace = open_workplace()
    first = vectors(workplace, texts)
    known = workplace.lake.read("clean_documents", SHARD).drop("text")
    workplace.lake.write("clean_documents", SHARD, known)
    code = (
        "import sys, json; from pathlib import Path; from curation_assets.workplace import Workplace;"
        "from curation_assets.embeddings.stage import build, external;"
        "from curation_assets.progress import silent;"
        f"place = Workplace.open(Path('x'), Path({str(workplace.lake.root)!r}), Path({str(tiny_config)!r}));"
        f"external(place, 'x'); table = build(place, {SHARD!r}, silent).tables['embeddings'];"
        "print(json.dumps([table.to_dicts(), str(table.schema), [name for name in"
        " ('torch', 'transformers', 'sentence_transformers') if name in sys.modules]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True
    )
    table = first.tables["embeddings"]
    assert json.loads(done.stdout) == [table.to_dicts(), str(table.schema), []]


def test_float16_is_a_rounding_of_float32_that_embeds_nothing_anew(open_workplace: OpenWorkplace) -> None:
    workplace = open_workplace()
    exact = vectors(workplace, TEXTS).tables["embeddings"]
    embeddings = workplace.config.embeddings.model_copy(update={"storage": "float16"})
    config = workplace.config.model_copy(update={"embeddings": embeddings})
    half = Workplace(workplace.inbox_path, workplace.lake, config)
    built = vectors(half, TEXTS)
    assert built.figures["documents_embedded_anew"] == 0
    half.lake.write("embeddings", SHARD, built.tables["embeddings"])
    column = half.lake.read("embeddings", SHARD)["embedding"]
    assert column.dtype == pl.Array(pl.Float16, 16)
    assert np.array_equal(column.to_numpy(), exact["embedding"].to_numpy().astype(np.float16))
    matrix = embedding_matrix(column, 16)
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1.0, atol=2**-11)
    path = str(half.lake.table_path("embeddings", SHARD))
    read = duckdb.sql(f"SELECT embedding FROM '{path}'").fetchall()
    assert [list(row[0]) for row in read] == matrix.tolist()
    assert pyarrow.parquet.read_table(path)["embedding"].to_pylist() == column.to_list()
    assert vectors(half, []).tables["embeddings"].schema == built.tables["embeddings"].schema


OLD_MEAN = {"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}


@pytest.mark.parametrize(
    ("pooling", "loads"),
    [
        (OLD_MEAN, False),
        ({"embedding_dimension": 16, "pooling_mode": "cls"}, False),
        ({**OLD_MEAN, "pooling_mode_cls_token": True}, True),
        ({"embedding_dimension": 16, "pooling_mode": ["cls", "mean"]}, True),
    ],
)
def test_an_empty_shard_has_the_dimension_of_the_others(
    open_workplace: OpenWorkplace,
    tiny_models: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pooling: dict[str, object],
    loads: bool,
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_models["embedding"], folder)
    next(folder.glob("*Pooling/config.json")).write_text(json.dumps(pooling), encoding="utf-8")
    loaded: list[Path] = []
    load = embedder._load
    monkeypatch.setattr(embedder, "_load", lambda *options: loaded.append(options[0]) or load(*options))
    workplace = with_model(open_workplace(), folder)
    empty = vectors(workplace, []).tables["embeddings"]
    assert bool(loaded) == loads
    assert empty.schema == vectors(workplace, TEXTS[:1]).tables["embeddings"].schema


def test_an_empty_shard_does_not_load_the_packaged_model(
    open_workplace: OpenWorkplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedder, "_load", lambda *_options: pytest.fail("the model was loaded"))
    workplace = with_model(open_workplace(), Path("packaged"))
    assert vectors(workplace, []).figures["dimensions"] == 384


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory, tiny_config: Path) -> Workplace:
    return Workplace.open(tmp_path_factory.mktemp("warm"), tmp_path_factory.mktemp("lake"), tiny_config)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    some=st.lists(st.sampled_from(TEXTS), max_size=8),
    seed=st.integers(0, 99),
    known=st.integers(0, 8),
    chunk=st.integers(1, 4),
)
def test_neighbours_order_chunks_and_cache_do_not_change_a_byte(
    warm: Workplace,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    some: list[str],
    seed: int,
    known: int,
    chunk: int,
) -> None:
    monkeypatch.setattr(stage, "compute_missing", functools.partial(compute_missing, chunk=chunk))
    cold = Workplace.open(warm.inbox_path, tmp_path_factory.mktemp("cold"), warm.config_path)
    vectors(cold, random.Random(seed).sample(some, len(some))[:known])
    files = []
    for workplace in (warm, cold):
        table = vectors(workplace, some).tables["embeddings"]
        workplace.lake.write("embeddings", SHARD, table)
        files.append(workplace.lake.table_path("embeddings", SHARD).read_bytes())
    assert files[0] == files[1]
    alone = embedder.load_embedder(warm.config.embeddings)
    assert table["embedding"].to_list() == [alone.embed([text])[0].tolist() for text in some]
