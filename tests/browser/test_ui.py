"""The Dagster UI in a real browser, on the lake that ``curate run`` made of the sample."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_lake import SampleRun

from curation_assets.workplace import PROJECT

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SECONDS_TO_START = 120
MILLISECONDS = 60_000
# A closed network must not slow the browser down, and nothing of the test leaves the machine.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.sample,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_served(address: str) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            urllib.request.urlopen(f"{address}/server_info", timeout=5)
            return
        except OSError:
            assert time.monotonic() < deadline, "the UI did not start"
            time.sleep(0.5)


@pytest.fixture(scope="module")
def address(sample_run: SampleRun) -> Iterator[str]:
    """Serve the sample's lake as ``make dev`` does; yield the address of the UI."""
    port = free_port()
    arguments = ["dev", "--inbox", str(PROJECT / "data" / "sample"), "--lake", str(sample_run.lake)]
    settings = ["--config", str(PROJECT / "curation.yaml"), "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "curation_assets.cli", *arguments, *settings],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until_served(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = browser.new_page(viewport={"width": 1500, "height": 900}, base_url=address)
        page.set_default_timeout(MILLISECONDS)
        yield page
        browser.close()


def screenshot(page: Any, name: str) -> None:
    """Save a picture where CURATION_SCREENSHOTS says (docs/ is kept up to date with it), if anywhere."""
    folder = os.environ.get("CURATION_SCREENSHOTS")
    if folder:
        page.wait_for_timeout(2500)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def picture_of_the_graph(page: Any, name: str) -> None:
    """Save the same page at twice the size, cut to the assets: so wide a graph cannot be read otherwise."""
    folder = os.environ.get("CURATION_SCREENSHOTS")
    if not folder:
        return
    size = {"width": 2600, "height": 1300}
    context = page.context.browser.new_context(viewport=size, device_scale_factor=2)
    large = context.new_page()
    address = page.url
    page.goto("about:blank")  # a second page that asks for the same leaves this one without answers
    large.goto(address)
    large.get_by_text("raw_documents", exact=True).first.wait_for(timeout=MILLISECONDS)
    large.wait_for_timeout(12_000)  # the state of the assets, which is the colour, comes one by one,
    large.mouse.click(2559, 80)  # and of some only when the page's button for it is pressed
    large.wait_for_timeout(20_000)
    boxes = [box for part in large.locator("foreignObject").all() if (box := part.bounding_box())]
    left, top = (min(box[side] for box in boxes) - 12 for side in ("x", "y"))
    right = max(box["x"] + box["width"] for box in boxes) + 12
    bottom = max(box["y"] + box["height"] for box in boxes) + 12
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    large.screenshot(path=str(Path(folder) / f"{name}.png"), clip=clip)
    context.close()


def test_the_graph_leads_from_raw_documents_to_the_mixture(page: Any) -> None:
    page.goto("/assets/mixture_manifest?view=lineage&lineageScope=upstream&lineageDepth=12")
    for asset in ("raw_documents", "clean_documents", "dedup_clusters", "quality_scores", "mixture"):
        page.get_by_text(asset, exact=True).first.wait_for()
    picture_of_the_graph(page, "graph")


def test_an_asset_shows_its_columns_and_its_group(page: Any) -> None:
    page.goto("/assets/clean_documents?view=overview")
    for word in ("drop_reason", "gopher_words", "cleaning", "data-curation"):
        page.get_by_text(word, exact=True).first.wait_for()


def test_a_stage_over_all_shards_says_what_it_dropped_and_why(page: Any) -> None:
    page.set_viewport_size({"width": 1500, "height": 1980})
    page.goto("/assets/dedup_clusters?view=overview")
    for word in ("reasons of drops", "near_duplicate", "cluster sizes", "largest cluster", "Asset history"):
        page.get_by_text(word, exact=True).first.wait_for()
    screenshot(page, "asset")
    page.set_viewport_size({"width": 1500, "height": 900})


def test_every_shard_of_the_sample_is_a_partition(page: Any) -> None:
    page.goto("/assets/clean_documents?view=partitions")
    page.get_by_text("docs-00.jsonl.gz", exact=True).first.wait_for()
    page.get_by_text("docs-06.parquet", exact=True).first.wait_for()
    page.goto("/assets/clean_documents?view=partitions&partition=docs-00.jsonl.gz")
    page.get_by_text("reasons of drops", exact=True).first.wait_for()
    screenshot(page, "partitions")


def test_the_conservation_check_has_passed(page: Any) -> None:
    page.goto("/assets/clean_documents?view=checks&checkDetail=rows_conserved")
    page.get_by_text("rows_conserved").first.wait_for()
    page.get_by_text("Succeeded").first.wait_for()
    screenshot(page, "checks")


def test_a_picture_is_among_the_metadata_of_a_materialisation(page: Any) -> None:
    page.goto("/assets/density_estimates?view=events")
    page.get_by_text("density map", exact=True).first.wait_for()
    page.get_by_role("button", name="Show markdown").or_(page.get_by_text("Show Markdown")).first.click()
    picture = page.locator("img[src^='data:image/svg']").first
    picture.wait_for()
    assert picture.evaluate("image => image.naturalWidth") > 300
    screenshot(page, "plot")


def test_the_run_of_the_command_line_is_in_the_history(page: Any) -> None:
    page.goto("/runs")
    page.get_by_text("curate", exact=True).first.wait_for()
    page.get_by_text("Success").first.wait_for()
    screenshot(page, "runs")


def test_a_partition_can_be_materialised_from_the_ui(page: Any) -> None:
    partition = "/assets/signatures?view=partitions&partition=docs-00.jsonl.gz"
    page.goto(partition)
    page.get_by_text("View all historical events (1)").wait_for()
    page.get_by_role("button", name="Materialize").first.click()
    page.get_by_role("button", name="Launch").first.click()
    page.get_by_text("Launched run").first.wait_for()
    deadline = time.monotonic() + SECONDS_TO_START
    while page.get_by_text("View all historical events (2)").count() == 0:
        assert time.monotonic() < deadline, page.inner_text("body")
        page.goto(partition)
        page.get_by_text("View all historical events").wait_for()
