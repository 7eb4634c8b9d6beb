"""Croissant: JSON-LD by which catalogues and loaders of datasets find files, columns and checksums.

Format: Croissant 1.1, MLCommons (http://mlcommons.org/croissant/1.1). There are no dates in it, so that the
same mixture has the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import polars as pl

from curation_assets.cards.config import CardConfig

FILE = "croissant.json"
RECORDS, FILES = "documents", "files"
PARQUET, JSON_LINES = "application/x-parquet", "application/jsonlines"
_ENCODINGS = {
    ".parquet": PARQUET,
    ".jsonl": JSON_LINES,
    ".jsonl.zst": "application/zstd",
    ".json": "application/json",
}
_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


@dataclass(frozen=True)
class DataFile:
    """A file by its path from croissant.json, with its size in bytes."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Records:
    """The rows of all files that a pattern matches, from croissant.json; columns and their meanings."""

    includes: str
    columns: Mapping[str, pl.DataType | type[pl.DataType]]
    meanings: Mapping[str, str]


def croissant(
    about: CardConfig,
    counted: str,
    mixture_id: str,
    files: Sequence[DataFile],
    records: Records | None = None,
) -> bytes:
    """Return croissant.json; ``counted`` says in plain text what the mixture holds.

    Columns of lists and structs are left out: Croissant has no plain type for them.
    """
    distribution = [_file_object(file) for file in files]
    if records and files:
        distribution.append(_file_set(records))
    described = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": about.name,
        "description": "\n\n".join(part for part in (about.description, counted) if part),
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "identifier": mixture_id,
        **({"license": about.license} if about.license else {}),
        **({"creator": {"@type": "sc:Organization", "name": about.creator}} if about.creator else {}),
        **({"url": about.url} if about.url else {}),
        "distribution": distribution,
        **({"recordSet": [_record_set(records)]} if records and files else {}),
    }
    return (json.dumps(described, indent=1, ensure_ascii=True) + "\n").encode()


def encoding(path: str) -> str:
    """Return the media type of a file by its name."""
    endings = [ending for ending in _ENCODINGS if path.endswith(ending)]
    return _ENCODINGS[max(endings, key=len)] if endings else "application/octet-stream"


def in_words(documents: int, tokens: int, sources: int, languages: int) -> str:
    """Return what a mixture holds as a sentence."""
    held = f"{_many(documents, 'document')} with {_many(tokens, 'token')}"
    origin = f"{_many(sources, 'source')} in {_many(languages, 'language')}"
    return f"A training mixture for language models: {held}, from {origin}."


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _file_object(file: DataFile) -> dict[str, Any]:
    address = quote(file.path, safe="/~")
    return {
        "@type": "cr:FileObject",
        "@id": f"file:{address}",
        "name": file.path.rsplit("/", 1)[-1],
        "contentUrl": address,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": encoding(file.path),
        "sha256": file.sha256,
    }


def _file_set(records: Records) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": FILES,
        "name": FILES,
        "description": "All files of documents.",
        "encodingFormat": encoding(records.includes),
        "includes": records.includes,
    }


def _record_set(records: Records) -> dict[str, Any]:
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"{RECORDS}/{quote(name, safe='')}",
            "name": name,
            **({"description": about} if (about := records.meanings.get(name)) else {}),
            "dataType": kind,
            "source": {"fileSet": {"@id": FILES}, "extract": {"column": name}},
        }
        for name, dtype in records.columns.items()
        if (kind := _data_type(dtype))
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": RECORDS,
        "name": RECORDS,
        "description": "One row is a document of the mixture, in a phase of training.",
        "field": fields,
    }


def _data_type(dtype: pl.DataType | type[pl.DataType]) -> str | None:
    if dtype == pl.String:
        return "sc:Text"
    if dtype == pl.Boolean:
        return "sc:Boolean"
    if dtype.is_integer():
        return "sc:Integer"
    return "sc:Float" if dtype.is_float() else None
