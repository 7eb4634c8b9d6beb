"""Personal data: planted ones are found, and what merely looks like them is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.cleaning.config import PiiConfig
from curation_assets.cleaning.pii import COLUMNS, mask

# Card, IBAN and phone numbers are the published test numbers of card schemes, ISO 13616 examples and reserved
# fictional ranges; addresses are public resolvers.
PLANTED = [
    ("emails", "<EMAIL>", "jane.doe@example.com"),
    ("emails", "<EMAIL>", "o'neil".replace("'", "_") + "+list@mail.univ-lyon1.fr"),
    ("emails", "<EMAIL>", "x@a.museum"),
    ("ip_addresses", "<IP_ADDRESS>", "8.8.8.8"),
    ("ip_addresses", "<IP_ADDRESS>", "93.184.216.34"),
    ("ip_addresses", "<IP_ADDRESS>", "208.67.222.222"),
    ("phones", "<PHONE>", "+44 20 7946 0958"),
    ("phones", "<PHONE>", "+49 (0)30 901820"),
    ("phones", "<PHONE>", "+33 1 99 00 12 34"),
    ("phones", "<PHONE>", "+14155550123"),
    ("phones", "<PHONE>", "(415) 555-0123"),
    ("phones", "<PHONE>", "415-555-0123"),
    ("phones", "<PHONE>", "415.555.0123"),
    ("phones", "<PHONE>", "1-800-555-0199"),
    ("credit_cards", "<CREDIT_CARD>", "4111 1111 1111 1111"),
    ("credit_cards", "<CREDIT_CARD>", "5555-5555-5555-4444"),
    ("credit_cards", "<CREDIT_CARD>", "378282246310005"),
    ("credit_cards", "<CREDIT_CARD>", "3782 822463 10005"),
    ("credit_cards", "<CREDIT_CARD>", "6011111111111117"),
    ("ibans", "<IBAN>", "DE89 3704 0044 0532 0130 00"),
    ("ibans", "<IBAN>", "GB82WEST12345698765432"),
    ("ibans", "<IBAN>", "NL91ABNA0417164300"),
    ("ibans", "<IBAN>", "NO93 8601 1117 947"),
    ("us_ssns", "<US_SSN>", "123-45-6789"),
    ("us_ssns", "<US_SSN>", "665-12-3456"),
]

HARD_NEGATIVES = [
    "version 1.2.3.4 of the library",
    "upgraded from v8.30.2.1 to >= 8.31.0.2",
    "Firmware: 91.4.12.7",
    "kernel 91.4.12.7-generic",
    "libfoo-91.4.12.7.tar.gz",
    "1.2.3.4 Scope of this section",
    "OID 1.3.6.1.4.1.311 is registered",
    "listen on 127.0.0.1 or 0.0.0.0, not 192.168.1.10, 10.0.0.7 or 172.16.3.4",
    "documentation uses 192.0.2.55, 198.51.100.7 and 203.0.113.9",
    "multicast 224.0.0.251 and broadcast 255.255.255.255",
    "300.1.2.3 and 8.8.8.256",
    "published 2021-05-12, 12.05.2021 and 05/12/2021 10:30:00+02:00",
    "ISBN 978-3-16-148410-0 and ISBN 0-306-40615-2",
    "ISSN 2049-3630, DOI 10.1000/182, arXiv 2406.17557",
    "4111 1111 1111 1112 has a wrong check digit",
    "order 1234567890123456 of 9876543210987654",
    "pi is 3.141592653589793238462643",
    "0000 0000 0000 0000",
    "DE89 3704 0044 0532 0130 01 has wrong check digits",
    "000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567, 123-45-0000 and 078-05-1120",
    "git clone git@github.com:user/project.git",
    "start getty@tty1.service, use logo@2x.png",
    "@decorator and user @name and a@b",
    "x = y + 1234567; +1000 -200; @@ -120,17 +130,25 @@",
    "matrix +1 2 3 4 5 6 7 8 9 and +12345678",
    "1 000 000 000 items, 2 147 483 647 at most",
    "uuid 123e4567-e89b-12d3-a456-426614174000",
    "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "range 100-200-3000 and 555-1234",
    "lat 48.8566, lon 2.3522, 1.5e-10, 0x7f000001",
    "the numbers 911-411-0123 are service codes",
]


@pytest.mark.parametrize(("kind", "placeholder", "value"), PLANTED)
@pytest.mark.parametrize(
    "template",
    ["{}", "Reach it at {}.", "a ({}), b", "data: {}\nnext line", "\u8054\u7cfb{}\u8c22\u8c22\u3002"],
)
def test_planted_data_are_masked_and_counted(kind: str, placeholder: str, value: str, template: str) -> None:
    text, counts = mask(template.format(value), PiiConfig())
    assert text == template.format(placeholder)
    assert counts == dict.fromkeys(COLUMNS, 0) | {f"pii_{kind}": 1}


@pytest.mark.parametrize("text", HARD_NEGATIVES)
def test_what_merely_looks_like_personal_data_is_left_alone(text: str) -> None:
    assert mask(text, PiiConfig()) == (text, dict.fromkeys(COLUMNS, 0))


def test_several_of_a_kind_and_of_several_kinds() -> None:
    text, counts = mask("a@b.org, c@d.net from 8.8.4.4 or +1 415 555 0123", PiiConfig())
    assert text == "<EMAIL>, <EMAIL> from <IP_ADDRESS> or <PHONE>"
    assert (counts["pii_emails"], counts["pii_ip_addresses"], counts["pii_phones"]) == (2, 1, 1)


@pytest.mark.parametrize(("kind", "placeholder", "value"), PLANTED)
def test_a_kind_that_is_off_is_neither_masked_nor_counted(kind: str, placeholder: str, value: str) -> None:
    text, counts = mask(value, PiiConfig(**{kind: False}))
    assert placeholder not in text
    assert counts[f"pii_{kind}"] == 0


@given(st.text(alphabet="0123456789 .-()+@aAbDE\n", max_size=120))
def test_masking_twice_changes_nothing(text: str) -> None:
    once, _ = mask(text, PiiConfig())
    again, counts = mask(once, PiiConfig())
    assert again == once
    assert not any(counts.values())
