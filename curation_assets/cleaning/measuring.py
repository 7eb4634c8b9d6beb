"""Measuring: all the work on texts, batch by batch, so that memory does not grow with the shard."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import polars as pl

from curation_assets.cleaning.config import CleaningConfig, NormalisationConfig
from curation_assets.cleaning.documents import Documents
from curation_assets.cleaning.languages.language import identify, load_model
from curation_assets.cleaning.normalisation import residue
from curation_assets.cleaning.normalisation.faults import find_faults
from curation_assets.cleaning.normalisation.normalise import Fault, normalise
from curation_assets.cleaning.pages.extraction import check_installed, extract
from curation_assets.cleaning.personal_data import pii
from curation_assets.cleaning.rules import c4, features, notices, refinedweb, urls, word_lists
from curation_assets.cleaning.schema import CARRIED, CLEAN_SCHEMA
from curation_assets.progress import Progress, silent

BATCH_DOCUMENTS, BATCH_BYTES = 2048, 8_000_000
_MEASURED = {name: dtype for name, dtype in CLEAN_SCHEMA.items() if name not in CARRIED}


def measure(raw: pl.DataFrame, config: CleaningConfig, progress: Progress = silent) -> pl.DataFrame:
    """Do the work on texts: extract, normalise, identify the language, edit, measure and mask.

    Returns the columns of CLEAN_SCHEMA, drop_reason being null. Thresholds do not matter here; callers hand
    in ``config.measuring()``, so that they cannot.
    A document on which a step fails has an empty text, no values and the message in ``error``.
    Raises FileNotFoundError where the language model is missing, and ColumnNotFoundError of Polars for a
    missing column.
    """
    if config.language.enabled and raw.height:
        load_model()
    check_installed(config.extraction)
    text = pl.col("text").cast(pl.String).fill_null("")
    parts = [pl.DataFrame(schema=_MEASURED)]
    for batch in _batches(raw.select(text, "kind", pl.col("url").cast(pl.String))):
        parts.append(_measure_batch(batch, config))
        progress(batch.height)
    carried = raw.select(pl.col(CARRIED).cast(pl.String))
    return pl.concat([carried, pl.concat(parts)], how="horizontal")


def _batches(documents: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Return slices of at most BATCH_DOCUMENTS and, but for a single longer document, BATCH_BYTES."""
    sizes = documents["text"].str.len_bytes().to_list()
    start = size = 0
    for index, length in enumerate(sizes):
        if index > start and (index - start == BATCH_DOCUMENTS or size + length > BATCH_BYTES):
            yield documents.slice(start, index - start)
            start, size = index, 0
        size += length
    if start < len(sizes):
        yield documents.slice(start)


def _measure_batch(batch: pl.DataFrame, config: CleaningConfig) -> pl.DataFrame:
    documents = Documents(batch["text"])
    pages = batch["kind"] == "html"
    documents.each(lambda html: _page(html, config), only=pages)
    marked = residue.may_change(documents.texts, config.residue) & ~pages
    documents.each(lambda text: residue.edit(text, config.residue), only=marked, otherwise=residue.UNEDITED)
    _normalise(documents, config.normalisation)
    languages = identify(documents.texts, config.language)
    edited = c4.may_change(documents.texts, config.c4)
    documents.each(lambda text: c4.edit(text, config.c4), only=edited, otherwise=c4.UNEDITED)
    corrected = pl.repeat(config.refinedweb.enabled, batch.height, eager=True)
    documents.each(
        lambda text: refinedweb.edit(text, config.refinedweb), only=corrected, otherwise=refinedweb.UNEDITED
    )
    values = features.measure(documents.texts, languages["language"], config)
    listed = word_lists.measure(documents.texts, languages["language"], config.word_lists)
    noticed = notices.measure(documents.texts)
    seen = pii.may_change(documents.texts)
    documents.each(lambda text: pii.mask(text, config.pii), only=seen, otherwise=pii.UNMASKED)
    addressed = urls.measure(batch["url"], config.urls)
    return documents.frame(_MEASURED, addressed, languages, values, listed, noticed)


def _page(html: str, config: CleaningConfig) -> tuple[str, Mapping[str, Any]]:
    page = extract(html, config.extraction)
    return page.text, {
        "title": page.title,
        "date": page.date,
        "page_url": page.url,
        "page_link_density": page.link_density,
    }


def _normalise(documents: Documents, config: NormalisationConfig) -> None:
    """Normalise the texts in which something was found to normalise."""
    found = pl.Series(find_faults(documents.texts, config))
    for faults in sorted(set(found) - {Fault.NONE}):
        documents.each(partial(_normalised, config=config, faults=faults), only=found == faults)


def _normalised(text: str, config: NormalisationConfig, faults: int) -> tuple[str, Mapping[str, Any]]:
    return normalise(text, config, faults), {}
