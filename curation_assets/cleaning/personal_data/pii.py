"""Personal data and secrets, found by their notation and check digits and masked by typed placeholders.

Patterns are conservative: a number that could as well be a version, a date or a part number is left alone.
So are addresses that nobody has: mail below example.com, .net and .org (RFC 2606; the key ``example_emails``
has them masked too), and IP addresses set apart for documentation (RFC 5737, 3849). Mail below a reserved
top-level domain (.example, .test) and telephone numbers kept for fiction (555-01xx and the like) are masked:
data made up for a test stand for true ones.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

import polars as pl

from curation_assets.cleaning.config import PiiConfig
from curation_assets.cleaning.personal_data import addresses, identifiers, phones, secret_shapes
from curation_assets.cleaning.rules.rule import DType, Value

Span = tuple[int, int]
Accept = Callable[[re.Match[str]], Span | None]

_MOST_PASSES = 8
_LOOK_AHEAD = 2


@dataclass(frozen=True)
class _Kind:
    """One kind of personal data: its configuration field, placeholder, where to look, notation and check."""

    name: str
    placeholder: str
    seen_as: int
    pattern: re.Pattern[str]
    accept: Accept


class Found(NamedTuple):
    """A piece of the text that is masked: the characters from ``start`` to ``end``."""

    start: int
    end: int
    kind: str
    placeholder: str


def _if(check: Callable[[re.Match[str]], bool]) -> Accept:
    """Return what accepts the group ``value``, or else the whole match, that passes a check."""

    def accept(match: re.Match[str]) -> Span | None:
        group = "value" if "value" in match.re.groupindex else 0
        return match.span(group) if check(match) else None

    return accept


@lru_cache(maxsize=8)
def _kinds(config: PiiConfig) -> list[_Kind]:
    """Return the kinds that are on; where two overlap, the earlier one is masked."""
    from curation_assets.cleaning.personal_data import pii_scan  # imports numba

    address, phone, secret = "<IP_ADDRESS>", "<PHONE>", "<SECRET>"
    number = pii_scan.NUMBER
    assigned = partial(secret_shapes.assigned, entropy=config.secret_entropy)
    email = partial(addresses.is_email, examples=config.example_emails)
    kinds = [
        _Kind("secrets", secret, pii_scan.KEY, secret_shapes.KEY, secret_shapes.known_key),
        _Kind("secrets", secret, pii_scan.ASSIGNMENT, secret_shapes.ASSIGNMENT, assigned),
        _Kind("emails", "<EMAIL>", pii_scan.EMAIL, addresses.EMAIL, _if(email)),
        _Kind("ibans", "<IBAN>", pii_scan.IBAN, identifiers.IBAN, _if(identifiers.is_iban)),
        _Kind("credit_cards", "<CREDIT_CARD>", number, identifiers.CARD, _if(identifiers.is_payment_card)),
        _Kind("kr_rrns", "<KR_RRN>", number, identifiers.KR_RRN, _if(identifiers.is_kr_rrn)),
        _Kind("us_ssns", "<US_SSN>", number, identifiers.US_SSN, _if(identifiers.is_us_ssn)),
        _Kind("phones", phone, number, phones.INTERNATIONAL, phones.international),
        _Kind("phones", phone, number, phones.NORTH_AMERICAN, phones.north_american),
        _Kind("phones", phone, number, phones.UNMISTAKABLE, phones.unmistakable),
        _Kind("ip_addresses", address, number, addresses.IPV4, _if(addresses.is_public_ipv4)),
        _Kind("ip_addresses", address, pii_scan.IPV6, addresses.IPV6, _if(addresses.is_public_ipv6)),
        _Kind("phones", phone, number, phones.LABELLED, phones.labelled),
    ]
    return [kind for kind in kinds if getattr(config, kind.name)]


KINDS = ("emails", "ip_addresses", "phones", "credit_cards", "ibans", "us_ssns", "kr_rrns", "secrets")
COLUMNS: dict[str, DType] = {f"pii_{name}": pl.Int64 for name in KINDS}
UNMASKED: dict[str, Value] = dict.fromkeys(COLUMNS, 0)
"""The values of a text in which nothing is masked."""


def may_change(texts: pl.Series) -> pl.Series:
    """Return for each text, a String that is not null, whether ``mask`` may change it."""
    from curation_assets.cleaning.personal_data import pii_scan  # imports numba

    return pii_scan.any_places(texts)


def mask(text: str, config: PiiConfig) -> tuple[str, dict[str, Value]]:
    """Return the text with placeholders, and how many of each kind were masked (``pii_...``).

    Kinds that are switched off are neither masked nor counted. What a placeholder leaves beside it is looked
    at again, so that masking the result changes nothing.
    """
    counts = dict.fromkeys(KINDS, 0)
    for _ in range(_MOST_PASSES):
        found = find(text, config)
        if not found:
            break
        text = _replaced(text, found, counts)
    return text, {f"pii_{name}": count for name, count in counts.items()}


def find(text: str, config: PiiConfig, *, everywhere: bool = False) -> list[Found]:
    """Return what one pass would mask, in the order of the text; no two overlap.

    ``everywhere`` looks at the whole text, not just where the scan has seen something: slower, and the same.
    """
    from curation_assets.cleaning.personal_data import pii_scan  # imports numba

    places = {} if everywhere else pii_scan.places(text)
    if not (places or everywhere):
        return []
    found: list[Found] = []
    taken = bytearray(len(text))
    for kind in _kinds(config):
        if everywhere:
            matches: Iterable[re.Match[str]] = kind.pattern.finditer(text)
        elif kind.seen_as in places:
            matches = _matches(text, kind, places[kind.seen_as])
        else:
            continue
        for match in matches:
            span = kind.accept(match)
            if span is None or 1 in taken[span[0] : span[1]]:
                continue
            taken[span[0] : span[1]] = b"\1" * (span[1] - span[0])
            found.append(Found(*span, kind.name, kind.placeholder))
    return sorted(found)


def _matches(text: str, kind: _Kind, places: list[tuple[int, int]]) -> Iterator[re.Match[str]]:
    """Yield what ``finditer`` would: a number lies within its place, anything else begins where it was seen.

    Two characters after a number are all that its notation looks ahead at.
    """
    from curation_assets.cleaning.personal_data import pii_scan  # imports numba

    if kind.seen_as == pii_scan.NUMBER:
        for start, end in places:
            yield from kind.pattern.finditer(text, start, end + _LOOK_AHEAD)
        return
    last = 0
    for start, _ in places:
        if start >= last and (match := kind.pattern.match(text, start)):
            last = match.end()
            yield match


def _replaced(text: str, found: list[Found], counts: dict[str, int]) -> str:
    """Return the text with placeholders; counts them by kind."""
    parts: list[str] = []
    end = 0
    for piece in found:
        parts += (text[end : piece.start], piece.placeholder)
        end = piece.end
        counts[piece.kind] += 1
    return "".join((*parts, text[end:]))
