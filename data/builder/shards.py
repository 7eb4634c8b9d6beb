"""Writes the shards, so that the same documents always give the same bytes."""

import gzip
import json
import uuid
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from builder.broken import LINES, PARQUET_ROWS, RESPONSES
from builder.pool import Document, Page
from curation_assets.shards.keys import shard_key

LINE_SHARDS = (
    "docs-00.jsonl.gz",
    "docs-01.jsonl.gz",
    "docs-02.jsonl.gz",
    "docs-03.jsonl.zst",
    "docs-04.jsonl.zst",
)
TABLE_SHARDS = ("docs-05.parquet", "docs-06.parquet")
PAGE_SHARDS = ("web/pages-00.warc.gz", "web/pages-01.warc.gz")
TEXT_SHARD = "notes/note.txt"
DATE = "2026-01-01T00:00:00Z"
NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # RFC 4122: names that are addresses
ZSTD_LEVEL = 12

Labels = list[dict[str, Any]]


def distribute(documents: list[Document], rng: Random) -> None:
    """Give every document a shard and a record id; a copy never shares its original's shard."""
    shards = (*LINE_SHARDS, *TABLE_SHARDS)
    rng.shuffle(documents)
    ordinary = [document for document in documents if document.original is None]
    for number, document in enumerate(ordinary):
        document.shard = shards[number % len(shards)]
    for number, document in enumerate(d for d in documents if d.original is not None):
        assert document.original is not None
        first = shards.index(document.original.shard)
        document.shard = shards[(first + 1 + number % (len(shards) - 1)) % len(shards)]
    for number, document in enumerate(documents):
        document.record_id = f"doc-{number:05d}"


def write_shards(
    folder: Path, documents: list[Document], pages: list[Page], note: str, rng: Random
) -> Labels:
    """Write all shards and return the labels of the planted documents and rows."""
    labels = [_label(document) for document in documents if document.label is not None]
    for number, name in enumerate(LINE_SHARDS):
        own = [document for document in documents if document.shard == name]
        labels += _write_lines(folder / name, name, own, LINES[number :: len(LINE_SHARDS)], rng)
    for number, name in enumerate(TABLE_SHARDS):
        own = [document for document in documents if document.shard == name]
        labels += _write_table(folder / name, name, own, PARQUET_ROWS[number :: len(TABLE_SHARDS)], rng)
    for number, name in enumerate(PAGE_SHARDS):
        own_pages = pages[number :: len(PAGE_SHARDS)]
        labels += _write_crawl(folder / name, name, own_pages, RESPONSES[number :: len(PAGE_SHARDS)])
    path = folder / TEXT_SHARD
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(note.encode() + b"\n")
    return labels


def _label(document: Document) -> dict[str, Any]:
    label = {"shard": shard_key(document.shard), "record_id": document.record_id, **(document.label or {})}
    if document.original is not None:
        original = document.original
        label["of"] = {"shard": shard_key(original.shard), "record_id": original.record_id}
    label["language"] = document.language
    return label


def _record(document: Document) -> dict[str, str]:
    return {
        "id": document.record_id,
        "source": document.source,
        "language": document.language,
        "text": document.text,
    }


def _write_lines(
    path: Path, name: str, documents: list[Document], broken: list[tuple[bytes, str]], rng: Random
) -> Labels:
    lines = [json.dumps(_record(document), ensure_ascii=False).encode() for document in documents]
    for line, _ in broken:
        lines.insert(rng.randrange(1, len(lines)), line)
    labels = [_broken_label(name, lines.index(line), reason) for line, reason in broken]
    data = b"\n".join(lines) + b"\n"
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(data, mtime=0))
    else:
        path.write_bytes(zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True).compress(data))
    return labels


def _write_table(
    path: Path, name: str, documents: list[Document], broken: list[tuple[str, str | None, str]], rng: Random
) -> Labels:
    rows: list[dict[str, Any]] = [dict(_record(document)) for document in documents]
    for record_id, text, _ in broken:
        row = {"id": record_id, "source": "python3.11-doc", "language": "en", "text": text}
        rows.insert(rng.randrange(1, len(rows)), row)
    positions = {row["id"]: position for position, row in enumerate(rows)}
    schema = pa.schema([(column, pa.string()) for column in ("id", "source", "language", "text")])
    table = pa.Table.from_pylist(rows, schema)
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        row_group_size=100,
        use_dictionary=["source"],
    )
    return [_broken_label(name, positions[record_id], reason) for record_id, _, reason in broken]


def _broken_label(name: str, position: int, reason: str) -> dict[str, Any]:
    return {"shard": shard_key(name), "position": position, "case": "broken_row", "reason": reason}


def _write_crawl(
    path: Path, name: str, pages: list[Page], broken: list[tuple[str, str, str, bytes, str]]
) -> Labels:
    path.parent.mkdir(parents=True, exist_ok=True)
    info = b"software: build_sample.py\r\nformat: WARC File Format 1.1\r\n"
    records = [_warc_record("warcinfo", f"urn:sample:{name}", "application/warc-fields", info)]
    labels = []
    for page in pages:
        body = page.html.encode()
        records.append(_response(page.url, "200 OK", "text/html; charset=utf-8", body))
    for file, status, kind, body, reason in broken:
        position = len(records) // 2
        records.insert(position, _response(f"https://docs.example/{file}", status, kind, body))
        labels.append(_broken_label(name, position, reason))
    path.write_bytes(b"".join(gzip.compress(record, mtime=0) for record in records))
    return labels


def _response(url: str, status: str, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return _warc_record("response", url, "application/http; msgtype=response", head.encode() + body)


def _warc_record(kind: str, url: str, mime: str, block: bytes) -> bytes:
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{uuid.uuid5(NAMESPACE, url)}>\r\n"
        f"WARC-Date: {DATE}\r\nWARC-Target-URI: {url}\r\nContent-Type: {mime}\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"
