"""quality_scores of a shard: what is known is not computed again, and nothing is loaded for it."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_inboxes import prose
from survivor_tables import SHARD, write_survivors

from curation_assets.progress import silent
from curation_assets.quality.ask_llm import scorer
from curation_assets.quality.stage import build, external
from curation_assets.stage import Built
from curation_assets.text import tokenizer
from curation_assets.workplace import PROJECT, Workplace

TEXTS = ["yes and no", "", "the of the", prose(1), "to be or to have", "a lone é", "no", "the " * 300]

OpenWorkplace = Callable[..., Workplace]


def scores(workplace: Workplace, texts: Sequence[str]) -> Built:
    write_survivors(workplace, texts)
    return build(workplace, SHARD, silent)


def anew(built: Built) -> tuple[object, object]:
    return built.figures["documents_scored_anew"], built.figures["documents_tokenised_anew"]


def test_only_new_documents_are_scored_and_tokenised(open_workplace: OpenWorkplace) -> None:
    workplace = open_workplace()
    first = scores(workplace, TEXTS)
    assert anew(first) == (len(TEXTS), len(TEXTS))
    assert first.bytes_in == sum(len(text.encode()) for text in TEXTS)
    again = scores(workplace, ["new", *TEXTS[::-1]])
    assert (anew(again), again.bytes_in) == ((1, 1), 3)
    table = again.tables["quality_scores"]
    assert table["doc_id"].to_list() == [f"d{number}" for number in range(len(TEXTS) + 1)]
    values = ["ask_llm", "quality", "tokens", "bytes"]
    assert table[1:]["bytes"].to_list() == [len(text.encode()) for text in TEXTS[::-1]]
    assert table[1:].select(values).equals(first.tables["quality_scores"][::-1].select(values))
    assert table["tokens"].to_list()[0:4] == [1, 300, 1, 3]


def test_another_tokenizer_scores_nothing(
    open_workplace: OpenWorkplace, tiny_models: dict[str, Path], tmp_path: Path
) -> None:
    workplace = open_workplace()
    scores(workplace, TEXTS)
    other = tmp_path / "tokenizer.json"
    shutil.copy(tiny_models["language"] / "tokenizer.json", other)
    other.write_text(other.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    quality = workplace.config.quality.model_copy(update={"tokenizer": str(other)})
    changed = Workplace(
        workplace.inbox_path, workplace.lake, workplace.config.model_copy(update={"quality": quality})
    )
    assert external(changed, SHARD) != external(workplace, SHARD)
    assert anew(scores(changed, TEXTS)) == (0, len(TEXTS))


def test_with_everything_known_no_text_is_read_and_nothing_loaded(
    open_workplace: OpenWorkplace, tiny_config: Path
) -> None:
    workplace = open_workplace()
    first = scores(workplace, TEXTS)
    known = workplace.lake.read("clean_documents", SHARD).drop("text")
    workplace.lake.write("clean_documents", SHARD, known)
    code = (
        "import sys, json; from pathlib import Path; from curation_assets.workplace import Workplace;"
        "from curation_assets.quality.stage import build, external;"
        "from curation_assets.progress import silent;"
        f"place = Workplace.open(Path('x'), Path({str(workplace.lake.root)!r}), Path({str(tiny_config)!r}));"
        f"external(place, 'x'); table = build(place, {SHARD!r}, silent).tables['quality_scores'];"
        "print(json.dumps([table.to_dicts(), [name for name in"
        " ('torch', 'transformers', 'tokenizers') if name in sys.modules]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True
    )
    assert json.loads(done.stdout) == [first.tables["quality_scores"].to_dicts(), []]


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
    monkeypatch.setattr(tokenizer, "_CHUNK", chunk)
    monkeypatch.setattr(scorer.Scorer, "chunk", chunk)
    cold = Workplace.open(warm.inbox_path, tmp_path_factory.mktemp("cold"), warm.config_path)
    shuffled = random.Random(seed).sample(some, len(some))
    scores(cold, shuffled[:known])
    files = []
    for workplace in (warm, cold):
        table = scores(workplace, some).tables["quality_scores"]
        workplace.lake.write("quality_scores", SHARD, table)
        files.append(workplace.lake.table_path("quality_scores", SHARD).read_bytes())
    assert files[0] == files[1]
    alone = scorer.load_scorer(warm.config.quality)
    assert table["ask_llm"].to_list() == [float(alone.score([text])[0]) for text in some]
