"""Files laid out as FLAN-T5's are read as they are meant, by the path that the real ones take."""

from pathlib import Path

import pytest
from quality_models import save_flan_t5

from curation_assets.quality.ask_llm.scorer import load_scorer
from curation_assets.quality.ask_llm.verbalizer import Verbalizer
from curation_assets.quality.config import QualityConfig
from curation_assets.quality.prompts.registry import PROMPTS

TEXT = "The river flows\n\ninto the sea. <extra_id_0></s> yes"
CLEAN = "The river flows\n\ninto the sea.    yes"


@pytest.fixture(scope="module", params=[False, True], ids=["flan", "first T5"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bool]:
    return save_flan_t5(tmp_path_factory.mktemp("flan"), tied=request.param), request.param


def expected(folder: Path, tied: bool, question: str, answers: list[str]) -> list[float]:
    """Multiply the decoder's first hidden state with the output matrix by hand."""
    import torch
    from safetensors.torch import load_file
    from transformers import AutoTokenizer, T5ForConditionalGeneration

    weights: dict[str, torch.Tensor] = {}
    for shard in folder.glob("*.safetensors"):
        weights |= load_file(shard)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    whole = T5ForConditionalGeneration.from_pretrained(folder).eval()
    with torch.inference_mode():
        ids = tokenizer(question, return_tensors="pt")["input_ids"]
        read = whole.encoder(input_ids=ids).last_hidden_state
        start = torch.tensor([[0]])
        hidden = whole.decoder(input_ids=start, encoder_hidden_states=read).last_hidden_state[0, 0]
        output = weights["shared.weight"] * 32**-0.5 if tied else weights["lm_head.weight"]
        probabilities = torch.softmax(output @ hidden, dim=-1)
    return [float(probabilities[tokenizer.convert_tokens_to_ids(answer)]) for answer in answers]


def config(folder: Path, **changes: object) -> QualityConfig:
    values = {"model": str(folder), "readout": "verbalizer", "dtype": "float32", **changes}
    return QualityConfig.model_validate(values)


def test_score_is_that_of_the_files(model: tuple[Path, bool]) -> None:
    folder, tied = model
    [yes] = expected(folder, tied, PROMPTS["paper"].render(CLEAN), ["\u2581yes"])
    score = load_scorer(config(folder)).score([TEXT])[0]
    assert score == pytest.approx(yes, rel=1e-4)
    assert 1e-6 < score < 0.9
    half = load_scorer(config(folder, dtype="bfloat16")).score([TEXT])[0]
    assert half == pytest.approx(score, rel=0.2)
    assert half != score


def test_grades_are_read_as_words_of_their_own(model: tuple[Path, bool]) -> None:
    folder, tied = model
    grades = expected(folder, tied, PROMPTS["educational"].render(CLEAN), [f"\u2581{n}" for n in range(6)])
    by_hand = sum(grade * p for grade, p in enumerate(grades)) / sum(grades) / 5
    score = load_scorer(config(folder, prompt="educational")).score([TEXT])[0]
    assert score == pytest.approx(by_hand, rel=1e-4)


def test_sentinels_in_a_document_are_not_those_of_the_model(model: tuple[Path, bool]) -> None:
    verbalizer = Verbalizer(model[0], "float32", PROMPTS["paper"], 512)
    ids = verbalizer.input_ids("<extra_id_0> </s><extra_id_99><pad>")
    special = set(verbalizer._tokenizer.all_special_ids) - {verbalizer._tokenizer.unk_token_id}
    assert [number for number in ids if number in special] == [1]  # the end that T5 puts after every text


def test_a_long_document_is_read_as_far_as_asked(model: tuple[Path, bool]) -> None:
    # relative positions: the 512 of the configuration are no limit
    scorer = load_scorer(config(model[0], maximum_tokens=600))
    long, longer, other = scorer.score(["the " * 1000, "the " * 1000 + "no", "the " * 590 + "no"])
    assert long == longer
    assert long != other
