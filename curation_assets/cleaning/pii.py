"""Personal data, found by their notation and check digits and masked by typed placeholders.

Patterns are conservative: a number that could as well be a version, a date or a part number is left alone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from curation_assets.cleaning.config import PiiConfig
from curation_assets.cleaning.identifiers import (
    is_iban,
    is_nanp_phone,
    is_payment_card,
    is_phone,
    is_public_ipv4,
    is_us_ssn,
)
from curation_assets.cleaning.rules import DType, Value

Accept = Callable[[re.Match[str]], bool]

# ASCII: an ideograph next to an address is no part of it.
_EMAIL = re.compile(
    r"(?<![\w.+%-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+([A-Za-z]{2,24})(?![\w-])",
    re.ASCII,
)
_IBAN = re.compile(r"(?<![\w-])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![\w-])", re.ASCII)
_CARD = re.compile(
    r"(?<![\w.+-])(?:[0-9]{13,19}|[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4}"
    r"|3[0-9]{3}([ -])[0-9]{6}\2[0-9]{4,5})"
    r"(?![\w-]|\.[0-9])",
    re.ASCII,
)
_SSN = re.compile(r"(?<![\w.-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![\w-]|\.[0-9])", re.ASCII)
_PHONE = re.compile(
    r"(?<![\w+=*/.)-])\+[1-9][0-9]{0,14}(?:[ .-]?\([0-9]{1,4}\)[ .-]?[0-9]{1,12})?(?:[ .-][0-9]{1,12}){0,6}"
    r"(?![\w-]|\.[0-9])",
    re.ASCII,
)
_NANP = re.compile(
    r"(?<![\w.+-])(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[.-][0-9]{4}"
    r"(?![\w-]|\.[0-9])",
    re.ASCII,
)
_IPV4 = re.compile(r"(?<![\w.-])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![\w-]|\.[0-9])", re.ASCII)
_NUMBER = re.compile(r"[0-9][0-9 ().-]{5,}[0-9]")

# What looks like a top-level domain after "@" but ends a file or unit name: image@2x.png, getty@tty1.service.
_NOT_DOMAINS = frozenset(
    [
        "png",
        "jpg",
        "jpeg",
        "gif",
        "svg",
        "webp",
        "ico",
        "css",
        "js",
        "json",
        "html",
        "htm",
        "xml",
        "yaml",
        "yml",
        "toml",
        "txt",
        "md",
        "py",
        "rb",
        "so",
        "dll",
        "exe",
        "zip",
        "gz",
        "service",
        "socket",
        "target",
        "timer",
        "mount",
        "scope",
        "slice",
        "device",
        "path",
    ]
)


@dataclass(frozen=True)
class _Kind:
    """One kind of personal data: its configuration field, placeholder, notation and check."""

    name: str
    placeholder: str
    pattern: re.Pattern[str]
    accept: Accept


def _is_email(match: re.Match[str]) -> bool:
    local = match[0].partition("@")[0]
    if match[1].lower() in _NOT_DOMAINS or ".." in local or local.endswith("."):
        return False
    # git@host:path is the address of a repository.
    return not (local == "git" and match.string.startswith((":", "/"), match.end()))


_EMAILS = _Kind("emails", "<EMAIL>", _EMAIL, _is_email)
_IBANS = _Kind("ibans", "<IBAN>", _IBAN, is_iban)
_CARDS = _Kind("credit_cards", "<CREDIT_CARD>", _CARD, is_payment_card)
_SSNS = _Kind("us_ssns", "<US_SSN>", _SSN, is_us_ssn)
_PHONES = _Kind("phones", "<PHONE>", _PHONE, is_phone)
_NANP_PHONES = _Kind("phones", "<PHONE>", _NANP, is_nanp_phone)
_IPV4S = _Kind("ip_addresses", "<IP_ADDRESS>", _IPV4, is_public_ipv4)
KINDS = ("emails", "ip_addresses", "phones", "credit_cards", "ibans", "us_ssns")
COLUMNS: dict[str, DType] = {f"pii_{name}": pl.Int64 for name in KINDS}


def mask(text: str, config: PiiConfig) -> tuple[str, dict[str, Value]]:
    """Return the text with placeholders, and how many of each kind were masked (``pii_...``).

    Kinds that are switched off are neither masked nor counted.
    """
    counts = dict.fromkeys(KINDS, 0)
    for kind in _candidates(text):
        if getattr(config, kind.name):
            text, found = _mask(text, kind)
            counts[kind.name] += found
    return text, {f"pii_{name}": count for name, count in counts.items()}


def _candidates(text: str) -> list[_Kind]:
    """Return the kinds a cheap look cannot rule out, in the order in which they are masked."""
    kinds = [_EMAILS] if "@" in text else []
    numbers = set(_NUMBER.findall(text))
    if not numbers:
        return kinds
    kinds.append(_IBANS)
    if any(len(number) >= 13 for number in numbers):
        kinds.append(_CARDS)
    if any("-" in number for number in numbers):
        kinds.append(_SSNS)
    if "+" in text:
        kinds.append(_PHONES)
    if any("-" in number or "." in number for number in numbers):
        kinds.append(_NANP_PHONES)
    if any(number.count(".") >= 3 for number in numbers):
        kinds.append(_IPV4S)
    return kinds


def _mask(text: str, kind: _Kind) -> tuple[str, int]:
    parts: list[str] = []
    end = found = 0
    for match in kind.pattern.finditer(text):
        if kind.accept(match):
            parts += (text[end : match.start()], kind.placeholder)
            end = match.end()
            found += 1
    return ("".join((*parts, text[end:])), found) if found else (text, 0)
