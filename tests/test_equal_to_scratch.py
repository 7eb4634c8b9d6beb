"""Whatever happens to inbox and settings, a run leaves the lake that a build from nothing would give."""

import gzip
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_stages import do_not_wait_for_the_disk
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from lake_files import tables
from small_inboxes import prose

from curation_assets.runner import build_everything
from curation_assets.workplace import Workplace
from resources.compute import Compute

SHARDS = ["a.jsonl", "b.jsonl", "web/c.jsonl.gz", "d.jsonl"]
TEXTS = [
    *[prose(number) for number in range(5)],
    prose(1).upper(),  # an exact copy, but for its case
    prose(2) + " One more sentence stands at the end of this copy, and it is not long.",  # a near copy
    prose(3) + "\n\n" + prose(4),  # two of them are excerpts of it
    "Eiffel Tower " * 40,
    "too short",
    "",
]
KEYS: list[dict[str, Any]] = [
    {},
    {"cleaning": {"gopher_quality": {"minimum_words": 90}}},
    {"cleaning": {"pii": {"emails": False}}},
    {"dedup": {"jaccard_threshold": 0.5}},
    {"dedup": {"enabled": False}},
    {"dedup": {"policy": "weight", "urls": True}},
    {"containment": {"enabled": True, "threshold": 0.5, "window": 2, "candidates": 2}},
    {"passages": {"substrings": True, "substring_tokens": 6, "lines": True, "minimum_kept_tokens": 5}},
    {"neighbours": {"enabled": True, "count": 2}},
    {"semantic": {"enabled": True, "similarity": 0.6, "documents_per_cell": 2}},
    {"quality": {"prompt": "paper_answer"}},
    {"density": {"method": "race", "width": 3.0}},
    {"density": {"landmarks": 2, "target_ess": 0.9}},
    {"contamination": {"files": {"exam": "./exam.txt"}}},
    {"mixture": {"sampler": "top_k"}},
    {"mixture": {"sampler": "density_ips", "budget": {"fraction": 0.7}}},
    {"mixture": {"minimum_quality": 0.2}},
]
shard = st.sampled_from(SHARDS)
rows = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(TEXTS)), max_size=5)


def merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    both = {**base, **more}
    nested = {key for key in more if isinstance(base.get(key), dict) and isinstance(more[key], dict)}
    return {**both, **{key: merged(base[key], more[key]) for key in nested}}


class Lake(RuleBasedStateMachine):
    """An inbox and settings that change, and one lake that follows them."""

    base: dict[str, Any]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.inbox = self.folder / "inbox"
        self.inbox.mkdir()
        (self.folder / "exam.txt").write_text(prose(1) + "\n")
        self.chosen: dict[str, Any] = {}

    @initialize(first=rows, second=rows, keys=st.sampled_from(KEYS))
    def begin(
        self, first: list[tuple[int, str]], second: list[tuple[int, str]], keys: dict[str, Any]
    ) -> None:
        self.chosen = keys
        self.write(SHARDS[0], first)
        self.write(SHARDS[2], second)
        self.run("lake")

    @rule(shard=shard, rows=rows)
    def write(self, shard: str, rows: list[tuple[int, str]]) -> None:
        """Add a shard, or give it other documents; record 3 has no id of its own."""
        lines = [json.dumps({"text": text} | ({"id": str(key)} if key < 3 else {})) for key, text in rows]
        data = "".join(line + "\n" for line in lines).encode()
        path = self.inbox / shard
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(data, compresslevel=len(rows)) if path.suffix == ".gz" else data)

    @rule(shard=shard, line=st.sampled_from([b"not json\n", b'{"text": 1}\n', b"\xff\n", b"\n"]))
    def append(self, shard: str, line: bytes) -> None:
        path = self.inbox / shard
        if path.exists():
            with path.open("ab") as file:  # what follows the end of a gzip file breaks it as a whole
                file.write(line)

    @rule(shard=shard)
    def delete(self, shard: str) -> None:
        (self.inbox / shard).unlink(missing_ok=True)

    @rule(shard=shard, other=shard)
    def rename(self, shard: str, other: str) -> None:
        source = self.inbox / shard
        if source.exists() and source.suffix == (self.inbox / other).suffix:
            (self.inbox / other).parent.mkdir(exist_ok=True)
            source.rename(self.inbox / other)

    @rule(shard=shard)
    def touch(self, shard: str) -> None:
        if (self.inbox / shard).exists():
            os.utime(self.inbox / shard)

    @rule(shard=shard, level=st.integers(1, 9))
    def compress_again(self, shard: str, level: int) -> None:
        path = self.inbox / shard
        if path.suffix == ".gz" and path.exists():
            try:
                data = gzip.decompress(path.read_bytes())
            except gzip.BadGzipFile:
                return
            path.write_bytes(gzip.compress(data, compresslevel=level, mtime=level))

    @rule(keys=st.sampled_from(KEYS))
    def follow(self, keys: dict[str, Any]) -> None:
        """Run, with the settings as they were or with others: one rule, so that both happen often."""
        self.chosen = keys
        self.run("lake")

    def run(self, lake: str) -> Path:
        config = self.folder / "curation.yaml"
        config.write_text(yaml.safe_dump(merged(self.base, self.chosen)))
        workplace = Workplace.open(self.inbox, self.folder / lake, config).remembering()
        with workplace.lake.writing():
            build_everything(workplace, Compute(1))
        workplace.remember_hashes()
        return workplace.lake.root

    def teardown(self) -> None:
        try:
            followed, scratch = tables(self.run("lake")), tables(self.run("scratch"))
            differing = [
                path for path in followed.keys() | scratch.keys() if followed.get(path) != scratch.get(path)
            ]
            assert not differing
        finally:
            shutil.rmtree(self.folder)


def test_any_sequence_of_changes_gives_the_lake_of_a_rebuild(
    tiny_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    do_not_wait_for_the_disk(monkeypatch)
    monkeypatch.setattr(Lake, "base", yaml.safe_load(tiny_config.read_text()), raising=False)
    run_state_machine_as_test(
        Lake,
        settings=settings(
            max_examples=int(os.environ.get("CURATION_EXAMPLES", "10")),
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
