"""Placeholders of personal data in a cleaned text."""

import re
from collections.abc import Mapping

from curation_assets.inspection.sampling.highlights.lines import Span

PLACEHOLDERS = {
    "pii_secrets": "<SECRET>",
    "pii_emails": "<EMAIL>",
    "pii_ibans": "<IBAN>",
    "pii_credit_cards": "<CREDIT_CARD>",
    "pii_kr_rrns": "<KR_RRN>",
    "pii_us_ssns": "<US_SSN>",
    "pii_phones": "<PHONE>",
    "pii_ip_addresses": "<IP_ADDRESS>",
}
"""What stands for personal data, by the column that counts it."""


def masked_spans(text: str, counts: Mapping[str, int | None]) -> list[Span]:
    """Return the placeholders of the kinds that were masked in this text.

    One that a document had written itself cannot be told from one of the same kind that was put in.
    """
    wanted = [re.escape(mark) for column, mark in PLACEHOLDERS.items() if counts.get(column)]
    return [found.span() for found in re.finditer("|".join(wanted), text)] if wanted else []
