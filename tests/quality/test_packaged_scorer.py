"""The packaged scorer ranks prose it has never seen above junk it has never seen, in several languages."""

import numpy as np
import pytest

from curation_assets.quality.ask_llm.scorer import load_scorer
from curation_assets.quality.config import QualityConfig
from curation_assets.quality.tokens import count_tokens

pytestmark = pytest.mark.models

# written for this test, on subjects that no training text has
PROSE = {
    "en": (
        "Bees find their way by the sun. A scout that has found a field of clover returns to the hive and "
        "dances: the angle of her run tells the others in which direction the flowers lie, and its length "
        "how far they have to fly. On cloudy days the bees make use of the polarised light of the sky "
        "instead."
    ),
    "de": (
        "Im Herbst ziehen die Laubbäume den grünen Farbstoff aus ihren Blättern zurück, weil er wertvollen "
        "Stickstoff enthält. Übrig bleiben die gelben und roten Farbstoffe, die den Sommer über verdeckt "
        "waren. Erst danach bildet sich am Blattstiel eine Korkschicht, und das Blatt fällt ab."
    ),
    "fr": (
        "Le sel était autrefois si précieux que les villes se disputaient les marais salants. On le "
        "récoltait en été, lorsque le soleil et le vent avaient fait évaporer l'eau de mer, puis on le "
        "transportait à dos de mulet jusqu'aux marchés de l'intérieur, où il servait surtout à conserver la"
        " viande et le poisson."
    ),
    "es": (
        "Los glaciares se mueven despacio, apenas unos centímetros al día, pero arrastran consigo rocas "
        "enormes. Cuando el hielo se retira deja valles anchos en forma de U y lagos alargados que todavía "
        "hoy muestran por dónde pasó. Por eso los geólogos pueden reconstruir el clima de hace miles de "
        "años."
    ),
}
JUNK = {
    "spam": "Best mattress deals Ohio. Cheap mattress Ohio, buy mattress Ohio, mattress near me. " * 5,
    "gibberish": "Vrolk tesmin ga dupperal, ost fenwick arlo. Sel poxi drane muvvel tik orgastin ler. " * 4,
    "menu": "Home | Shop | New arrivals | Sale | Blog | About us | Contact | Cart (0) | Log in | FAQ " * 3,
    "numbers": "4417 0.33 98 120.5 77 0.08 5531 14.2 9 663 0.51 88 1203 7.7 41 0.19 3002 65 8.8 720 " * 4,
}


def backwards_pairs(text: str) -> str:
    """Put the words out of order without a random number: last, first, last but one, second, ..."""
    words = text.split()
    order = [
        index for pair in zip(reversed(range(len(words))), range(len(words)), strict=True) for index in pair
    ]
    return " ".join(words[index] for index in order[: len(words)])


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [*PROSE.values(), *JUNK.values(), *map(backwards_pairs, PROSE.values()), ""]


@pytest.fixture(scope="module")
def scores(texts: list[str]) -> np.ndarray:
    return load_scorer(QualityConfig()).score(texts)


def test_prose_scores_above_every_kind_of_junk(scores: np.ndarray) -> None:
    prose, junk = scores[: len(PROSE)], scores[len(PROSE) : len(PROSE) + len(JUNK)]
    assert prose.min() > 0.5 > junk.max()


def test_prose_scores_above_its_own_words_out_of_order(scores: np.ndarray) -> None:
    shuffled = scores[len(PROSE) + len(JUNK) : -1]
    assert (scores[: len(PROSE)] > shuffled).all()
    assert scores[: len(PROSE)].mean() > shuffled.mean() + 0.2


def test_a_text_without_words_scores_nothing(scores: np.ndarray) -> None:
    assert scores[-1] == 0.0


def test_scores_are_the_same_to_the_bit_in_any_order(texts: list[str], scores: np.ndarray) -> None:
    again = load_scorer(QualityConfig())
    assert again.score(texts[::-1])[::-1].tobytes() == scores.tobytes()
    assert again.score(texts[2:3])[0] == scores[2]


def test_tokens_are_counted_as_the_model_counts_them() -> None:
    counts = count_tokens(["Water boils at 100 degrees.", "", "<|im_end|>"])
    assert counts.dtype == np.int64
    # Water, boils, at, a blank, 1, 0, 0, degrees and the stop: llama.cpp's "smollm" splits digits
    assert counts.tolist()[:2] == [9, 0]
    assert counts[2] > 1  # the name of a special token inside a document is plain text
