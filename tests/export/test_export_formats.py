"""What an export's own readers make of it: the documents that went in."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest
import zstandard
from export_lake import Row, mixture_lake, row

from curation_assets.export.exporting import Exported, export
from curation_assets.export.options import COPIES, FORMATS, Copies, Options
from curation_assets.export.packing import token_options
from curation_assets.reporting import SilentReporter
from curation_assets.text.tokenizer import load_tokenizer
from resources.lake import Lake

HOSTILE = [
    "",
    "\x00",
    "a\x00b\r\n\u2028\u2029\x85c",
    "---\nlicense: mine\n---\n",
    '"],}\\',
    "]]></script>",
    "<|endoftext|> and <|im_end|>",
    "\ufeff\u202egnp.exe",
    "\U0001f600" * 300,
    "e\u0301 \uffff \U0010ffff",
    "line\n" * 5_000,
]
HOSTILE_NAMES = ["---", "a|b\n# c", "<img src=x>", "", None, "[x](http://y)", "'\": {}"]
WITH_PHASES = {
    "a.jsonl": [
        *[
            row(
                f"a{i:02d}",
                text,
                source=HOSTILE_NAMES[i % 7],
                url=text,
                phase="main",
                position=1 - i / 11 - 1e-9,
            )
            for i, text in enumerate(HOSTILE)
        ],
        row("a03", HOSTILE[3], phase="Final / anneal", position=0.75, weight=3.0),
    ],
    "b.jsonl": [],
    "c~0123456789": [
        row("c1", "one of c", phase="Final / anneal", position=0.5, weight=2.0),
        row("c2", "two of c", phase="main", position=0.5),
    ],
}
CONFIG = {"allocation": {"phases": [{"name": "main"}, {"name": "Final / anneal"}]}}
PHASES = ["main", "Final / anneal"]


def written(lake: Lake, target: Path, kind: Any, **options: Any) -> Exported:
    tokens = token_options("packaged", None) if kind == "tokens" else None
    return export(lake, target, Options(kind, tokens=tokens, **options), SilentReporter())


def expected(copies: Copies = "once", phases: list[str] = PHASES) -> list[tuple[str, str, Any]]:
    """Return (doc_id, text, phase) in the order of training, found by brute force."""
    found = []
    for shard in WITH_PHASES.values():
        for one in shard:
            times = int(one["weight"]) if copies != "once" else 1
            for reading in range(times):
                spread = copies == "spread"
                place = (reading + one["position"]) / times if spread else one["position"]
                found.append((phases.index(one["phase"]), place, one) if one["phase"] in phases else None)
    kept = sorted((one for one in found if one), key=lambda one: one[:2])
    return [(one["doc_id"], one["text"], one["phase"]) for _, _, one in kept]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return mixture_lake(tmp_path_factory.mktemp("hostile") / "lake", WITH_PHASES, CONFIG)


def as_written(one: Row, shard: str) -> dict[str, Any]:
    return {**one, "shard": shard, "weight": int(one["weight"])}


def test_parquet_has_a_file_a_shard_with_every_value(lake: Lake, tmp_path: Path) -> None:
    written(lake, tmp_path, "parquet")
    assert {path.name for path in (tmp_path / "data").iterdir()} == {f"{key}.parquet" for key in WITH_PHASES}
    for shard, rows in WITH_PHASES.items():
        table = pq.read_table(tmp_path / "data" / f"{shard}.parquet")
        assert table.to_pylist() == [as_written(one, shard) for one in rows]
        assert table.schema.names[:3] == ["doc_id", "shard", "text"]
    metadata = pq.ParquetFile(tmp_path / "data" / "a.jsonl.parquet").metadata
    assert metadata.row_group(0).column(2).compression == "ZSTD"


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.zst"])
def test_jsonl_has_an_object_a_line(lake: Lake, tmp_path: Path, kind: str) -> None:
    written(lake, tmp_path, kind)
    for shard, rows in WITH_PHASES.items():
        data = (tmp_path / "data" / f"{shard}.{kind}").read_bytes()
        if kind == "jsonl.zst":
            with zstandard.ZstdDecompressor().stream_reader(data) as stream:
                data = stream.read()
        lines = data.split(b"\n")
        assert lines.pop() == b""
        assert [orjson.loads(line) for line in lines] == [as_written(one, shard) for one in rows]


READ = """
import json, sys
from datasets import get_dataset_config_names, load_dataset
found = {}
cache, empty, *folders = sys.argv[1:]
for path in folders:
    for config in (None, *get_dataset_config_names(path)):
        rows = load_dataset(path, config, split="train", cache_dir=cache, verification_mode="all_checks")
        types = {name: feature.dtype for name, feature in rows.features.items()}
        found[f"{path} {config}"] = {"rows": rows.to_list(), "types": types}
        stated = rows.info.splits["train"].num_examples
        assert stated == len(rows), (stated, len(rows))
found["empty"] = list(load_dataset(empty, split="train", streaming=True))
json.dump(found, sys.stdout)
"""


def load_offline(cache: Path, empty: Path, *folders: Path) -> dict[str, Any]:
    """Read folders with `datasets` in a process of its own that has no network to ask.

    It has no split without rows, but for streaming.
    """
    offline = {"HF_DATASETS_OFFLINE": "1", "HF_HUB_OFFLINE": "1", "HF_HOME": str(cache)}
    command = [sys.executable, "-c", READ, str(cache / "datasets"), str(empty), *map(str, folders)]
    environment = {**os.environ, **offline, "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return dict(json.loads(done.stdout))


def test_datasets_loads_every_layout_without_a_network(lake: Lake, tmp_path: Path) -> None:
    folders = {copies: tmp_path / copies for copies in COPIES}
    for copies, folder in folders.items():
        written(lake, folder, "datasets", copies=copies, part_bytes=1000)
    by_shard = {kind: tmp_path / kind for kind in FORMATS[:3]}
    for kind, folder in by_shard.items():
        written(lake, folder, kind)
    written(mixture_lake(tmp_path / "nothing", {}), tmp_path / "empty", "datasets")
    listed = (*folders.values(), *by_shard.values())
    found = load_offline(tmp_path / "cache", tmp_path / "empty", *listed)
    assert found["empty"] == []
    for copies, folder in folders.items():
        every = found[f"{folder} None"]
        assert [(one["doc_id"], one["text"], one["phase"]) for one in every["rows"]] == expected(copies)
        assert every == found[f"{folder} default"]
        assert every["types"]["text"] == "string"
        assert every["types"]["weight"] == "int64"
        main = found[f"{folder} main"]["rows"]
        assert [(one["doc_id"], one["text"], one["phase"]) for one in main] == expected(copies, ["main"])
        readings = sum(one["weight"] for one in every["rows"])
        assert readings == len(expected("spread"))
        parts = list((folder / "data").glob("main-*"))
        assert len(parts) > 1
    for folder in by_shard.values():
        rows = found[f"{folder} None"]["rows"]
        assert rows == [
            as_written(one, shard) for shard, shard_rows in WITH_PHASES.items() for one in shard_rows
        ]


def documents_of(folder: Path, name: str, dtype: str) -> list[list[int]]:
    tokens = np.memmap(folder / f"{name}.bin", dtype=f"<{np.dtype(dtype).str[1:]}", mode="r")
    starts = np.load(folder / f"{name}.index.npy", mmap_mode="r", allow_pickle=False)
    assert starts.dtype == np.uint64
    assert starts[0] == 0
    assert starts[-1] == len(tokens)
    return [tokens[low:high].tolist() for low, high in itertools.pairwise(starts)]


@pytest.mark.parametrize("copies", COPIES)
def test_tokens_decode_to_the_documents_in_the_order_of_training(
    lake: Lake, tmp_path: Path, copies: Copies
) -> None:
    written(lake, tmp_path, "tokens", copies=copies, part_bytes=1000)
    told = json.loads((tmp_path / "tokens.json").read_bytes())
    assert told["dtype"] == "uint16"
    tokenizer, end = load_tokenizer(), told["end_of_document"]["id"]
    assert tokenizer.id_to_token(end) == "<|endoftext|>"
    texts, names, times = [], [], []
    for phase in told["phases"]:
        assert phase["ends_inside"] == 0  # though a text spells it
        for part in phase["parts"]:
            found = documents_of(tmp_path, part, told["dtype"])
            assert all(ids[-1] == end and end not in ids[:-1] for ids in found)
            texts += [tokenizer.decode(ids[:-1], skip_special_tokens=False) for ids in found]
            names += pq.read_table(tmp_path / f"{part}.documents.parquet")["doc_id"].to_pylist()
            if copies == "once":
                times += np.load(tmp_path / f"{part}.times.npy", allow_pickle=False).tolist()
    assert list(zip(names, texts, strict=True)) == [(doc_id, text) for doc_id, text, _ in expected(copies)]
    assert told["rows"] == len(texts)
    assert [phase["phase"] for phase in told["phases"]] == PHASES
    if copies == "once":
        assert sum(times) == len(expected("spread"))


def test_a_vocabulary_of_more_than_16_bits_takes_32(tmp_path: Path) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    tokenizer = Tokenizer(WordLevel({"[UNK]": 0, "high": 65_536}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    lake = mixture_lake(tmp_path / "lake", {"a": [row("a", "high low high")]})
    tokens = token_options(str(tmp_path), "0")
    export(lake, tmp_path / "to", Options("tokens", tokens=tokens), SilentReporter())
    told = json.loads((tmp_path / "to" / "tokens.json").read_bytes())
    assert told["dtype"] == "uint32"
    assert told["vocabulary_size"] == 65_537
    assert documents_of(tmp_path / "to", told["phases"][0]["parts"][0], "uint32") == [[65_536, 0, 65_536, 0]]
    assert told["phases"][0]["ends_inside"] == 1


@pytest.mark.parametrize("kind", FORMATS)
def test_an_empty_mixture_is_an_empty_export(tmp_path: Path, kind: str) -> None:
    for name, shards in {"no shards": {}, "empty shards": {"a": [], "b": []}}.items():
        target = tmp_path / name / "to"
        done = written(mixture_lake(tmp_path / name / "lake", shards), target, kind)
        assert done.phases == {"main": {"rows": 0, "readings": 0, "tokens": 0}}
        assert (target / "README.md").is_file()
        if kind == "tokens":
            told = json.loads((target / "tokens.json").read_bytes())
            assert (told["tokens"], told["phases"][0]["parts"]) == (0, [])  # no file without a byte
