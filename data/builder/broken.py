"""Planted rows that a reader must refuse, with the reason it must give."""

import json

# (what the line holds, the reason); {0} becomes ordinary words, so that the lines look like their neighbours.
LINES: list[tuple[bytes, str]] = [
    (b'{"id": "broken-00", "source": "git-doc", "text": "The connection was cut in the midd', "invalid_json"),
    (b"{'id': 'broken-01', 'source': 'git-doc', 'text': 'Single quotes are not JSON.'}", "invalid_json"),
    (b"Fatal error: out of memory while writing record 2211", "invalid_json"),
    (b'{"id": "broken-03", "source": "sqlite3-doc", "title": "A record without its text"}', "missing_text"),
    (b'{"id": "broken-04", "source": "sqlite3-doc", "text": null}', "missing_text"),
    (
        b'{"id": "broken-05", "source": "perl-doc", "text": {"title": "Nested", "body": "In an object."}}',
        "text_not_a_string",
    ),
    (
        b'{"id": "broken-06", "source": "perl-doc", "text": ["One line.", "Another line."]}',
        "text_not_a_string",
    ),
    (
        json.dumps(
            {"id": "broken-07", "source": "libreoffice-help-de", "text": "Größe und Höhe der Überschrift"},
            ensure_ascii=False,
        ).encode("iso-8859-1"),
        "invalid_utf8",
    ),
    (
        b'{"id": "broken-08", "source": "linux-doc-6.1", "text": "Half of a character: \xe2\x82"}',
        "invalid_utf8",
    ),
    (b'{"id": "broken-09", "source": "linux-doc-6.1", "text": "Half of a pair: \\ud83d"}', "invalid_unicode"),
    (b'{"id": "broken-10", "source": "erlang-doc", "text": ""}', "empty_text"),
    (b'{"id": "broken-11", "source": "erlang-doc", "text": "  \\n\\t \\n"}', "empty_text"),
    (b'["broken-12", "erlang-doc", "A list instead of an object."]', "not_an_object"),
]
PARQUET_ROWS: list[tuple[str, str | None, str]] = [
    ("broken-13", None, "missing_text"),
    ("broken-14", " \n ", "empty_text"),
]
# Path below the host, status line, content type, body, reason.
RESPONSES: list[tuple[str, str, str, bytes, str]] = [
    ("icon.png", "200 OK", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "not_html"),
    (
        "gone.html",
        "404 Not Found",
        "text/html",
        b"<html><p>There is no such page.</p></html>",
        "http_status_not_ok",
    ),
]
