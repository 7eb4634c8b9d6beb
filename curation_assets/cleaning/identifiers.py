"""Checks that tell an identifier from a number that merely looks like one.

Each takes the match of its notation, with the text around it, and says whether it is the identifier.
"""

import ipaddress
import re

_SEPARATORS = str.maketrans("", "", " -.()+")
_DIGITS = re.compile("[0-9]+")
_VERSION_BEFORE = re.compile(
    r"(?:\b(?:version|versions|ver|release|releases|rev|revision|firmware|build|kernel|section|chapter"
    r"|figure|table|appendix|clause|patch|update|upgrade|upgraded|oid)\b|\u00a7|\bv|[<>=~]=?)[\s.:=v(]*$",
    re.IGNORECASE,
)
_LARGEST_SECTION_NUMBER = 40
_WORD_AFTER = re.compile(r"[ \t]+[^\W\d_]")

# Length of an IBAN by country (ISO 13616 registry).
_IBAN_LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "FO", "GL", "NL", "FK", "SD"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "XK", "MN"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "TL", "OM", "SO"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("LY", "PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "MR", "SM", "BI", "DJ"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "NI", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU", "YE"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
    **dict.fromkeys(("LC",), 32),
    **dict.fromkeys(("RU",), 33),
}
# Numbers once printed in advertisements and never issued.
_FAMOUS_SSNS = frozenset({"078-05-1120", "219-09-9999"})


def is_public_ipv4(match: re.Match[str]) -> bool:
    """Accept a public address that the words before it do not make a version or a section."""
    octets = match[0].split(".")
    if any(len(octet) > 1 and octet[0] == "0" for octet in octets):
        return False
    try:
        address = ipaddress.IPv4Address(match[0])
    except ValueError:
        return False
    if not address.is_global or address.is_multicast:
        return False
    line_start = match.string.rfind("\n", 0, match.start()) + 1
    before = match.string[max(line_start, match.start() - 24) : match.start()]
    if _VERSION_BEFORE.search(before):
        return False
    at_line_start = not match.string[line_start : match.start()].strip()
    is_heading = at_line_start and _WORD_AFTER.match(match.string, match.end()) is not None
    return not (is_heading and max(map(int, octets)) < _LARGEST_SECTION_NUMBER)


def is_payment_card(match: re.Match[str]) -> bool:
    """Accept a number of a card scheme's prefix and length whose Luhn digit is right (ISO/IEC 7812-1)."""
    digits = match[0].translate(_SEPARATORS)
    return len(set(digits)) > 1 and _has_card_prefix(digits) and luhn(digits)


def _has_card_prefix(digits: str) -> bool:
    size, two, four = len(digits), int(digits[:2]), int(digits[:4])
    if digits[0] == "4":
        return size in (13, 16, 19)
    if two in (34, 37):
        return size == 15
    if two in (36, 38) or 300 <= int(digits[:3]) <= 305:
        return size == 14
    return size == 16 and (51 <= two <= 55 or 2221 <= four <= 2720 or two in (35, 62, 65) or four == 6011)


def luhn(digits: str) -> bool:
    """Say whether the last digit is the Luhn check digit of the others."""
    total = 0
    for position, character in enumerate(reversed(digits)):
        digit = int(character) * (2 if position % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def is_iban(match: re.Match[str]) -> bool:
    """Accept an account number of its country's length whose remainder modulo 97 is 1 (ISO 13616)."""
    compact = match[0].replace(" ", "")
    if _IBAN_LENGTHS.get(compact[:2]) != len(compact):
        return False
    return int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1


def is_us_ssn(match: re.Match[str]) -> bool:
    """Accept what the Social Security Administration can have issued: no zero group, area not 666 or 9xx."""
    area, group, serial = match[0].split("-")
    if area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000":
        return False
    return match[0] not in _FAMOUS_SSNS


def is_phone(match: re.Match[str]) -> bool:
    """Accept 8 to 15 digits after "+" (ITU-T E.164), no row of single digits and no short plain integer."""
    digits = match[0].translate(_SEPARATORS)
    groups = len(_DIGITS.findall(match[0]))
    return 8 <= len(digits) <= 15 and (len(digits) >= 10 or groups > 1) and 2 * groups <= len(digits) + 1


def is_nanp_phone(match: re.Match[str]) -> bool:
    """Accept North American numbers whose area code and exchange are not of the reserved form N11."""
    digits = match[0].translate(_SEPARATORS)[-10:]
    return digits[1:3] != "11" and digits[4:6] != "11"
