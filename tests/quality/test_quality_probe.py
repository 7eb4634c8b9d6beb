"""A probe reads a middle layer, belongs to one model, and is trained the same way every time."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from quality_models import save_llama

from curation_assets.quality.ask_llm.hidden_states import MeanHiddenStates
from curation_assets.quality.ask_llm.probe import Probe, load_probe
from curation_assets.quality.ask_llm.scorer import load_scorer
from curation_assets.quality.ask_llm.train_probe import (
    Labelled,
    fit,
    leave_kinds_out,
    read_labelled,
    summary,
    train_probe,
)
from curation_assets.quality.config import QualityConfig
from resources.models import ModelError, weights_fingerprint

PROSE = "the river in the north {} is the end of the line and the night"
JUNK = "qx{}zz ##// 00 11 qx vv kk {} jj"


@pytest.fixture
def label_file(tmp_path: Path) -> Path:
    rows = [{"text": PROSE.format(n), "label": 1, "kind": f"prose {n % 2}"} for n in range(8)]
    rows += [{"text": JUNK.format(n, n), "label": 0, "kind": f"junk {n % 2}"} for n in range(8)]
    rows.append({"text": "neither", "label": -1, "kind": "grey"})
    path = tmp_path / "labels.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def make(model: Path, label_file: Path) -> Probe:
    return train_probe([label_file], model=str(model), layer=2, dtype="float32", maximum_tokens=64)


def probe_config(model: Path, probe: Path, **changes: object) -> QualityConfig:
    return QualityConfig(model=str(model), probe=str(probe), dtype="float32").model_copy(update=changes)


def test_features_are_the_mean_hidden_state_of_the_layer(llama: Path) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    text = "the river flows </s> into the sea"
    tokenizer = AutoTokenizer.from_pretrained(llama)
    ids = tokenizer(text, return_tensors="pt", split_special_tokens=True)["input_ids"]
    with torch.inference_mode():
        full = AutoModel.from_pretrained(llama).eval()(input_ids=ids, output_hidden_states=True)
    expected = full.hidden_states[2][0].mean(dim=0).numpy()
    features = MeanHiddenStates(llama, 2, "float32", 512).features([text, ""])
    np.testing.assert_allclose(features[0], expected, atol=1e-6)
    assert np.isnan(features[1]).all()


def test_scores_are_the_probes_probabilities(llama: Path, label_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "probe.json"
    probe = make(llama, label_file)
    probe.save(path)
    texts = [PROSE.format("unseen"), JUNK.format("w", "w"), ""]
    scores = load_scorer(probe_config(llama, path)).score(texts)
    features = MeanHiddenStates(llama, 2, "float32", 512).features(texts[:2]).astype(float)
    margins = (features - probe.mean) / probe.scale @ np.array(probe.coefficients) + probe.intercept
    np.testing.assert_allclose(scores[:2], 1 / (1 + np.exp(-margins)), rtol=1e-9)
    assert scores[0] > 0.5 > scores[1]
    assert scores[2] == 0.0


def test_order_and_neighbours_do_not_change_a_bit(llama: Path, label_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "probe.json"
    make(llama, label_file).save(path)
    texts = [PROSE.format(n) * (n % 4) + JUNK.format(n, n) for n in range(9)]
    scorer = load_scorer(probe_config(llama, path))
    together = scorer.score(texts)
    assert together.tobytes() == scorer.score(texts[::-1])[::-1].tobytes()
    assert together[4] == load_scorer(probe_config(llama, path)).score([texts[4]])[0]


def test_training_twice_gives_the_same_bytes(llama: Path, label_file: Path, tmp_path: Path) -> None:
    make(llama, label_file).save(tmp_path / "one.json")
    make(llama, label_file).save(tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert load_probe(str(tmp_path / "one.json")) == make(llama, label_file)


def test_the_record_says_what_it_was_trained_on(llama: Path, label_file: Path) -> None:
    probe = make(llama, label_file)
    assert probe.weights == weights_fingerprint(llama)
    assert probe.record["examples"] == {"informative": 8, "junk": 8}
    assert list(probe.record["files"]) == ["labels.jsonl"]
    assert 0.9 <= probe.record["leave_one_kind_out"]["mean_auc"] <= 1.0


def test_a_probe_of_another_model_is_refused(llama: Path, label_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "probe.json"
    make(llama, label_file).save(path)
    other = save_llama(tmp_path / "other", seed=5)
    with pytest.raises(ModelError, match=r"belongs to weights .* take readout: verbalizer"):
        load_scorer(probe_config(other, path))


def test_the_packaged_probe_is_refused_for_another_model(llama: Path) -> None:
    with pytest.raises(ModelError, match="belongs to weights"):
        load_scorer(QualityConfig(model=str(llama)))


def test_fingerprint_changes_with_the_probe(llama: Path, label_file: Path, tmp_path: Path) -> None:
    probe = make(llama, label_file)
    probe.save(tmp_path / "one.json")
    changed = Probe(**{**vars(probe), "intercept": probe.intercept + 1e-6})
    changed.save(tmp_path / "two.json")
    noted = Probe(**{**vars(probe), "record": {"note": "same numbers"}})
    noted.save(tmp_path / "three.json")
    one, two, three = (
        load_scorer(probe_config(llama, tmp_path / f"{name}.json")).fingerprint
        for name in ("one", "two", "three")
    )
    assert one != two
    assert one == three


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1, "layer": 2}', '{"format": 9}', "\0"])
def test_a_broken_probe_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"broken\.json"):
        load_probe(str(path))


def test_a_missing_probe_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"missing\.json"):
        load_probe(str(tmp_path / "missing.json"))


def test_an_encoder_decoder_model_has_no_probe(t5: Path) -> None:
    with pytest.raises(ModelError, match="decoder-only"):
        MeanHiddenStates(t5, 1, "float32", 64)


def test_fit_agrees_with_a_standard_pipeline() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(0)
    labels = (np.arange(120) % 3 == 0).astype(np.int64)
    features = (rng.normal(size=(120, 6)) * [1, 5, 0.1, 1, 1, 0] + labels[:, None]).astype(np.float32)
    reference = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, class_weight="balanced"))
    expected = reference.fit(features.astype(float), labels).decision_function(features.astype(float))
    np.testing.assert_allclose(fit(features, labels).margins(features), expected, atol=1e-3)


@pytest.mark.parametrize(("place", "lowest", "highest"), [(-6.0, 0.0, 0.1), (6.0, 0.95, 1.0)])
def test_a_kind_that_is_left_out_is_really_not_seen(place: float, lowest: float, highest: float) -> None:
    # a probe that has only seen the other kind of junk is wrong about this one if they lie on opposite sides
    rng = np.random.default_rng(1)
    kinds = ["prose"] * 40 + ["prose too"] * 40 + ["junk a"] * 40 + ["junk b"] * 40
    features = rng.normal(size=(160, 3))
    features[80:120, 0] += 6
    features[120:, 0] += place
    examples = [Labelled("", int(kind.startswith("prose")), kind) for kind in kinds]
    table = leave_kinds_out(features.astype(np.float32), examples, judged=160)
    assert set(table) == {"junk a", "junk b"}
    assert all(set(row) == {"prose", "prose too"} for row in table.values())
    assert lowest <= summary(table)["mean_auc"] <= highest


def test_labels_are_read_plain_or_gzipped(label_file: Path, tmp_path: Path) -> None:
    packed = tmp_path / "labels.jsonl.gz"
    packed.write_bytes(gzip.compress(label_file.read_bytes()))
    assert read_labelled(packed) == read_labelled(label_file)
    assert {one.label for one in read_labelled(packed)} == {0, 1}
