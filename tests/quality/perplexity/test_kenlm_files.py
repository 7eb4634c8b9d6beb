"""KenLM's files: probabilities as KenLM gives them, round trips, and what is refused."""

import base64
import gzip
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curation_assets.quality.perplexity.arpa import read_arpa, write_arpa
from curation_assets.quality.perplexity.kenlm_binary import read_binary
from curation_assets.quality.perplexity.ngram import NgramPerplexity, read_model
from curation_assets.quality.perplexity.training import Training, train
from resources.models import ModelError

# Written for this test. <s> the cat, cat sat </s> and others are there, the sat or cat </s> are not.
ARPA = """
\\data\\
ngram 1=6
ngram 2=6
ngram 3=3

\\1-grams:
-1.5\t<unk>
0\t<s>\t-0.4
-1.1\t</s>
-0.7\tthe\t-0.3
-0.9\tcat\t-0.2
-1.2\tsat\t-0.1

\\2-grams:
-0.2\t<s> the\t-0.15
-0.5\tthe cat\t-0.25
-0.6\tcat sat\t-0.35
-0.45\tsat </s>
-0.8\tsat the
-1.0\tcat cat\t-0.05

\\3-grams:
-0.1\t<s> the cat
-0.3\tthe cat sat
-0.05\tcat sat </s>

\\end\\
"""
# What KenLM (kpu/kenlm 4cb443e, `build_binary probing`) made of it, zlib and base64.
BINARY = (
    "eNrLzU0sUMjJVcgoKSmw0tfPzkhNTMtMzUnRS87P1U/OT0lVSMsvyk0sUShLLSrOzM9TMOViQIAGeyCxnxFI/AcCkAgjVIYZTB6w"
    "RxZjQ6OZGVABSFx70VOpNerWS0By+3e2P3d+wFnOwoAbcOV8/1hb/CCbCU28oE5xr2VbKdhu1RU1xkp22hKsGLoP7Ad5AsQ6e+bM"
    "vrNnekDubTA2NrafNXPmvrS0NPuzZ3z2AdlA+sxemC6OT0wZLRuNhYFMoPqGfY1Fbz/UVte0QtRK7lOInbKva4KNdlraMzuQebuW"
    "MfdJrdq3DShnb2y8ed/SsIoqU+Oby4Hqwfab7673nsZ/SxvI3A8U28tAImjOSTn6NeZ5ObpetS/tfH9sJ+aB3L6v5Z10oNyB6SB/"
    "2ZTmZdsx2BQDsT6QKMlIZUhOLGEoBmIA8JSFJg=="
)
# Sums of what KenLM's `query -v word` printed for each word and the end of the line, and how it comes about.
SCORED = {
    "the cat sat": -0.65,  # -.2 -.1 -.3 -.05, each the longest n-gram there is
    "the cat dog sat": -3.9,  # -.2 -.1; dog: -.25 -.2 -1.5; sat after <unk>: -1.2; </s>: -.45
    "sat the cat cat sat": -4.85,  # sat: -.4 -1.2; -.8 -.5; cat: -.25 -1.0; sat: -.05 -.6; -.05
    "": -1.5,  # </s>: -.4 -1.1
    "dog": -3.0,  # -.4 -1.5, then </s> after <unk>: -1.1
    "cat sat the cat sat": -3.9,  # -.4 -.9; -.6; the: -.35 -.8; -.5; -.3; -.05
}


@pytest.fixture
def arpa(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.arpa"
    path.write_text(ARPA)
    return path


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.binary"
    path.write_bytes(zlib.decompress(base64.b64decode(BINARY)))
    return path


@pytest.mark.parametrize("kind", ["arpa", "binary"])
def test_probabilities_are_those_of_kenlm(kind: str, request: pytest.FixtureRequest) -> None:
    scorer = NgramPerplexity(read_model(request.getfixturevalue(kind)))
    found = scorer.details(list(SCORED))
    assert found.log10 == pytest.approx(list(SCORED.values()), abs=1e-5)
    assert list(found.unknown) == [0, 1, 0, 0, 1, 0]
    whole = scorer.details(["The cat\tSAT\n\ndog"])  # two sentences, and four words
    assert whole.log10[0] == pytest.approx(-3.65, abs=1e-5)
    assert whole.perplexity[0] == pytest.approx(10 ** (3.65 / 6), rel=1e-5)


def test_both_kinds_of_file_agree_on_text_and_differ_in_fingerprint(arpa: Path, binary: Path) -> None:
    texts = [
        " ".join(np.random.default_rng(seed).choice(["the", "cat", "sat", "x"], 80)) for seed in range(9)
    ]
    scorers = [NgramPerplexity(read_model(path)) for path in (arpa, binary)]
    assert scorers[0].score(texts) == pytest.approx(scorers[1].score(texts), rel=1e-6)
    assert scorers[0].fingerprint != scorers[1].fingerprint


def test_a_missing_unknown_word_has_the_probability_that_kenlm_gives_it(tmp_path: Path) -> None:
    path = tmp_path / "m.arpa"
    path.write_text(ARPA.replace("-1.5\t<unk>\n", "").replace("ngram 1=6", "ngram 1=5"))
    # KenLM: the -.2; dog -.15 -.3 -100; </s> -1.1
    assert NgramPerplexity(read_arpa(path)).details(["the dog"]).log10[0] == pytest.approx(-101.75, abs=1e-4)


def test_endings_may_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "m.arpa"
    path.write_text(ARPA.replace("-0.6\tcat sat\t-0.35\n", "").replace("-0.05\tcat sat </s>\n", "")
        .replace("ngram 2=6", "ngram 2=5").replace("ngram 3=3", "ngram 3=2"))  # fmt: skip
    # the cat sat is there, cat sat is not: -.2 -.1 -.3, then </s> after sat: -.45
    assert NgramPerplexity(read_arpa(path)).details(["the cat sat"]).log10[0] == pytest.approx(
        -1.05, abs=1e-5
    )


@pytest.mark.parametrize("name", ["m.arpa", "m.arpa.gz"])
def test_a_trained_model_comes_back_from_arpa_as_it_was(tmp_path: Path, name: str) -> None:
    model = train(["a b c, Größe 12", "a b d", "a b c", "«größe»"] * 3, Training(order=4))
    write_arpa(model, tmp_path / name)
    back = read_arpa(tmp_path / name)
    assert back.fingerprint == model.fingerprint
    first = (tmp_path / name).read_bytes()
    write_arpa(back, tmp_path / name)
    assert (tmp_path / name).read_bytes() == first


def test_text_that_another_program_has_cut_into_tokens(arpa: Path) -> None:
    path = arpa.with_name("pieces.arpa.gz")
    path.write_bytes(gzip.compress(ARPA.replace("cat", "▁C,\u00a0").encode()))
    scorer = NgramPerplexity(read_arpa(path, "spaces"))
    found = scorer.details(["the ▁C,\u00a0 sat", "the ▁c sat", "<s> the", "</s>"])
    assert found.log10[0] == pytest.approx(-0.65, abs=1e-5)
    assert list(found.unknown) == [0, 1, 1, 1]
    words = replace(read_arpa(path, "spaces"), tokens="words")
    assert NgramPerplexity(words).fingerprint != scorer.fingerprint


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("\\data\\", "\\date\\", "begin"),
        ("-0.9\tcat", "0.9\tcat", "above 1"),
        ("-0.9\tcat", "nan\tcat", "finite"),
        ("-1.5\t<unk>", "-1.5\tthe", "twice"),
        ("0\t<s>", "0\t<S>", "no unigram"),
        ("-0.5\tthe cat", "-0.5\tthe dog", "no unigram"),
        ("-0.1\t<s> the cat", "-0.1\t<s> cat cat", "first 2 words"),
        ("-0.8\tsat the", "-0.8\tsat the -1 -1", "2-gram line"),
        ("ngram 3=3", "ngram 3=2", "end"),
        ("\\end\\", "", "too early"),
        ("\\2-grams:", "", "2-grams"),
        ("-0.8", "\ud800", "float"),
    ],
)
def test_a_damaged_arpa_file_is_refused(arpa: Path, before: str, after: str, reason: str) -> None:
    arpa.write_bytes(ARPA.replace(before, after, 1).encode("utf-8", "surrogatepass"))
    with pytest.raises(ModelError, match=f"tiny.arpa.*{reason}"):
        NgramPerplexity(read_arpa(arpa))


def test_an_n_gram_that_is_there_twice_is_refused(arpa: Path) -> None:
    arpa.write_text(ARPA.replace("-0.3\tthe cat sat", "-0.3\t<s> the cat"))
    with pytest.raises(ModelError, match="twice"):
        NgramPerplexity(read_arpa(arpa))


@pytest.mark.parametrize(("at", "value", "reason"), [
    (96, 2, "of the kind trie"), (96, 9, "number 9"), (100, 0, "without its words"),
    (49, ord("4"), "version 4"), (56, 1, "another sort of machine"), (110, 1, "damaged or cut off"),
    (524, 0xFF, "damaged or cut off"),
])  # fmt: skip
def test_other_binary_files_are_refused_and_the_way_out_is_named(
    binary: Path, at: int, value: int, reason: str
) -> None:
    data = bytearray(binary.read_bytes())
    data[at] = value
    binary.write_bytes(data)
    with pytest.raises(ModelError, match=reason) as raised:
        read_binary(binary)
    assert "lmplz" in str(raised.value) or "damaged" in reason


def test_a_binary_file_that_was_cut_off_is_refused(binary: Path) -> None:
    whole = binary.read_bytes()
    for length in range(60, len(whole), 7):
        binary.write_bytes(whole[:length])
        with pytest.raises(ModelError):
            read_model(binary)
    with pytest.raises(ModelError, match="No such file"):
        read_model(binary.with_name("none"))
