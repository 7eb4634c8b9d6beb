"""The report in a real browser: opened from the disk, at three widths, in light and dark, and on paper."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from report_lake import report_lake, write_labels

from curation_assets.report.collecting import collect
from curation_assets.report.page import report

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
WIDTHS = (360, 768, 1280)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("browser")
    lake = report_lake(folder / "lake")
    page = folder / "report.html"
    page.write_text(report(collect(lake, write_labels(folder / "labels.jsonl", ["part-0.jsonl"]))), "utf-8")
    return page.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


class Opened:
    """A page, what it said and what it asked for."""

    def __init__(self, browser: Any, address: str, width: int, scheme: str) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(address)

    def save(self, name: str) -> None:
        """Save a picture where CURATION_SCREENSHOTS says, if anywhere."""
        folder = os.environ.get("CURATION_SCREENSHOTS")
        if folder:
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_opens_fits_and_shows_texts_under_the_pointer(
    browser: Any, address: str, width: int, scheme: str
) -> None:
    opened = Opened(browser, address, width, scheme)
    page = opened.page
    opened.save(f"report-{width}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    circle = page.locator("#map circle").nth(20)
    circle.scroll_into_view_if_needed()
    box = circle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator("#tip").wait_for()
    told = page.evaluate("JSON.parse(document.getElementById('points').textContent).texts")
    shown = page.inner_text("#tip bdi")
    assert " ".join(shown.split()) in [" ".join(text.split()) for text in told]
    tip = page.locator("#tip").bounding_box()
    assert tip["x"] >= 0
    assert tip["x"] + tip["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("window.harmed") is None
    assert opened.said == []
    assert opened.asked == [address]
    opened.context.close()


def test_light_and_dark_differ_and_paper_is_light(browser: Any, address: str) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        opened = Opened(browser, address, 1280, scheme)
        colours[scheme] = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
        opened.page.emulate_media(media="print")
        colours[f"{scheme} on paper"] = opened.page.evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        assert not opened.page.locator("nav").is_visible()
        opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert opened.page.locator("details:not([open])").count() == 0
        opened.context.close()
    assert colours["light"] != colours["dark"]
    assert colours["light on paper"] == colours["dark on paper"] == "rgb(255, 255, 255)"


def test_points_take_other_colours_and_the_keys_lead_from_one_to_the_next(browser: Any, address: str) -> None:
    opened = Opened(browser, address, 1280, "light")
    page = opened.page
    before = page.evaluate("[...document.querySelectorAll('#map circle')].map(c => getComputedStyle(c).fill)")
    page.get_by_text("kept or not", exact=True).first.click()
    after = page.evaluate("[...document.querySelectorAll('#map circle')].map(c => getComputedStyle(c).fill)")
    assert before != after
    assert len(set(after)) == 2
    assert page.get_by_text("not in the mixture (").first.is_visible()
    page.focus("#map")
    page.keyboard.press("ArrowRight")
    first = page.inner_text("#tip")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#tip") != first
    assert page.text_content("#map-said")
    page.keyboard.press("Escape")
    assert not page.locator("#tip").is_visible()
    assert opened.said == []
    opened.context.close()


def test_without_scripts_the_pictures_are_there(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(address)
    assert page.locator("svg.sankey.tall").is_visible()
    assert not page.locator("svg.sankey.wide").is_visible()
    assert page.locator("#map circle").count() > 100
    assert not page.locator("#choices").is_visible()
    context.close()
