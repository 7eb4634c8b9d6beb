"""Pages about documents that attack: in a real browser nothing of them runs, and no request leaves."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import report_lake

from curation_assets.inspection.version_diff import difference
from curation_assets.inspection.versions import find
from curation_assets.report.collecting import collect
from curation_assets.report.difference_page import difference_page
from curation_assets.report.page import report

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]
HARM = "window.harmed=1"
ATTACKS = (
    f"</script><script>{HARM}</script>",
    f"<img src=https://evil.example/a.png onerror={HARM}>",
    f"\"'><svg onload={HARM}><animate onbegin={HARM}>",
    f"</title></style></textarea><iframe src='javascript:{HARM}'></iframe>",
    f"<a href='javascript:{HARM}' autofocus onfocus={HARM}>click</a>",
    f"]]><!--><script>{HARM}</script>-->",
    "<link rel=stylesheet href=https://evil.example/a.css><style>@import 'https://evil.example/b.css'</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'><base href=https://evil.example/>",
    f"\u2028{HARM}\u2029 \\u003cscript\\u003e{HARM}\\u003c/script\\u003e ${{{HARM}}}",
    f"<form action=https://evil.example/><input type=image src=https://evil.example/c.png onerror={HARM}>",
    "\u202e\u2066 \x1b[2J \x9b \x00 \x85",
)


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The page of a report and that of a difference, every name and text of which is an attack."""
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_lake, "HOSTILE", ATTACKS)
        patch.setattr(report_lake, "SOURCES", ATTACKS)
        patch.setattr(report_lake, "LANGUAGES", ATTACKS)
        stages = tuple((stage, ATTACKS[at]) for at, (stage, _) in enumerate(report_lake.STAGES))
        patch.setattr(report_lake, "STAGES", stages)
        lake = report_lake.report_lake(folder / "lake <b>", shards=2)
        for shard in ("part-0.jsonl", "part-1.jsonl"):
            told = lake.read("ledger", shard).with_columns(decided_by=pl.lit(ATTACKS[1]))
            lake.write("ledger", shard, told)
            unread = {"shard": [shard] * len(ATTACKS), "position": range(len(ATTACKS)), "reason": ATTACKS}
            lake.write("quarantine", shard, pl.DataFrame(unread))
    lake.write_file("mixture_plan/plan.json", json.dumps({"sampler": ATTACKS[0]}).encode())
    labels = folder / "labels.jsonl"
    lines = [
        {"case": kind, "shard": "part-0.jsonl", "record_id": f"record-{at}"}
        for at, kind in enumerate(ATTACKS)
    ]
    labels.write_text("".join(json.dumps(line) + "\n" for line in lines))
    pages = {"report.html": report(collect(lake, labels))}
    pages["diff.html"] = difference_page(difference(lake, find(lake, "latest~1"), find(lake, "latest")), 3)
    for name, page in pages.items():
        (folder / name).write_text(page, encoding="utf-8")
    return [(folder / name).as_uri() for name in pages]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    options = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.mark.parametrize("policy", [True, False], ids=["with its policy", "without"])
def test_nothing_runs_and_no_request_leaves(
    browser: Any, addresses: list[str], tmp_path: Path, policy: bool
) -> None:
    """Not even where a browser would not know the page's Content-Security-Policy: it is the second wall."""
    for address in addresses:
        context = browser.new_context(viewport={"width": 1000, "height": 800}, bypass_csp=not policy)
        page = context.new_page()
        happened: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message, found=happened: found.append(message.text))
        page.on("pageerror", lambda error, found=happened: found.append(str(error)))
        page.on("dialog", lambda dialog, found=happened: (found.append(dialog.message), dialog.dismiss()))
        page.on("popup", lambda other, found=happened: found.append(other.url))
        page.on("request", lambda request, found=asked: found.append(request.url))
        page.goto(address)
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        if page.locator("#map").count():
            for at in range(page.locator("#choices input").count()):
                page.locator("#choices input").nth(at).dispatch_event("click")
            page.focus("#map")
            for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp") * 5:
                page.keyboard.press(key)
                assert page.locator("#tip *").evaluate_all(
                    "all => all.every(one => ['BDI', 'SMALL'].includes(one.tagName))"
                )
        for _ in range(30):
            page.keyboard.press("Tab")
        elements = "script:not([type]), style, link, iframe, img, object, embed, base, form, animate"
        assert page.locator(elements).count() == 2, "the page's own style and script"
        assert page.evaluate(
            "[...document.querySelectorAll('*')].every(one => [...one.attributes].every(held =>"
            " !held.name.startsWith('on') && !(held.name === 'href' && !held.value.startsWith('#'))))"
        )
        assert page.evaluate("window.harmed") is None
        assert page.url.split("#")[0] == address
        assert happened == []
        assert asked == [address]
        assert "window.harmed=1" in page.inner_text("body"), "it is shown"
        context.close()
