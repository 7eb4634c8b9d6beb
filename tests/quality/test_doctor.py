"""``curate doctor``: what it says of good, bad, missing and upside-down scorers, and how it ends."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from answering_server import MODEL, AnsweringServer
from click.testing import CliRunner
from small_inboxes import prose
from survivor_tables import SHARD, write_survivors

from curation_assets.cli import main
from curation_assets.progress import silent
from curation_assets.quality.ask_llm.config import AskLlmConfig
from curation_assets.quality.ask_llm.train_probe import main as train_probe
from curation_assets.quality.classifiers.train import main as train_classifier
from curation_assets.quality.config import QualityConfig
from curation_assets.quality.doctor.findings import subjects
from curation_assets.quality.perplexity.train import main as train_ngram
from curation_assets.quality.stage import build
from curation_assets.workplace import Workplace

PROSE = [prose(number, 60) for number in range(16)]
JUNK = [f"qx{number} zz ## 00 kk jj {number} vv" for number in range(16)]
OpenWorkplace = Callable[..., Workplace]


def write(path: Path, texts: list[str], **row: Any) -> Path:
    path.write_text("".join(json.dumps({"text": text, **row}) + "\n" for text in texts), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with labelled texts, and models that were trained on others of their kinds."""
    folder = tmp_path_factory.mktemp("doctor")
    good, bad = write(folder / "good.jsonl", PROSE[:8]), write(folder / "bad.jsonl", JUNK[:8])
    rows = [
        json.loads(line) | {"label": label, "kind": kind}
        for label, kind, texts in ((1, "book", PROSE[8:]), (0, "codes", JUNK[8:12]), (0, "more", JUNK[12:]))
        for line in write(folder / "some", texts).read_text().splitlines()
    ]
    (folder / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    train_ngram(["--texts", str(good), "--output", str(folder / "prose.npz"), "--minimum-word", "1"])
    for name, pair in (("right", (good, bad)), ("wrong", (bad, good))):
        files = ["--positive", str(pair[0]), "--negative", str(pair[1]), "--output", str(folder / name)]
        train_classifier(["--kind", "hashed", *files])
    return folder


@pytest.fixture
def bank(files: Path) -> dict[str, dict[str, Any]]:
    return {
        "prose": {"kind": "ngram", "model": str(files / "prose.npz")},
        "right": {"kind": "hashed", "model": str(files / "right")},
        "wrong": {"kind": "hashed", "model": str(files / "wrong")},
        "missing": {"kind": "hashed", "model": str(files / "none")},
    }


@pytest.fixture
def settings(tiny_config: Path, tmp_path: Path, bank: dict[str, Any]) -> Callable[..., Path]:
    def settings(**changes: Any) -> Path:
        values = yaml.safe_load(tiny_config.read_text())
        values["quality"] |= {"scorers": bank} | changes
        path = tmp_path / "curation.yaml"
        path.write_text(yaml.safe_dump(values, sort_keys=False))
        return path

    return settings


def doctor(files: Path, config: Path, *options: str | Path) -> tuple[int, str]:
    labels = ["--labels", str(files / "labels.jsonl")]
    given = [] if "--labels" in options else labels
    result = CliRunner().invoke(main, ["doctor", "--config", str(config), *given, *map(str, options)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def found(files: Path, config: Path, *options: str | Path) -> tuple[int, dict[str, Any]]:
    code, text = doctor(files, config, "--json", *options)
    return code, json.loads(text)


def test_the_json_is_complete(files: Path, settings: Callable[..., Path]) -> None:
    code, report = found(files, settings(use="prose"))
    assert (code, report["exit_code"], report["use"], report["lake"]) == (0, 0, "prose", None)
    labels = report["labels"]
    assert (labels["texts"], labels["informative"], labels["junk"]) == (16, 8, 8)
    scorers = {scorer["name"]: scorer for scorer in report["scorers"]}
    assert list(scorers) == ["ask_llm", "prose", "right", "wrong", "missing"]
    keys = {
        "name", "kind", "configured", "used", "lower_is_better", "backend", "dtype", "error", "auc",
        "auc_standard_error", "auc_by_kind_of_junk", "trained_on_these_texts", "auc_on_kinds_left_out",
        "below", "speed", "lake",
    }  # fmt: skip
    assert all(set(scorer) == keys for scorer in scorers.values())
    assert [name for name, scorer in scorers.items() if scorer["used"]] == ["prose"]
    # a low perplexity is good, and a classifier that learnt it upside down is bad
    assert (scorers["prose"]["auc"], scorers["prose"]["lower_is_better"]) == (1.0, True)
    assert (scorers["right"]["auc"], scorers["wrong"]["auc"]) == (1.0, 0.0)
    assert [scorers[name]["below"] for name in ("prose", "right", "wrong", "missing")] == [
        False, False, True, False,
    ]  # fmt: skip
    assert scorers["wrong"]["auc_by_kind_of_junk"] == {"codes": 0.0, "more": 0.0}
    assert (scorers["ask_llm"]["backend"], scorers["ask_llm"]["dtype"]) == ("torch", "float32")
    assert set(scorers["right"]["speed"]) == {
        "documents_per_second", "tokens_per_second", "clock", "start_seconds",
    }  # fmt: skip
    assert "no such file" in scorers["missing"]["error"]
    assert scorers["missing"]["auc"] is scorers["missing"]["speed"] is None
    agreed = report["agreement"]
    assert agreed["scorers"] == ["ask_llm", "prose", "right", "wrong"]
    matrix = agreed["spearman"]
    assert matrix[2][3] == matrix[3][2] == pytest.approx(-1.0)
    assert matrix[1][2] > 0.5  # the perplexity agrees, with its sign changed


@pytest.mark.parametrize(("use", "code"), [("right", 0), ("wrong", 4), ("missing", 1)])
def test_the_column_that_is_used_decides_how_it_ends(
    files: Path, settings: Callable[..., Path], use: str, code: int
) -> None:
    ended, text = doctor(files, settings(use=use))
    assert ended == code
    words = " ".join(text.split())
    assert f"{use} *" in words
    assert "warning: wrong has an AUC of 0.00, below 0.7: it ranks junk above prose." in words
    assert "missing cannot score: model" in words
    assert "Traceback" not in text


def test_a_probe_is_judged_by_the_kinds_that_were_left_out(
    files: Path, settings: Callable[..., Path], tiny_models: dict[str, Path], tmp_path: Path
) -> None:
    # Two kinds of either label: a kind that is left out leaves one to learn from.
    rows = [json.loads(line) for line in (files / "labels.jsonl").read_text().splitlines()]
    rows += [{"text": text, "label": 1, "kind": "letters"} for text in PROSE[:4]]
    labels = tmp_path / "both.jsonl"
    labels.write_text("".join(json.dumps(row) + "\n" for row in rows))
    output = tmp_path / "probe.json"
    given = ["--labels", labels, "--output", output, "--model", tiny_models["language"], "--layer", "2"]
    assert train_probe([str(one) for one in [*given, "--dtype", "float32", "--maximum-tokens", "64"]]) == 0
    record = json.loads(output.read_text())["record"]
    config = settings(readout="probe", probe=str(output), scorers={})
    _, report = found(files, config, "--labels", labels)
    scorer = report["scorers"][0]
    assert scorer["trained_on_these_texts"]
    assert scorer["auc_on_kinds_left_out"] == record["leave_one_kind_out"]["mean_auc"]
    assert "left out: AUC on kinds of text that were left out" in doctor(files, config, "--labels", labels)[1]
    # Below the least on kinds that were left out it fails, however good it is on what it has learnt.
    broken = json.loads(output.read_text())
    broken["record"]["leave_one_kind_out"]["mean_auc"] = 0.6
    output.write_text(json.dumps(broken))
    code, text = doctor(files, config, "--labels", labels)
    assert code == 4
    assert "AUC on kinds left out of training of 0.60, below 0.7" in " ".join(text.split())
    # On other texts the record's figure has no say.
    assert found(files, config)[1]["scorers"][0]["auc_on_kinds_left_out"] is None


def test_a_classifier_that_was_trained_on_these_texts_is_told_of(
    files: Path, settings: Callable[..., Path], tmp_path: Path
) -> None:
    output = tmp_path / "own"
    own = ["--positive", str(files / "labels.jsonl"), "--negative", str(files / "bad.jsonl")]
    assert train_classifier(["--kind", "hashed", *own, "--output", str(output)]) == 0
    _, text = doctor(files, settings(scorers={"own": {"kind": "hashed", "model": str(output)}}))
    assert "own was trained on these very texts: its AUC here proves nothing" in " ".join(text.split())


def test_a_lake_is_estimated_by_what_its_cache_lacks(
    files: Path, settings: Callable[..., Path], open_workplace: OpenWorkplace, bank: dict[str, Any]
) -> None:
    plain = open_workplace(config=settings(scorers={"right": bank["right"]}))
    (plain.inbox_path / SHARD).write_text('{"text": "one"}\n')
    write_survivors(plain, [*PROSE[:5], PROSE[0]])
    build(plain, SHARD, silent)
    lake = ["--lake", plain.lake.root, "--inbox", plain.inbox_path]
    _, report = found(files, settings(scorers={"right": bank["right"], "prose": bank["prose"]}), *lake)
    work = {scorer["name"]: scorer["lake"] for scorer in report["scorers"]}
    assert {name: one["documents_to_score"] for name, one in work.items()} == {
        "ask_llm": 0, "right": 0, "prose": 5,
    }  # fmt: skip
    assert work["ask_llm"]["seconds"] == 0.0
    speed = work["prose"]["speed"]
    assert work["prose"]["seconds"] == pytest.approx(5 / speed["documents_per_second"])
    assert "prose: 5 documents to score" in doctor(files, settings(), *lake)[1]


def test_a_lake_that_nothing_is_known_of_gives_no_time(
    files: Path, settings: Callable[..., Path], small_inbox: Path, tmp_path: Path
) -> None:
    lake = ["--lake", tmp_path / "lake", "--inbox", small_inbox]
    code, report = found(files, settings(use="right"), *lake)
    assert code == 0
    assert {scorer["name"]: scorer["lake"] for scorer in report["scorers"]}["right"]["seconds"] is None
    assert not (tmp_path / "lake").exists()


def test_a_server_is_judged_but_sent_nothing_of_the_lake(
    files: Path, settings: Callable[..., Path], open_workplace: OpenWorkplace
) -> None:
    with contextlib.closing(AnsweringServer()) as server:
        server.probabilities = lambda text: {"yes": 0.1 if "zz ##" in text else 0.9}
        asked = {"kind": "endpoint", "url": server.url, "model": MODEL, "parallel_requests": 1}
        workplace = open_workplace(config=settings(scorers={"served": asked}))
        (workplace.inbox_path / SHARD).write_text('{"text": "one"}\n')
        write_survivors(workplace, ["of the lake alone"])
        lake = ["--lake", workplace.lake.root, "--inbox", workplace.inbox_path]
        _, report = found(files, settings(scorers={"served": asked}), *lake)
        served = report["scorers"][1]
        assert (served["auc"], served["backend"], served["speed"]["clock"]) == (1.0, "server", "wall")
        assert served["lake"]["documents_to_score"] == 1
        assert len(server.asked) == 16
        assert not any("of the lake alone" in text for text in server.asked)


@pytest.mark.parametrize("line", ["", '{"text": "a", "label": 1, "kind": "b"}', "no"])
def test_labels_that_cannot_judge_are_refused(
    tmp_path: Path, files: Path, settings: Callable[..., Path], line: str
) -> None:
    labels = tmp_path / "labels.jsonl"
    labels.write_text(line)
    result = CliRunner().invoke(main, ["doctor", "--config", str(settings()), "--labels", str(labels)])
    assert result.exit_code == 1
    assert "labels.jsonl" in result.output
    assert "Traceback" not in result.output


@pytest.mark.models
def test_the_packaged_model_passes_and_fails_with_the_papers_prompt(tmp_path: Path) -> None:
    config = tmp_path / "curation.yaml"
    paper = {"kind": "ask_llm", "readout": "verbalizer", "prompt": "paper"}
    config.write_text(yaml.safe_dump({"quality": {"scorers": {"paper": paper}, "use": "paper"}}))
    result = CliRunner().invoke(main, ["doctor", "--config", str(config), "--json", "--texts", "26"])
    assert result.exit_code == 4, result.output
    probe, verbatim = json.loads(result.stdout)["scorers"]
    assert (probe["below"], verbatim["below"]) == (False, True)
    assert verbatim["auc"] < 0.7 < min(probe["auc"], probe["auc_on_kinds_left_out"])


def test_all_shows_the_trap_beside_the_columns() -> None:
    names = {subject.name: subject for subject in subjects(QualityConfig(), every=True)}
    assert [name for name, subject in names.items() if subject.configured] == ["ask_llm"]
    assert names["ask_llm"].used
    paper = names["packaged: verbalizer"].settings
    assert isinstance(paper, AskLlmConfig)
    assert (paper.model, paper.readout, paper.prompt) == ("packaged", "verbalizer", "paper")
