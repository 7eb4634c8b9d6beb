"""The WARC reader: which records are documents, encodings of all kinds, crawls that break off."""

import gzip
import json
from pathlib import Path

import pytest
from shard_files import PAGE, read, reasons, response, warc_record

from curation_assets.shards.config import ShardsConfig
from curation_assets.shards.readers import UnreadableShardError


def test_a_crawl(tmp_path: Path) -> None:
    records = [
        warc_record("warcinfo", b"software: x\r\n", "application/warc-fields"),
        warc_record("request", b"GET / HTTP/1.1\r\n\r\n", "application/http; msgtype=request"),
        response(PAGE.encode()),
        response(PAGE.encode(), "Content-Type: image/png\r\n"),
        response(b"<p>gone", status="404 Not Found"),
        warc_record("response", b"1.2.3.4", "text/dns"),
        warc_record("response", b"not http", "application/http; msgtype=response"),
        response(b"  "),
        response(bytes(range(1, 32)) * 50),
        warc_record("resource", PAGE.encode(), "text/html"),
        warc_record("conversion", b"Plain text of a page.", "text/plain"),
        warc_record("metadata", b"fetchTimeMs: 3\r\n", "application/warc-fields"),
    ]
    for name, data in {
        "a.warc": b"".join(records),
        "a.warc.gz": b"".join(map(gzip.compress, records)),
    }.items():
        raw, quarantine = read(tmp_path, name, data)
        assert raw["position"].to_list() == [2, 9, 10]
        assert raw["kind"].to_list() == ["html", "html", "text"]
        assert raw["text"].to_list() == [PAGE, PAGE, "Plain text of a page."]
        assert set(raw["url"]) == {"http://x/p"}
        assert json.loads(raw["metadata"][0]) == {
            "content_type": "text/html", "date": "2026-01-02T03:04:05Z", "status": 200
        }  # fmt: skip
        assert reasons(quarantine) == {
            3: "not_html",
            4: "http_status_not_ok",
            5: "not_html",
            6: "invalid_http",
            7: "empty_text",
            8: "undecodable_html",
        }


@pytest.mark.parametrize(
    ("encoding", "headers", "page"),
    [
        ("utf-8", "Content-Type: text/html; charset=iso-8859-1\r\n", PAGE),  # the header lies
        ("iso-8859-1", "Content-Type: text/html; charset=ISO-8859-1\r\n", PAGE),
        (
            "iso-8859-1",
            "Content-Type: text/html\r\n",
            PAGE.replace("<body>", '<meta charset="latin1"><body>'),
        ),
        ("utf-16", "Content-Type: text/html\r\n", PAGE),
        ("cp1251", "Content-Type: text/html\r\n", "<p>Привет мир, как дела сегодня? Быстрая лиса.</p>" * 3),
        ("shift_jis", "Content-Type: text/html; charset=Shift_JIS\r\n", "<p>日本語のページです。</p>"),
        ("utf-8-sig", "Content-Type: application/xhtml+xml\r\n", PAGE),
        ("utf-8", "", PAGE),  # no content type: the page itself tells
    ],
)
def test_charsets(tmp_path: Path, encoding: str, headers: str, page: str) -> None:
    raw, quarantine = read(tmp_path, "a.warc", response(page.encode(encoding), headers))
    assert quarantine.is_empty()
    assert raw["text"].to_list() == [page]


def test_transfer_and_content_encodings(tmp_path: Path) -> None:
    head = "Content-Type: text/html\r\n"
    chunked = b"%x\r\n" % len(PAGE.encode()) + PAGE.encode() + b"\r\n0\r\n\r\n"
    data = (
        response(gzip.compress(PAGE.encode()), head + "Content-Encoding: gzip\r\n")
        + response(chunked, head + "Transfer-Encoding: chunked\r\n")
        + response(b"<p>not compressed", head + "Content-Encoding: gzip\r\n")
        + response(b"zz\r\nnot chunked", head + "Transfer-Encoding: chunked\r\n")
        + response(PAGE.encode())
    )
    raw, quarantine = read(tmp_path, "a.warc", data)
    assert raw["text"].to_list() == [PAGE, PAGE, PAGE]
    assert reasons(quarantine) == {2: "invalid_http", 3: "invalid_http"}


def test_large_pages_and_decompression_bombs(tmp_path: Path) -> None:
    config = ShardsConfig(maximum_row_bytes=4096)
    bomb = response(
        gzip.compress(b"<p>" * 1_000_000)[:4000], "Content-Type: text/html\r\nContent-Encoding: gzip\r\n"
    )
    data = response(b"x" * 300_000) + bomb + response(PAGE.encode())
    raw, quarantine = read(tmp_path, "a.warc", data, config)
    assert raw["position"].to_list() == [2]
    assert reasons(quarantine) == {0: "row_too_large", 1: "row_too_large"}


@pytest.mark.parametrize("cut", [5, 40, 250, 500])
def test_a_crawl_that_breaks_off_fails(tmp_path: Path, cut: int) -> None:
    whole = response(b"<p>" + b"a" * 200) * 2
    for name, data in {"a.warc": whole[:-cut], "a.warc.gz": gzip.compress(whole[:-cut])}.items():
        with pytest.raises(UnreadableShardError, match=r"a\.warc"):
            read(tmp_path, name, data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"WARC/1.0", b"WORK/1.0"),
        (b"Content-Length: 2", b"X: 2"),
        (b"Content-Length: 2", b"Content-Length: 1"),
    ],
)
def test_a_corrupt_header_fails(tmp_path: Path, old: bytes, new: bytes) -> None:
    data = response(PAGE.encode()) + response(b"<p>" + b"a" * 200).replace(old, new) + response(PAGE.encode())
    with pytest.raises(UnreadableShardError):
        read(tmp_path, "a.warc", data)
