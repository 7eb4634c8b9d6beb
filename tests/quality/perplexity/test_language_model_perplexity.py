"""Perplexity under a language model: against the model's own loss, and alone or among others."""

from pathlib import Path

import numpy as np
import pytest

from curation_assets.quality.ask_llm.language_model import encode
from curation_assets.quality.perplexity import neural
from curation_assets.quality.perplexity.neural import LanguageModelPerplexity
from resources.models import ModelError

TEXTS = ["the of and to in is that a for with be have " * 4, "yes no", "", "the", "yes yes yes " * 50]


def test_the_loss_is_that_of_the_model_itself(llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    monkeypatch.setattr(neural, "_BLOCK", 7)
    folder = llama
    scorer = LanguageModelPerplexity(folder, "float32", 64)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    found = scorer.losses(TEXTS)
    for text, loss in zip(TEXTS, found, strict=True):
        ids = encode(tokenizer, text, 64)
        if ids:
            inputs = torch.tensor([[tokenizer.eos_token_id, *ids]])
            with torch.inference_mode():
                assert loss == pytest.approx(float(model(input_ids=inputs, labels=inputs).loss), rel=1e-5)
    assert scorer.score(TEXTS) == pytest.approx(np.exp(found))
    assert scorer.score([""])[0] == pytest.approx(tokenizer.vocab_size)


def test_neighbours_make_no_difference(llama: Path) -> None:
    scorer = LanguageModelPerplexity(llama, "float32")
    together = scorer.score(TEXTS)
    assert [scorer.score([text])[0] for text in TEXTS] == list(together)
    assert list(scorer.score(TEXTS[::-1])) == list(together[::-1])


def test_threads_make_hardly_a_difference(llama: Path) -> None:
    one, two = (LanguageModelPerplexity(llama, "float32", threads=n) for n in (1, 2))
    assert one.score(TEXTS[:2]) == pytest.approx(two.score(TEXTS[:2]), rel=1e-3)
    assert one.fingerprint == two.fingerprint


def test_what_is_read_and_how_is_in_the_fingerprint(llama: Path) -> None:
    folder = llama
    scorers = [
        LanguageModelPerplexity(folder, "float32", 8),
        LanguageModelPerplexity(folder, "float32", 16),
        LanguageModelPerplexity(folder, "bfloat16", 8),
    ]
    assert len({scorer.fingerprint for scorer in scorers}) == 3
    assert scorers[0].score(["yes " * 8 + "no " * 8])[0] == scorers[0].score(["yes " * 8])[0]
    assert LanguageModelPerplexity(folder, "float32", 5000).maximum_tokens == 2047  # the model's positions


def test_a_model_of_another_kind_is_refused(t5: Path, llama: Path) -> None:
    with pytest.raises(ModelError, match="decoder-only"):
        LanguageModelPerplexity(t5, "float32")


def test_a_model_that_scales_its_last_product_is_refused(llama: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer, CohereConfig, CohereForCausalLM

    AutoTokenizer.from_pretrained(llama).save_pretrained(tmp_path)
    config = CohereConfig(
        vocab_size=17, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        logit_scale=0.1, initializer_range=0.5, pad_token_id=1, bos_token_id=2, eos_token_id=2,
    )  # fmt: skip
    CohereForCausalLM(config).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="plain product"):
        LanguageModelPerplexity(tmp_path, "float32")
