"""EL2N by hand, and memorisation by a model that was taught one text."""

from pathlib import Path

import numpy as np
import pytest
from quality_models import save_llama

from curation_assets.quality.pruning.causal import CausalModel
from curation_assets.quality.pruning.el2n import El2nScorer, el2n
from curation_assets.quality.pruning.memorisation import MemorisationScorer
from resources.models import ModelError, torch_threads

ODD = ["", "a", "\ud800\0 x", "the thin thing " * 50]


def test_norms_are_what_a_calculation_by_hand_gives() -> None:
    logits = np.log([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [1e-30, 1e-30, 1.0], [1e-30, 1e-30, 1.0]])
    expected = [
        np.sqrt(0.5**2 + 0.3**2 + 0.2**2),
        np.sqrt(0.5**2 + 0.3**2 + 0.8**2),
        0.0,
        np.sqrt(2),
    ]
    np.testing.assert_allclose(el2n(logits, np.array([0, 2, 2, 0])), expected, atol=1e-12)


def test_logits_of_any_size_have_a_norm() -> None:
    logits = np.array([[1e30, -1e30], [-1e5, -1e5]], dtype=np.float32)
    np.testing.assert_allclose(el2n(logits, np.array([1, 0])), [np.sqrt(2), np.sqrt(0.5)])


def test_labels_that_are_no_class_are_refused() -> None:
    with pytest.raises(ValueError, match="none of 2 classes"):
        el2n(np.zeros((1, 2)), np.array([2]))
    with pytest.raises(ValueError, match="logits"):
        el2n(np.zeros((3, 2)), np.array([1]))


def test_a_texts_score_is_the_mean_over_tokens_and_models(tmp_path: Path) -> None:
    folders = [save_llama(tmp_path / str(seed), seed=seed) for seed in (1, 2)]
    scorer = El2nScorer(folders, "float32", 64)
    text = "the thin thing in there"
    expected = []
    for folder in folders:
        model = CausalModel(folder, "float32", 64)
        ids = model.encode(text)
        for position, logits in enumerate(model.logits(ids)[:-1].astype(np.float64)):
            probabilities = np.exp(logits) / np.exp(logits).sum()
            probabilities[ids[position + 1]] -= 1
            expected.append(np.linalg.norm(probabilities))
    assert scorer.score([text])[0] == pytest.approx(np.mean(expected), rel=1e-6)
    together = scorer.score([*ODD, text])
    assert together.tolist() == [scorer.score([one])[0] for one in [*ODD, text]]
    assert together[:2].tolist() == [0.0, 0.0]
    assert El2nScorer(folders[:1], "float32", 64).fingerprint != scorer.fingerprint


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a tiny model that was trained on one text until it knew it."""
    import torch
    from transformers import AutoModelForCausalLM

    folder = save_llama(tmp_path_factory.mktemp("taught"))
    text = "Sing, goddess, the anger of Peleus' son Achilles and its devastation."
    ids = torch.tensor([CausalModel(folder, "float32", 64).encode(text)])
    model = AutoModelForCausalLM.from_pretrained(folder)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    with torch_threads(1):
        for _ in range(80):
            optimiser.zero_grad()
            model(input_ids=ids, labels=ids).loss.backward()
            optimiser.step()
    model.save_pretrained(folder)
    return folder, text


def test_a_text_that_was_learnt_is_reproduced_and_others_are_not(taught: tuple[Path, str]) -> None:
    folder, text = taught
    scorer = MemorisationScorer(folder, "float32", prompt=16, continued=32)
    other = text[:16] + text[:15:-1]
    scores = scorer.score([text, other, *ODD])
    assert scores[0] == 1.0
    assert scores[1] < 0.5
    assert scores[2:4].tolist() == [0.0, 0.0]
    assert ((scores >= 0) & (scores <= 1)).all()


def test_the_continuation_is_that_of_greedy_decoding_without_a_memory(taught: tuple[Path, str]) -> None:
    model = CausalModel(taught[0], "float32", 64)
    ids = model.encode("the thin thing")
    expected = list(ids)
    for _ in range(8):
        expected.append(int(model.logits(expected)[-1].argmax()))
    assert model.continued(ids, 8) == expected[len(ids) :]


def test_models_that_cannot_are_refused(t5: Path, llama: Path) -> None:
    with pytest.raises(ModelError, match="not a decoder-only model"):
        CausalModel(t5, "float32", 64)
    with pytest.raises(ModelError, match="reads 2048 tokens, not 4096"):
        CausalModel(llama, "float32", 4096)
    with pytest.raises(ValueError, match="at least one model"):
        El2nScorer([], "float32", 64)
