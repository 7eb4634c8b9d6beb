"""Signatures: exact hashes, minima against datasketch, band keys against the S-curve."""

import dedup_reference as reference
import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from curation_assets.dedup import signatures as module
from curation_assets.dedup.config import DedupConfig, candidate_probability
from curation_assets.dedup.signatures import SIGNATURE_SCHEMA, signatures
from curation_assets.shingles import sets as set_kernels

CONFIG = DedupConfig()


def hashes(*texts: str | None) -> list[str]:
    return signatures(reference.frame(texts), CONFIG)["exact_hash"].to_list()


def test_schema_holds_for_documents_and_for_none() -> None:
    assert signatures(reference.frame(["some words here", ""]), CONFIG).schema == SIGNATURE_SCHEMA
    nothing = signatures(reference.frame([]), CONFIG)
    assert nothing.schema == SIGNATURE_SCHEMA
    assert nothing.is_empty()


def test_case_punctuation_and_spacing_do_not_change_the_exact_hash() -> None:
    first, *others = hashes("The cat, the dog.", "the CAT — the dog", "  the cat\nthe dog!")
    assert others == [first, first]


def test_words_order_and_borders_change_the_exact_hash() -> None:
    texts = [
        "the cat the dog",
        "the dog the cat",
        "thecat the dog",
        "the cat the dogs",
        "the cat",
        "",
        " ",
        "?",
        "!",
    ]
    assert len(set(hashes(*texts))) == len(texts)


def test_texts_without_tokens_are_told_apart_by_their_bytes() -> None:
    one, other, same, null, empty = hashes("...", "???", "...", None, "")
    assert one == same != other
    assert null == empty


def test_counts_and_missing_keys() -> None:
    rows = signatures(reference.frame(["Zwölf Äpfel", None, "。。"]), CONFIG)
    assert rows["characters"].to_list() == [11, 0, 2]
    assert rows["tokens"].to_list() == [2, 0, 0]
    assert rows["band_keys"].list.len().to_list() == [CONFIG.bands, None, None]


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(7)), st.integers(1, 200))
def test_a_signature_depends_on_its_own_text_alone(order: list[int], chunk_bytes: int) -> None:
    texts = [
        " ".join(reference.running_text(words, seed)) for seed, words in enumerate((0, 1, 4, 5, 6, 40, 90))
    ]
    documents = reference.frame(texts)
    expected = signatures(documents, CONFIG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK_BYTES", chunk_bytes)
        assert signatures(documents[order], CONFIG).equals(expected[order])


@pytest.mark.parametrize("change", [{"seed": 1}, {"shingle_words": 4}, {"bands": 19}, {"rows": 5}])
def test_every_parameter_changes_the_band_keys(change: dict[str, int]) -> None:
    documents = reference.frame([" ".join(reference.running_text(50, 0))])
    usual = signatures(documents, CONFIG)["band_keys"][0].to_list()
    other = signatures(documents, CONFIG.model_copy(update=change))["band_keys"][0].to_list()
    assert usual != other


def planted_pairs(count: int) -> list[tuple[str, str]]:
    """Pairs of texts that share from none to all of their words' sequence."""
    pairs = []
    for seed in range(count):
        words = reference.running_text(160, seed)
        changed = reference.running_text(160, 10_000 + seed)
        cut = 160 * seed // count
        pairs.append((" ".join(words), " ".join(words[:cut] + changed[cut:])))
    return pairs


def test_equal_minima_estimate_the_jaccard_index_as_well_as_datasketch() -> None:
    """The share of equal keys of two texts where each key is of one minimum."""
    config = DedupConfig(bands=256, rows=1)
    pairs = planted_pairs(80)
    true = np.array([reference.jaccard(*pair, config.shingle_words) for pair in pairs])
    left, right = (
        np.array(signatures(reference.frame(side), config)["band_keys"].to_list())
        for side in zip(*pairs, strict=True)
    )
    ours = (left == right).mean(axis=1)
    theirs = np.array([datasketch_estimate(*pair, config) for pair in pairs])
    spread = np.sqrt(true * (1.0 - true) / (config.bands * config.rows))
    assert (np.abs(ours - true) <= 4.5 * spread + 1e-12).all()
    assert np.sqrt(np.mean((ours - true) ** 2)) <= 1.3 * np.sqrt(np.mean((theirs - true) ** 2))
    assert abs(np.mean(ours - true)) <= 0.01


def datasketch_estimate(one: str, other: str, config: DedupConfig) -> float:
    sketches = []
    for text in (one, other):
        sketch = MinHash(num_perm=config.bands * config.rows, seed=1)
        sketch.update_batch(
            [" ".join(shingle).encode() for shingle in reference.shingles(text, config.shingle_words)]
        )
        sketches.append(sketch)
    return float(sketches[0].jaccard(sketches[1]))


@pytest.mark.parametrize(
    ("bands", "rows", "shared"),
    [(4, 3, 60), (10, 2, 60), (20, 6, 60), (14, 8, 80), (20, 13, 80), (20, 6, 40)],
)
def test_share_of_candidates_follows_the_s_curve(bands: int, rows: int, shared: int) -> None:
    pairs, own = 400, (100 - shared) // 2  # single words as shingles: J = shared / 100
    config = DedupConfig(bands=bands, rows=rows, shingle_words=1)
    texts = [
        " ".join(
            [f"p{pair}c{word}" for word in range(shared)] + [f"p{pair}s{side}w{word}" for word in range(own)]
        )
        for pair in range(pairs)
        for side in range(2)
    ]
    keys = np.array(signatures(reference.frame(texts), config)["band_keys"].to_list()).reshape(
        pairs, 2, bands
    )
    expected = candidate_probability(shared / 100, bands, rows)
    found = (keys[:, 0] == keys[:, 1]).any(axis=1).mean()
    assert abs(found - expected) <= 4.0 * np.sqrt(expected * (1.0 - expected) / pairs)


@pytest.mark.parametrize(
    ("similarity", "bands", "rows", "expected"),
    [  # computed by hand: 1 - (1 - s^r)^b; the first four are also FineWeb's (Penedo et al. 2024)
        (0.70, 14, 8, 0.56),
        (0.75, 14, 8, 0.77),
        (0.80, 14, 8, 0.92),
        (0.85, 14, 8, 0.988),
        (0.80, 20, 6, 0.998),
        (0.5, 1, 1, 0.5),
    ],
)
def test_candidate_probability(similarity: float, bands: int, rows: int, expected: float) -> None:
    assert candidate_probability(similarity, bands, rows) == pytest.approx(expected, abs=0.005)


def test_the_defaults_find_what_they_promise() -> None:
    assert candidate_probability(0.85, CONFIG.bands, CONFIG.rows) > 0.9999
    assert candidate_probability(0.8, CONFIG.bands, CONFIG.rows) > 0.997


@pytest.mark.parametrize(
    "text",
    [
        "Five words and one more, 世界",
        "Drei Wörter nur",
        "x",
        "a b c d e f " * 9,
        "lengthened extraordinarily " + "y" * 40,
    ],
)
def test_hashes_are_those_of_the_plain_definition(text: str) -> None:
    """Pins every stored hash: a change here means that stored signatures have to be made anew."""
    config = DedupConfig(bands=3, rows=4, seed=7)
    row = signatures(reference.frame([text]), config).row(0, named=True)
    assert row["band_keys"] == reference.band_keys(text, config)
    assert row["exact_hash"] == reference.exact_hash(reference.tokens(text))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet="ab .É世", max_size=30), min_size=2, max_size=6))
def test_exact_hashes_are_equal_just_where_the_words_are(texts: list[str]) -> None:
    found = dict(zip(texts, hashes(*texts), strict=True))
    words = {text: tuple(reference.tokens(text)) or text for text in texts}
    assert len(set(found.values())) == len(set(words.values()))
    assert all((found[a] == found[b]) == (words[a] == words[b]) for a in texts for b in texts)


def test_hashes_of_a_text_are_those_that_lie_in_lakes() -> None:
    """Golden: if these change, so must the stages' versions, or old and new signatures are mixed."""
    row = signatures(reference.frame(["The 2nd word, ÉTÉ, extraordinarily 世界"]), CONFIG).row(0, named=True)
    assert row["exact_hash"] == "cfa3d4cdf3e92da356654ff48ea69340"
    assert row["band_keys"][:2] == [17620373182724722291, 6283014331347116525]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.integers(0, (1 << 64) - 2)
        | st.integers(0, 40)
        | st.integers((1 << 64) - 40, (1 << 64) - 2)
        | st.integers(7 << 60, (7 << 60) + 5),
        max_size=120,
    )
)
def test_sets_of_shingles_are_ascending_whatever_the_hashes(values: list[int]) -> None:
    """Hashes crowd nowhere, but what is made on purpose may."""
    given_values = np.array([*values, *[0] * 8], dtype=np.uint64)
    out = np.empty(len(values) + 1, dtype=np.uint64)
    slots = np.empty(3 * len(values) + 64, dtype=np.uint64)
    size = set_kernels.sort_distinct(given_values, len(values), slots, out)
    assert out[:size].tolist() == sorted(set(values))


def test_many_hashes_with_the_same_leading_bits_are_sorted_by_comparison() -> None:
    values = np.arange(20_000, 0, -1, dtype=np.uint64)
    out, slots = np.empty(20_001, dtype=np.uint64), np.empty(60_064, dtype=np.uint64)
    assert set_kernels.sort_distinct(values, 20_000, slots, out) == 20_000
    assert (out[:20_000] == np.arange(1, 20_001)).all()
