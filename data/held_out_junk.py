"""Makes the junk of held_out_labels.jsonl.gz, in other ways than probe_junk.py makes junk."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

Maker = Callable[[random.Random, Sequence[str], str], str]
PHRASES = json.loads((Path(__file__).parent / "held_out_phrases.json").read_text(encoding="utf-8"))
"""Phrases by use and language, written for this corpus and not used for the texts that the probe learns."""
EVERY = tuple(PHRASES["greetings"])
UNSPACED = ("zh", "ja")


def tokens(text: str, language: str) -> list[str]:
    """Return the words of a text, its characters where no blanks part words."""
    return list(re.sub(r"\s+", "", text)) if language in UNSPACED else text.split()


def _join(words: Sequence[str], language: str) -> str:
    return ("" if language in UNSPACED else " ").join(words)


def markov(rng: random.Random, texts: Sequence[str], language: str) -> str:
    """Follow pairs of words that stand in the texts: every three words in a row are real."""
    words = [word for text in texts for word in tokens(text, language)]
    after: dict[tuple[str, str], list[str]] = {}
    for first, second, third in zip(words, words[1:], words[2:], strict=False):
        after.setdefault((first, second), []).append(third)
    pairs = sorted(after)
    made = list(rng.choice(pairs))
    for _ in range(rng.choice((60, 120, 250, 500))):
        made.append(rng.choice(after.get((made[-2], made[-1])) or [rng.choice(pairs)[0]]))
    return _join(made, language)


def word_salad(rng: random.Random, texts: Sequence[str], language: str) -> str:
    """Keep the frequent words and the punctuation where they stand, and exchange all others."""
    words = [word for text in texts for word in tokens(text, language)]
    frequent = {word for word, _ in Counter(words).most_common(70)}
    others = [word for word in words if word not in frequent]
    kept = tokens(rng.choice(texts[:8]), language)[: rng.choice((80, 160, 320))]
    return _join([word if word in frequent else rng.choice(others) for word in kept], language)


def snippets(rng: random.Random, texts: Sequence[str], language: str) -> str:
    """Cut pieces out of the middle of sentences, as lists of search results show them."""
    made = []
    for _ in range(rng.choice((5, 9, 16))):
        words = tokens(rng.choice(texts), language)
        start = rng.randrange(max(1, len(words) - 20))
        piece = _join(words[start : start + rng.randint(5, 16)], language)
        made.append(
            rng.choice(["... ", "", "…"]) + piece[: -rng.randint(1, 4)] + rng.choice(["...", " …", ""])
        )
    return "\n".join(made)


def mojibake(rng: random.Random, texts: Sequence[str], language: str) -> str:
    """Read UTF-8 as Latin-1."""
    text = rng.choice(texts)
    start = rng.randrange(max(1, len(text) // 2))
    return text[start : start + rng.choice((150, 400, 900))].encode().decode("latin-1")


def chat(rng: random.Random, texts: Sequence[str], language: str) -> str:
    names = [
        rng.choice("abdgklmnrst") + rng.choice("aeiou") + rng.choice("nmlrsx") + str(rng.randint(1, 99))
        for _ in "123"
    ]
    lines = []
    for number in range(rng.choice((14, 30, 70))):
        line = rng.choice(PHRASES["greetings"][language])
        stamp = f"[{10 + number // 60}:{number % 60:02d}] " if len(names[0]) % 2 else ""
        lines.append(f"{stamp}<{rng.choice(names)}> {line}")
    return "\n".join(lines)


def comments(rng: random.Random, texts: Sequence[str], language: str) -> str:
    url = f"http://{rng.choice(['best', 'my', 'top'])}-{rng.randint(10, 999)}.example"
    phrases = PHRASES["comments"][language]
    chosen = [rng.choice(phrases).replace("{url}", url) for _ in range(rng.choice((8, 14, 30)))]
    return rng.choice(["\n", "\n\n", " "]).join(chosen)


def price_list(rng: random.Random, texts: Sequence[str], language: str) -> str:
    goods, shop = PHRASES["goods"][language], PHRASES["shop"][language]
    rows = []
    for _ in range(rng.choice((8, 20, 45))):
        price = (
            f"{rng.randint(2, 400)}{rng.choice(['.', ','])}{rng.choice(['99', '95', '00', '49'])} {shop[5]}"
        )
        code = f"{rng.choice('ABCXZ')}{rng.randint(1, 90)} {shop[3]} {rng.randint(10000, 99999)}"
        rows.append(f"{rng.choice(goods)} {code} {price} {rng.choice(shop[:3])}")
    return "\n".join(rows)


def signatures(rng: random.Random, texts: Sequence[str], language: str) -> str:
    made = []
    for _ in range(rng.choice((10, 20, 40))):
        day = f"{rng.randint(1, 28):02d}.{rng.randint(1, 12):02d}.20{rng.randint(5, 22):02d}"
        chip, memory = f"i{rng.choice('357')}-{rng.randint(2000, 9999)}K", rng.choice([8, 16, 32])
        rig = f"{chip} / {memory} GB / GTX {rng.randint(700, 1090)}"
        name = rng.choice(["max", "neo", "lena", "zorro", "kit", "olga"]) + str(rng.randint(1, 999))
        line = rng.choice(PHRASES["forum"][language])
        made.append(
            line.format(
                n=rng.randint(1, 9000), d=day, u=name, t=f"{rng.randint(0, 23)}:{rng.randint(10, 59)}", r=rig
            )
        )
    return "\n".join(made)


def seo_page(rng: random.Random, texts: Sequence[str], language: str) -> str:
    goods = rng.sample(PHRASES["goods"][language], 2)
    pitches = PHRASES["pitches"][language]
    count = rng.choice((8, 14, 25))
    return _join(
        [pitches[i % len(pitches)].format(p=rng.choice([goods[0], *goods])) for i in range(count)], language
    )


_FRAMES = {
    "python": '  File "/srv/app/{m}/{f}.py", line {n}, in {g}\n    {g}({f}, {m})',
    "java": "\tat com.example.{m}.{F}.{g}({F}.java:{n})",
    "node": "    at {F}.{g} (/opt/app/node_modules/{m}/lib/{f}.js:{n}:{k})",
    "native": "#{k}  0x00007f{x} in {m}::{g} (this=0x{x}) at ../src/{f}.cc:{n}",
    "go": "main.{g}(0x{x}, 0x{k})\n\t/go/src/{m}/{f}.go:{n} +0x{k}",
}
_CAUSES = (
    "KeyError: '{f}'",
    "java.lang.NullPointerException: {m}",
    "TypeError: {f} is undefined",
    "Segmentation fault",
    "panic: nil map: {g}",
)


def stack_trace(rng: random.Random, texts: Sequence[str], language: str) -> str:
    """Frames of a call stack in the forms of five languages, with the names of real functions."""
    names = sorted(set(re.findall(r"\b[a-z]{4,12}\b", " ".join(texts)))) or ["main"]
    form = rng.choice(sorted(_FRAMES))

    def fill(template: str) -> str:
        one, two, three = (rng.choice(names) for _ in "123")
        values = {"m": one, "f": two, "F": two.capitalize(), "g": three, "n": rng.randint(1, 2000)}
        return template.format(**values, k=rng.randint(1, 90), x=f"{rng.getrandbits(32):08x}")

    frames = [fill(_FRAMES[form]) for _ in range(rng.choice((8, 20, 50)))]
    return "\n".join([fill(rng.choice(_CAUSES)), *frames])


MADE: dict[str, tuple[Maker, tuple[str, ...]]] = {
    "markov text": (markov, EVERY),
    "word salad": (word_salad, EVERY),
    "search snippets": (snippets, EVERY),
    "mojibake": (mojibake, ("ru", "zh", "ja", "ko", "ar", "hi")),
    "chat greetings": (chat, EVERY),
    "comment spam": (comments, EVERY),
    "price list": (price_list, EVERY),
    "forum signatures": (signatures, EVERY),
    "seo page": (seo_page, EVERY),
    "stack trace": (stack_trace, ("en",)),
}
"""Kind -> its maker and the languages that it is made in."""
OF_TEXTS = ("markov text", "word salad", "search snippets", "mojibake")
"""Kinds made of the documents that are set apart for it."""
