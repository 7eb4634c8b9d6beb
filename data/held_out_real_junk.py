"""Takes the junk of held_out_labels.jsonl.gz that is real: strings, menus, notices and lists of packages."""

import ast
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from held_out_sources import GNOME, paragraphs_of
from package_files import members


def cookie_banners(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield a consent manager's strings in each language, a service and a purpose filled in."""
    for path, data in members(folder, "klaro", r"src/translations/[a-z]+\.yml$").items():
        language = path.rsplit("/", 1)[1][:2]
        found = re.findall(r"(?m)^\s*\w+:\s*[\"'|>-]*\s*(\S.*)$", data.decode())
        strings = [re.sub(r"\{\w+\}", "Analytics", one.strip("\"' ")) for one in found]
        strings = [one for one in strings if not one.endswith(":") and len(one) > 1]
        yield "\n".join(strings), language, f"klaro {path}"
        yield " | ".join(strings[len(strings) // 2 :]), language, f"klaro {path}"


def page_frames(pages: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Yield menus, headers, side bars and footers of real pages, (html, source)."""
    pattern = r"(?s)<(nav|aside|header|footer|select)\b.*?</\1>|<div class=\"nav(?:header|footer)\".*?</div>"
    for markup, source in pages:
        blocks = [
            re.sub(r"(?s)<(script|style).*?</\1>", "", found[0]) for found in re.finditer(pattern, markup)
        ]
        text = "\n".join(
            paragraphs_of(re.sub(r"</?(nav|select|option|a)\b[^>]*>", "<br>", one)) for one in blocks
        )
        yield re.sub(r"\n+", "\n", text).strip(), "", f"{source} (a page of it)"


def catalogues(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield runs of the short strings of a toolkit's message catalogue, as an export lists them."""
    import gettext
    import io

    for path, data in members(folder, "libgtk-3-common", r"locale/(\w\w|pt_BR|zh_CN)/.*\.mo$").items():
        entries = gettext.GNUTranslations(io.BytesIO(data))._catalog  # type: ignore[attr-defined]
        found = [re.sub(r"(?s)^.*[|\x04]|\n", "", v) for k, v in entries.items() if isinstance(k, str) and k]
        values = [value for value in found if 2 < len(value) < 40]
        for start in range(0, len(values) - 60, max(1, len(values) // 3)):
            yield (
                "\n".join(values[start : start + 60]),
                path.split("locale/")[1][:2],
                f"libgtk-3-common {path}",
            )


def machine_lists(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield (kind, text, language, source) of dumps, checksums and signatures, all of real files."""
    for path, data in members(folder, "iso-codes", r"iso-codes/json/.*\.json$").items():
        rows = next(iter(json.loads(data).values()))[7:400:3]
        columns = sorted(rows[0])
        for start in range(0, min(len(rows), 90) - 12, 30):
            some = rows[start : start + 30]
            cells = [[str(row.get(name, "")) for name in columns] for row in some]
            yield "data dump", "\n".join(";".join(row) for row in cells), "en", f"iso-codes {path}"
            quoted = [", ".join("'" + cell.replace("'", "''") + "'" for cell in row) for row in cells]
            table = path.rsplit("/", 1)[1].removesuffix(".json")
            insert = "\n".join(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({row});" for row in quoted
            )
            yield "sql inserts", insert, "en", f"iso-codes {path}"
        raw = data[2000:2640]
        dump = [
            f"{i:08x}  {raw[i : i + 16].hex(' ')}  |{raw[i : i + 16].decode('latin-1')!r}|"
            for i in range(0, len(raw), 16)
        ]
        yield "hex dump", "\n".join(dump), "en", f"iso-codes {path}"
    for path, data in members(folder, "wesnoth-1.16-httt", r"\.mo$").items():
        dump = [f"{i:06o} {data[i : i + 16].hex(' ', 2)}" for i in range(4096, 4096 + 16 * 30, 16)]
        yield "hex dump", "\n".join(dump), "en", f"wesnoth-1.16-httt {path}"
    for package in ("gensim", "konlpy"):
        for path, data in members(folder, package, r"RECORD$").items():
            lines = data.decode().splitlines()
            for start in range(0, len(lines) - 20, 25):
                yield "checksum list", "\n".join(lines[start : start + 25]), "en", f"{package} {path}"
    for path, data in members(folder, "libpython3.11-stdlib", r"python3\.11/[a-z]+\.py$").items():
        names = _signatures(data.decode("utf-8", "replace"), path.rsplit("/", 1)[1].removesuffix(".py"))
        if len(names) > 12:
            yield "api stub", "\n".join(names[:60]), "en", f"libpython3.11-stdlib {path}"


def _signatures(code: str, module: str) -> list[str]:
    """Return every function of a module as an empty page of generated reference lists it."""
    found = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.FunctionDef)]
    return [
        f"{module}.{one.name}({', '.join(a.arg for a in one.args.args)}) -> None\n    No description."
        for one in found
    ]


def licence_notices(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield a manual's licence notice in each language, over and over for other authors and years."""
    for language, code in GNOME.items():
        for path, data in members(folder, "gnome-user-docs", rf"help/{code}/gnome-help/legal\.xml$").items():
            notice = paragraphs_of(data.decode()).replace("\n\n", "\n")
            for years in ("1999-2004", "2011"):
                heads = [f"Copyright © {years} gnome-{name}" for name in ("help", "panel", "shell")]
                yield "\n\n".join(f"{head}\n{notice}" for head in heads), language, f"gnome-user-docs {path}"
