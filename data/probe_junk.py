"""Makes junk for training the quality probe: text with the surface of documents and nothing to learn from."""

import base64
import random
import re
from collections.abc import Callable, Sequence

Junk = Callable[[random.Random, Sequence[str]], str]

# Words that are searched for and sold, a topic a list; phrases are put together from them.
TOPICS = {
    "en": [
        "cheap flights, hotel deals, last minute travel, discount holiday, airport parking, car rental",
        "payday loan, bad credit, instant approval, refinance now, debt relief, low interest mortgage",
        "diet pills, lose belly fat, keto gummies, detox tea, weight loss secret, burn calories fast",
        "replica watches, designer handbags, outlet store, free shipping, luxury brand, 80% off",
        "online poker, free spins, slot machine, sports betting, no deposit bonus, jackpot winner",
        "seo services, buy backlinks, rank first on google, web traffic, guest posts, cheap hosting",
        "iphone case, wireless earbuds, fast charger, best gadgets 2021, laptop sale, coupon code",
        "plumber near me, emergency locksmith, roof repair, carpet cleaning, free quote, call today",
        "watch free movies, stream hd, download mp3, full episode, no sign up, torrent",
        "essay writing service, buy term paper, homework help, plagiarism free, 24/7 support, top grades",
    ],
    "de": [
        "günstige flüge, hotel angebote, urlaub buchen, mietwagen vergleich, last minute, billig reisen",
        "kredit ohne schufa, sofort geld, online kredit, zinsen vergleich, schulden, jetzt beantragen",
        "abnehmen schnell, diät pillen, fett weg, testsieger 2022, rabatt code, versandkostenfrei",
        "schlüsseldienst notdienst, umzug günstig, dachdecker, kostenloses angebot, jetzt anrufen",
    ],
    "es": [
        "vuelos baratos, ofertas de hotel, viajes última hora, alquiler de coches, descuento, reserva ya",
        "préstamos rápidos, dinero urgente, sin aval, crédito online, solicitar ahora, sin papeles",
        "perder peso, pastillas para adelgazar, quemar grasa, envío gratis, oferta limitada, comprar",
        "casino online, apuestas deportivas, bono gratis, tragaperras, jugar ahora, premios",
    ],
    "ru": [
        "дешёвые авиабилеты, горящие туры, отели недорого, скидки, забронировать, акция",
        "кредит онлайн, займ без отказа, деньги срочно, без справок, оформить заявку, низкий процент",
        "похудение быстро, таблетки для похудения, купить недорого, доставка, отзывы, цена",
        "казино онлайн, бонус за регистрацию, игровые автоматы, ставки на спорт, играть бесплатно",
    ],
    "it": ["voli economici, offerte hotel, prestiti veloci, dimagrire subito, sconto, acquista ora, gratis"],
    "pt": ["passagens baratas, empréstimo rápido, emagrecer já, frete grátis, desconto, compre agora"],
    "pl": ["tanie loty, kredyt online, odchudzanie, darmowa dostawa, promocja, kup teraz, najlepsza cena"],
    "zh": ["便宜机票, 酒店优惠, 快速贷款, 减肥产品, 免费送货, 立即购买, 在线赌场, 代开发票"],
    "ja": ["格安航空券, ホテル予約, 即日融資, ダイエット, 送料無料, 今すぐ購入, 激安, ランキング"],
}

CHROME = [
    "We use cookies to give you the best experience on our site.|Accept all|Decline|Cookie settings",
    "Subscribe to our newsletter|Enter your email|Sign up|No spam. Unsubscribe at any time.",
    "Share this:|Facebook|Twitter|Pinterest|LinkedIn|WhatsApp|Email|Print|Copy link",
    "Log in|Register|Forgot your password?|Remember me|My account|Wish list|Cart (0)|Checkout",
    "All rights reserved.|Privacy policy|Terms of service|Contact us|About|Careers|Sitemap",
    "Leave a reply|Your comment|Name *|Email *|Website|Save my name in this browser|Post comment",
    "Related articles|Read more|Most popular|Trending now|You might also like|Load more|Advertisement",
    "Page not found|The page you are looking for does not exist.|Back to home|Search|Error 404",
    "Please enable JavaScript to continue.|Loading...|Please wait|Your browser is not supported.",
    "Add to cart|In stock|Quantity|Customer reviews (0)|Be the first to review|Compare|Add to wishlist",
    "Posted by admin on|Filed under: Uncategorized|No comments|Tags:|Permalink|Previous post|Next post",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.",
    "Wir verwenden Cookies.|Alle akzeptieren|Ablehnen|Einstellungen|Datenschutz|Impressum|AGB|Kontakt",
    "Newsletter abonnieren|E-Mail-Adresse|Anmelden|Warenkorb|Zur Kasse|Mein Konto|Passwort vergessen?",
    "Utilizamos cookies.|Aceptar todo|Rechazar|Política de privacidad|Aviso legal|Contacto|Mapa del sitio",
    "Suscríbete|Tu correo electrónico|Iniciar sesión|Registrarse|Carrito|Compartir|Comentarios (0)",
    "Мы используем файлы cookie.|Принять|Отклонить|Политика конфиденциальности|Контакты|Карта сайта",
    "Подписаться|Войти|Регистрация|Корзина|Поделиться|Комментарии|Читать далее|Похожие статьи",
    "Questo sito utilizza i cookie.|Accetta|Rifiuta|Privacy|Accedi|Registrati|Carrello|Condividi",
    "Este site utiliza cookies.|Aceitar|Recusar|Entrar|Cadastre-se|Carrinho|Compartilhar|Leia mais",
    "接受所有 Cookie|隐私政策|登录|注册|购物车|分享|阅读更多|返回首页|联系我们",
    "利用規約|プライバシーポリシー|ログイン|新規登録|カート|シェア|もっと見る|お問い合わせ",
]
_MENU = {
    "en": "Home About Products Services Blog News Contact FAQ Support Gallery Events Archive Downloads "
    "Forum Jobs",
    "de": "Startseite Über uns Produkte Leistungen Aktuelles Kontakt Hilfe Galerie Termine Archiv Karriere",
    "es": "Inicio Nosotros Productos Servicios Noticias Contacto Ayuda Galería Eventos Archivo Descargas "
    "Foro",
    "ru": "Главная О нас Продукция Услуги Новости Контакты Помощь Галерея "  # noqa: RUF001
    "События Архив Форум Вакансии",
}


def words_of(text: str) -> tuple[list[str], str]:
    """Return the words and what to join them with; single characters where no blanks part words."""
    words = text.split()
    return (words, " ") if len(text) < 20 * len(words) else (list(text), "")


def shuffled_words(rng: random.Random, excerpts: Sequence[str]) -> str:
    """Put the words of one excerpt, of a window of it, or of several excerpts out of order."""
    way = rng.choice(["all", "all", "windows", "sentences", "mixed", "sampled"])
    words, blank = words_of(excerpts[0])
    if not blank:
        return "".join(rng.sample(words, len(words)))
    if way == "windows":
        size = rng.choice([8, 12, 20, 40])
        chunks = [words[i : i + size] for i in range(0, len(words), size)]
        return " ".join(word for chunk in chunks for word in rng.sample(chunk, len(chunk)))
    if way == "sentences":
        parts = [part.split() for part in re.split(r"(?<=[.!?。])\s+", excerpts[0])]
        return " ".join(word for part in parts for word in rng.sample(part, len(part)))
    if way == "mixed":
        words += [word for excerpt in excerpts[1:3] for word in excerpt.split()]
        return " ".join(rng.sample(words, len(words))[: len(excerpts[0].split()) + 5])
    if way == "sampled":
        return " ".join(rng.choices(words, k=len(words)))
    return " ".join(rng.sample(words, len(words)))


def keyword_spam(rng: random.Random, excerpts: Sequence[str]) -> str:
    """Pile up phrases of one or two topics: as a list, as tags, repeated, or strewn into prose."""
    language = rng.choice(["en"] * 8 + list(TOPICS))
    phrases = [
        phrase
        for topic in rng.sample(TOPICS[language], min(2, len(TOPICS[language])))
        for phrase in topic.split(", ")
    ]
    count = rng.choice([12, 25, 50, 90])
    way = rng.choice(["list", "tags", "spaces", "lines", "strewn", "place", "capitals"])
    chosen = rng.choices(phrases, k=count)
    if way == "strewn":
        words = excerpts[0].split()[: 3 * count]
        step = rng.choice([2, 3, 5])
        return " ".join(f"{word} {rng.choice(phrases)}" if i % step else word for i, word in enumerate(words))
    if way == "place":
        places = re.findall(r"\b[A-Z][a-z]{3,}\b", excerpts[0]) or ["Berlin", "Texas"]
        return rng.choice([". ", " ", ", "]).join(f"{phrase} {rng.choice(places)}" for phrase in chosen)
    if way == "tags":
        return " ".join("#" + phrase.replace(" ", "") for phrase in chosen)
    if way == "capitals":
        return "! ".join(phrase.upper() if rng.random() < 0.6 else phrase for phrase in chosen) + "!!!"
    return {"list": ", ", "spaces": " ", "lines": "\n"}[way].join(chosen)


def gibberish(rng: random.Random, excerpts: Sequence[str]) -> str:
    """Words that are none: random letters, random syllables, scrambled or look-alike words."""
    words, blank = words_of(excerpts[0])
    if not blank:
        return "".join(chr(rng.randint(0x4E00, 0x9FA5)) for _ in words)
    way = rng.choice(["letters", "syllables", "scrambled", "markov", "keyboard", "symbols"])
    if way == "letters":
        letters = "".join(sorted(set(re.sub(r"[\W\d_]", "", excerpts[0].lower())))) or "abcdefghij"
        return " ".join("".join(rng.choices(letters, k=rng.randint(2, 11))) for _ in words)
    if way == "syllables":
        syllables = [c + v + rng.choice(["", "", "n", "r", "s"]) for c in "bcdfgklmnprstvz" for v in "aeiou"]
        made = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in words]
        return " ".join(word + rng.choice(["", "", "", "", ",", "."]) for word in made)
    if way == "scrambled":
        return " ".join("".join(rng.sample(word, len(word))) for word in words)
    if way == "markov":
        return _markov(rng, excerpts[0])
    if way == "keyboard":
        rows = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "йцукенгшщзх", "фывапролджэ"]
        return " ".join("".join(rng.choices(rng.choice(rows), k=rng.randint(3, 14))) for _ in words)
    return "".join(rng.choices("!@#$%^&*()_+-=[]{}|;:<>?/~ abcxyz0123456789", k=len(excerpts[0])))


def _markov(rng: random.Random, text: str) -> str:
    """Draw letters by the two before them: it looks like the language and says nothing."""
    after: dict[str, list[str]] = {}
    for i in range(len(text) - 2):
        after.setdefault(text[i : i + 2], []).append(text[i + 2])
    state = made = text[:2]
    while len(made) < len(text):
        made += rng.choice(after.get(state) or [" "])
        state = made[-2:] if made[-2:] in after else rng.choice(sorted(after))
    return made


def encoded(rng: random.Random, excerpts: Sequence[str]) -> str:
    """Bytes in base64, hexadecimal or as identifiers."""
    data = excerpts[0].encode()
    way = rng.choice(["base64", "hex", "identifiers", "links"])
    if way == "base64":
        return base64.b64encode(bytes(byte ^ rng.randint(0, 255) for byte in data)).decode()
    if way == "hex":
        return data.hex(" " if rng.random() < 0.5 else ":")
    if way == "links":
        names = re.findall(r"[a-z]{4,}", excerpts[0]) or ["page"]
        return "\n".join(
            f"http://www.{rng.choice(names)}{rng.choice(names)}.com/{rng.choice(names)}"
            f"?id={rng.randint(1, 99999)}"
            for _ in range(rng.randint(5, 30))
        )
    return rng.choice([" ", "\n"]).join(
        f"{rng.getrandbits(64):016x}-{rng.getrandbits(16):04x}" for _ in range(30)
    )


def navigation(rng: random.Random, excerpts: Sequence[str]) -> str:
    """Titles, menus, bread crumbs and page numbers, as a page's frame has them."""
    titles = [
        line.strip()[:60] for excerpt in excerpts for line in excerpt.split("\n") if len(line.strip()) > 3
    ]
    short = [" ".join(title.split()[: rng.randint(1, 5)]) for title in titles]
    menu = rng.choice(sorted(_MENU.values())).split()
    items = rng.choices(short + menu, k=rng.choice([12, 25, 45, 80]))
    way = rng.choice(["bar", "lines", "crumbs", "contents", "pages", "run"])
    if way == "contents":
        return "\n".join(
            f"{i // 4 + 1}.{i % 4 + 1} {item} {'.' * rng.randint(3, 20)} {i * 3 + 1}"
            for i, item in enumerate(items)
        )
    if way == "pages":
        return " ".join(
            [*items[:6], "«", "Prev", *map(str, range(1, rng.randint(8, 40))), "Next", "»", *items[6:12]]
        )
    if way == "crumbs":
        return "\n".join(
            rng.choice([" > ", " » ", " / "]).join(items[i : i + 4]) for i in range(0, len(items), 4)
        )
    return {"bar": " | ", "lines": "\n", "run": " "}[way].join(items)


def repeated(rng: random.Random, excerpts: Sequence[str]) -> str:
    """One sentence, phrase, word or line over and over."""
    sentences = [part for part in re.split(r"(?<=[.!?。])\s+", excerpts[0]) if len(part) > 10] or [
        excerpts[0]
    ]
    unit = rng.choice(sentences)
    way = rng.choice(["sentence", "sentence", "phrase", "word", "lines"])
    if way == "phrase":
        words = unit.split()
        start = rng.randrange(max(1, len(words) - 4))
        unit = " ".join(words[start : start + rng.randint(2, 6)])
    if way == "word":
        unit = rng.choice(unit.split())
    times = max(4, len(excerpts[0]) // max(1, len(unit)))
    if way == "lines":
        return "\n".join(rng.choices(sentences[:3], k=min(times, 40)))
    return " ".join([unit] * min(times, 150))


def noisy(rng: random.Random, excerpts: Sequence[str]) -> str:
    """Replace 15 to 40 % of the letters by others, as a bad scan does."""
    share = rng.uniform(0.15, 0.4)
    letters = "abcdefghijklmnopqrstuvwxyz|~^01lI"
    return "".join(rng.choice(letters) if c.isalpha() and rng.random() < share else c for c in excerpts[0])


def table(rng: random.Random, excerpts: Sequence[str]) -> str:
    """Rows of numbers and codes, or lines of a log."""
    names = re.findall(r"\b\w{3,10}\b", excerpts[0]) or ["value"]
    rows = range(rng.choice([6, 12, 25]))
    if rng.random() < 0.5:
        cut = rng.choice([",", "\t", " | ", ";"])
        columns = rng.randint(3, 8)
        return "\n".join(
            cut.join(
                [
                    rng.choice(names),
                    *(f"{rng.uniform(0, 1000):.{rng.randint(0, 3)}f}" for _ in range(columns)),
                ]
            )
            for _ in rows
        )
    level = ["INFO", "DEBUG", "WARN", "ERROR"]
    return "\n".join(
        f"2021-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d} {rng.randint(0, 23):02d}"
        f":{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d} {rng.choice(level)}"
        f" [{rng.choice(names)}-{rng.randint(1, 64)}]"
        f" {rng.choice(names)}.{rng.choice(names)} id={rng.getrandbits(32):08x} {rng.randint(1, 900)}ms"
        for _ in rows
    )


def boilerplate(rng: random.Random, excerpts: Sequence[str]) -> str:
    """What surrounds the text of a web page."""
    del excerpts
    parts = [part for line in rng.sample(CHROME, rng.randint(2, 5)) for part in line.split("|")]
    if rng.random() < 0.4:
        rng.shuffle(parts)
    return rng.choice([" ", "\n", " | ", " · "]).join(parts)


GENERATORS: dict[str, tuple[Junk, int]] = {
    "shuffled words": (shuffled_words, 220),
    "keyword spam": (keyword_spam, 100),
    "gibberish": (gibberish, 120),
    "random/base64": (encoded, 50),
    "nav/index": (navigation, 110),
    "repeated sentence": (repeated, 90),
    "ocr noise": (noisy, 60),
    "tables/data": (table, 60),
    "web boilerplate": (boilerplate, 60),
}
"""Kind of junk -> its generator and how many texts of it are made."""
