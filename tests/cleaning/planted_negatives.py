# ruff: noqa: RUF001
"""What looks like personal data or a secret, and is none; texts in which nothing is to be masked."""

import string
from collections.abc import Callable
from random import Random

from planted_values import ALPHANUMERIC, filled, pick

Maker = Callable[[Random], str]


def _of(*patterns: str) -> Maker:
    return lambda rng: filled(rng.choice(patterns), rng)


def _date(rng: Random) -> str:
    year, month, day = rng.randint(1950, 2029), rng.randint(1, 12), rng.randint(1, 28)
    return rng.choice(
        [
            f"{year}-{month:02d}-{day:02d}",
            f"{day:02d}.{month:02d}.{year}",
            f"{month:02d}/{day:02d}/{year}",
            f"{year}-{month:02d}-{day:02d}T{month:02d}:30:{day:02d}+02:00",
            f"{year}-{month:02d}-{day:02d} 10:{day:02d}:00.123456",
            f"{year}{month:02d}{day:02d}{month:02d}3000",
            f"{year}-{year + 7}",
            f"{year}/{month}/{day} ({year + 1})",
        ]
    )


def _isbn(rng: Random) -> str:
    body = filled("9783#########"[:12], rng)
    digit = -sum(int(number) * (3 if place % 2 else 1) for place, number in enumerate(body)) % 10
    return rng.choice(
        [
            f"978-3-{body[4:6]}-{body[6:12]}-{digit}",
            f"{body}{digit}",
            filled("ISBN 0-306-4####-2", rng),
            "2049-3630",
        ]
    )


def _ean(rng: Random) -> str:
    body = filled("40063########"[:12], rng)
    return body + str(-sum(int(number) * (3 if place % 2 else 1) for place, number in enumerate(body)) % 10)


def _hash(rng: Random) -> str:
    return pick(rng, "0123456789abcdef", rng.choice([7, 32, 40, 64]))


def _uuid(rng: Random) -> str:
    return "-".join(pick(rng, "0123456789abcdef", size) for size in (8, 4, 4, 4, 12))


def _image(rng: Random) -> str:
    return f"data:image/png;base64,iVBORw0KGgo{pick(rng, ALPHANUMERIC + '+/', 200)}=="


def _table(rng: Random) -> str:
    return "  ".join(filled(rng.choice(["##.#", "1##", "?.##", "12##"]), rng) for _ in range(8))


def _wrong_card(rng: Random) -> str:
    """Return sixteen digits whose Luhn digit is wrong, in groups."""
    digits = filled("4##############", rng)
    total = sum(int(digit) * (1 if place % 2 else 2) // 10 + int(digit) * (1 if place % 2 else 2) % 10
                for place, digit in enumerate(reversed(digits)))  # fmt: skip
    digits += str((-total + rng.randint(1, 9)) % 10)
    return " ".join(digits[start : start + 4] for start in range(0, 16, 4))


NEGATIVES: dict[str, Maker] = {
    "version": _of(
        "version 1#.?.3#.4", "v2.1#.0.17", "release 6#.1.?.9", "Firmware 91.4.1#.7",
        "kernel 5.10.0.2#-generic",
        "libfoo-4.4.1#.7.tar.gz", ">= 8.31.0.#", "build 10.0.1####.1000", "(> 1#.3.?.8)",
        "Firefox 115.0.2.?", "Chrome 12#.0.61#.4", "RFC 8.8.4.4",
    ),
    "section": _of("\n1.2.#.4 Scope\n", "\n3.1#.?.1 Terms and their use\n", "section 4.1.?.2",
        "\u00a7 2.1.3.1#"),
    "date": _date,
    "book": _isbn,
    "article": _of("DOI 10.1000/18#", "arXiv 2406.1####", "PMID 3#######", "RFC ####", "CAS 7732-18-5",
        "US 7,###,###"),
    "barcode": _ean,
    "example mail": lambda rng: rng.choice(["user", "john.doe", "info", "admin"])
    + rng.choice(["@example.com", "@example.org", "@example.net", "@mail.example.com"]),
    "example network": _of(
        "192.0.2.1#", "198.51.100.#", "203.0.113.2#", "127.0.0.1", "10.0.#.1", "192.168.1.#", "172.16.?.1",
        "2001:db8::#:1",
        "::1", "fe80::1ff:fe23:4567:890a", "fd12:3456:789a::1", "255.255.255.0", "224.0.0.25#", "ff02::1",
    ),
    "part": _of(
        "part no. 415-555-01##", "P/N 0##-??-####-A", "AX-###-####-##", "SKU 0###-####-####",
        "model 3##-4##-####",
        "serial 0171 #######", "item 123-4#-####", "ART-?##.???.####",
    ),
    "order": _of(
        "order 212-555-01##", "Order #1##-#######-#######", "invoice 2021-00####", "Bestellnummer 030 90####",
        "Rechnung Nr. 0221 4710 ###", "commande 06 39 98 ## ##",
        "pedido 912 ### ###", "注文番号 03-####-####",
        "주문번호 010-####-####", "заказ 8-800-###-##-##", "订单 138-####-####", "ticket 555-12-####",
    ),
    "hash": _hash,
    "uuid": _uuid,
    "place": _of("48.85####, 2.35####", "40.7128##° N, 74.0060##° W", "lat=-33.8688## lon=151.2093##",
        "geo:37.78##,-122.39##"),
    "price": _of("$1,2##,###.50", "1.2##.###,00 €", "USD 12 ### ###", "¥1##,###", "R$ 3.###,##",
        "12### ### руб."),
    "science": _of("6.022140#6e23", "3.14159265358####", "0.000012####", "1.6e-1#", "299792458 m/s",
        "±0.00####", "10^12"),
    "count": _of("2 147 483 ###", "1 000 000 000", "12#######", "0x7f00000#", "4294967296",
        "01 02 03 04 05 06", "00 01 99 00 12 34 56"),
    "image": _image,
    "colour": lambda rng: "#" + pick(rng, "0123456789abcdef", rng.choice([6, 8])),
    "file": _of("image@2x.png", "icon@3x.svg", "getty@tty#.service", "backup-20210512-103###.tar.gz",
        "IMG_2021051#_10301#.jpg"),
    "repository": lambda rng: rng.choice(
        ["git@github.com:user/project.git", "git@gitlab.com:a/b.git", "ssh://git@bitbucket.org/a/b",
            "lodash@4.17.21",
         "@angular/core@12.0.1", "react@^18.2.0", "@decorator", "user @name", "a@b"]
    ),
    "time": _of("10:20:30", "12:34:56.789012", "00:1a:2b:3c:4d:5#", "2000:1#", "[2000::1#]",
        "std::vector<int>::size_type", "a::b::c"),
    "table": _table,
    "wrong check": lambda rng: rng.choice(
        [_wrong_card(rng), filled("DE00 37#4 0044 0532 0130 00", rng), filled("000-1#-####", rng),
            filled("9##-12-####", rng),
         filled("123-00-####", rng), filled("123-4#-0000", rng), filled("991332-1######", rng),
         filled("900230-1######", rng)]
    ),
    "code": lambda rng: rng.choice(CODE),
    "placeholder": lambda rng: rng.choice(
        ["<EMAIL>", "<PHONE>", "<SECRET>", "password = <SECRET>", "Tel: <PHONE>", "<IP_ADDRESS>:8080",
            "api_key=<SECRET>"]
    ),
    "word": lambda rng: rng.choice(["sk-", "ghp_", "AKIA", "xoxb-"]) + pick(rng, string.ascii_lowercase, 5),
}  # fmt: skip
CODE = [
    'token = "<your token>"', "password: ${DB_PASSWORD}", 'api_key = os.environ["API_KEY"]',
    'secret = "changeme"',
    '"key": "content-type-header"', "sort_key = 'created_at_descending_v2'",
    'key = lambda pair: pair[1], reverse=True',
    "token = parser.next_token(lookahead=3)", "cache_key = 'user:profile:2021:summary'",
    "password = getpass.getpass(prompt)",
    "SECRET_KEY = env('DJANGO_SECRET_KEY_NAME')", 'public_key = "da39a3ee5e6b4b0d3255bfef95601890afd80709"',
    "primary_key = '123e4567-e89b-12d3-a456-426614174000'", "-----BEGIN PUBLIC KEY-----",
    "-----BEGIN PRIVATE KEY-----\n...",
    "-----BEGIN CERTIFICATE-----", "password=********", "api_key: xxxxxxxxxxxxxxxxxxxxxxxx",
    "token: YOUR_ACCESS_TOKEN_HERE",
    "foreign key: reference to users.id", "passwords: minimum length 12 characters",
    'key = "ArrowDownKeyPressedEvent"',
    "x = y + 1234567; +1000 -200; @@ -120,17 +130,25 @@", "hotkey: Ctrl+Shift+Alt+Delete",
    "password: correct horse battery",
    "AUTH_TOKEN=/run/secrets/auth_token_file", 'keys = ["first", "second"]',
    "secret: kubernetes.io/service-account-token",
]  # fmt: skip
