"""Kneser-Ney probabilities: worked out by hand, against a plain reference, and that they add up to 1."""

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perplexity_reference import Backoff, Reference, log10_of

from curation_assets.quality.perplexity.model import NgramModel, load_model
from curation_assets.quality.perplexity.ngram import NgramPerplexity
from curation_assets.quality.perplexity.smoothing import FALLBACK, discounts
from curation_assets.quality.perplexity.train import main
from curation_assets.quality.perplexity.training import Training, train
from resources.models import ModelError

CORPUS = ["a b", "a b", "a c"]
SENTENCES = st.lists(st.lists(st.sampled_from(list("abcdef")), max_size=6), min_size=1, max_size=25)


def small(order: int, texts: list[str] = CORPUS, minimum_long: int = 1, minimum_word: int = 1) -> NgramModel:
    return train(texts, Training(order=order, minimum_word=minimum_word, minimum_long=minimum_long))


def test_bigrams_worked_out_by_hand() -> None:
    # Occurrences of bigrams: <s> a 3, a b 2, b </s> 2, a c 1, c </s> 1. Two have a count of 1, two of 2, one
    # of 3, none of 4: there is no estimate, so the discounts are .5, 1 and 1.5.
    # Words before a unigram: a 1, b 1, c 1, </s> 2; together 5. Left over: (3 x .5 + 1 x 1) / 5 = .5, shared
    # by the five words <unk>, </s>, a, b, c: .1 each.
    #   P(a) = P(b) = P(c) = (1 - .5) / 5 + .1 = .2     P(</s>) = (2 - 1) / 5 + .1 = .3     P(<unk>) = .1
    # After <s>: (3 - 1.5) / 3 is left to a, and 1.5 / 3 = .5 goes to unigrams: P(a | <s>) = .5 + .5 x .2 = .6
    # After a: left over (1 + .5) / 3 = .5: P(b | a) = (2 - 1) / 3 + .5 x .2, P(c | a) = .5 / 3 + .5 x .2
    # After b: left over 1 / 2: P(</s> | b) = 1 / 2 + .5 x .3 = .65; after c: P(</s> | c) = .5 + .5 x .3 = .65
    model = small(2)
    weights = Backoff(model).weights
    expected = {
        ("<unk>",): 0.1, ("</s>",): 0.3, ("a",): 0.2, ("b",): 0.2, ("c",): 0.2,
        ("<s>", "a"): 0.6, ("a", "b"): 1 / 3 + 0.1, ("a", "c"): 0.5 / 3 + 0.1,
        ("b", "</s>"): 0.65, ("c", "</s>"): 0.65, ("<s>",): 1.0,
    }  # fmt: skip
    assert {ngram: 10**own for ngram, (own, _) in weights.items()} == pytest.approx(expected, rel=1e-6)
    backoffs = {ngram[0]: 10**own for ngram, (_, own) in weights.items() if len(ngram) == 1}
    assert backoffs == pytest.approx(
        {"<unk>": 1, "<s>": 0.5, "</s>": 1, "a": 0.5, "b": 0.5, "c": 0.5}, rel=1e-6
    )
    assert model.record["discounts"] == [list(FALLBACK)] * 2


def test_a_perplexity_worked_out_by_hand() -> None:
    # b b, unknown, c after the start: P(b | <s>) = .5 x .2, P(b | b) = .5 x .2, P(</s> | b) = .65;
    # P(<unk> | <s>) = .5 x .1, P(</s> | <unk>) = .3.
    # Two sentences, three words: five events.
    found = NgramPerplexity(small(2)).details(["b b\n\n Zebra\n"])
    expected = log10_of([0.1, 0.1, 0.65, 0.05, 0.3])
    assert found.log10[0] == pytest.approx(expected, rel=1e-6)
    assert (found.words[0], found.sentences[0], found.unknown[0]) == (3, 2, 1)
    assert found.perplexity[0] == pytest.approx(10 ** (-expected / 5), rel=1e-6)


def test_trigrams_and_pruning_worked_out_by_hand() -> None:
    # Below the highest order a bigram counts the words before it: a b 1, a c 1, b </s> 1, c </s> 1, but
    # <s> a 3, since nothing can be before it. P(b | a) = .5 / 2 + (.5 + .5) / 2 x .2 = .35; P(</s> | b)
    # = .65 as before. Trigrams: <s> a b 2, <s> a c 1. P(b | <s> a) = (2 - 1) / 3 + (1 + .5) / 3 x .35
    # a b </s> 2: P(</s> | a b) = (2 - 1) / 2 + 1 / 2 x .65 = .825
    expected = log10_of([0.6, 1 / 3 + 0.5 * 0.35, 0.825])
    assert NgramPerplexity(small(3)).details(["a b"]).log10[0] == pytest.approx(expected, rel=1e-6)
    # Without trigrams that occur once: the count of <s> a c is left over as well, (1 + 1) / 3 in all.
    expected = log10_of([0.6, 1 / 3 + 2 / 3 * 0.35, 0.825])
    pruned = small(3, minimum_long=2)
    assert NgramPerplexity(pruned).details(["a b"]).log10[0] == pytest.approx(expected, rel=1e-6)
    assert list(pruned.counts) == [6, 5, 2]


def test_discounts_worked_out_by_hand() -> None:
    # Y = 10 / (10 + 2 x 5) = .5; 1 - 2 Y 5/10 = .5; 2 - 3 Y 3/5 = 1.1; 3 - 4 Y 2/3 = 5/3
    assert discounts(np.array([0, 10, 5, 3, 2])) == pytest.approx((0.5, 1.1, 5 / 3))
    assert discounts(np.array([0, 10, 0, 3, 2])) == FALLBACK
    assert discounts(np.array([0, 10, 1, 30, 2])) == FALLBACK  # 2 - 3 Y 30 is negative


@given(corpus=SENTENCES, order=st.integers(1, 5), rare=st.integers(1, 3), long=st.integers(1, 3))
@settings(max_examples=40)
def test_the_model_is_that_of_the_formulas(corpus: list[list[str]], order: int, rare: int, long: int) -> None:
    texts = [" ".join(sentence) for sentence in corpus]
    reference, model = Reference(corpus, order, rare, long), small(order, texts, long, rare)
    known = Backoff(model)
    histories = {tuple(one[at : at + order - 1]) for one in corpus for at in range(len(one))}
    for history in sorted({(), ("<s>",), *histories}):
        context = history[: order - 1]
        if not set(context) <= known.vocabulary:
            continue
        every = [*sorted(reference.words), "</s>", "<unk>"]
        expected = [reference.probability(word, context) for word in every]
        found = [10 ** known.log10(word, context) for word in every]
        assert sum(found) == pytest.approx(1, rel=1e-5)
        assert found == pytest.approx(expected, rel=1e-5)


@given(corpus=SENTENCES, text=SENTENCES, order=st.integers(1, 5))
@settings(max_examples=40)
def test_scoring_is_the_backoff_recursion(corpus: list[list[str]], text: list[list[str]], order: int) -> None:
    model = small(order, [" ".join(sentence) for sentence in corpus], 2, 2)
    found = NgramPerplexity(model).details(["\n".join(" ".join(sentence) for sentence in text)])
    known = Backoff(model)
    expected = sum(known.sentence(one) for one in text if one) if any(text) else known.sentence([])
    assert found.log10[0] == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_neither_order_nor_memory_changes_a_model(tmp_path: Path) -> None:
    chance = random.Random(3)
    texts = [" ".join(chance.choices("abcdefghij", k=30)) for _ in range(60)]
    model = train(texts, Training(order=4))
    other = train(reversed(texts), Training(order=4, memory=30_000))  # read in ten parts
    model.save(tmp_path / "one.npz")
    other.save(tmp_path / "other.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()
    assert load_model(tmp_path / "one.npz").fingerprint == model.fingerprint
    assert load_model(tmp_path / "one.npz").record == model.record
    assert train(texts[1:], Training(order=4)).fingerprint != model.fingerprint


def test_the_most_frequent_words_make_up_the_vocabulary() -> None:
    model = train(["x y z", "x y", "x w"], Training(order=2, minimum_word=1, maximum_vocabulary=3))
    assert model.vocabulary == ("<unk>", "<s>", "</s>", "x", "y", "w")


@pytest.mark.parametrize("texts", [[], ["", "\n \n"]])
def test_a_model_of_nothing_still_gives_finite_values(texts: list[str]) -> None:
    found = NgramPerplexity(train(texts)).score(["", "word", "word " * 500])
    assert np.isfinite(found).all()
    assert (found >= 1).all()


def test_the_trainer_of_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.dumps({"text": text}) for text in CORPUS]
    (tmp_path / "plain.jsonl").write_text("\n".join(lines[:2]) + "\n")
    (tmp_path / "packed.jsonl.gz").write_bytes(gzip.compress(lines[2].encode()))
    files = [str(tmp_path / name) for name in ("plain.jsonl", "packed.jsonl.gz")]
    settings_ = ["--order", "3", "--minimum-word", "1", "--minimum-long", "1"]
    main(["--texts", *files, "--output", str(tmp_path / "m.npz"), *settings_])
    assert load_model(tmp_path / "m.npz").fingerprint == small(3).fingerprint
    (tmp_path / "plain.jsonl").write_text('{"text": "a"}\n{"other": 1}\n')
    with pytest.raises(SystemExit):
        main(["--texts", files[0], "--output", str(tmp_path / "n.npz")])
    assert "line 2: no text in 'text'" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["cut", "pointer", "weight", "text"])
def test_a_damaged_model_is_refused(tmp_path: Path, damage: str) -> None:
    path, model = tmp_path / "m.npz", small(3)
    if damage == "pointer":
        model.context[-1] = 99
    if damage == "weight":
        model.probability[5] = np.nan
    model.save(path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-40])
    if damage == "text":
        path.write_text("no model")
    with pytest.raises(ModelError, match=r"m\.npz"):
        load_model(path)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        Training(order=0)
    with pytest.raises(ValueError, match="minimum_word"):
        Training(minimum_word=0)
