"""The page of ``curate diff``: its figures are those of the ledgers, and what documents hold is escaped."""

from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from report_lake import report_lake
from test_report_page import Page

from curation_assets.cli import main
from curation_assets.inspection.versions import kept
from resources.lake import Lake


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return report_lake(tmp_path_factory.mktemp("difference") / "lake")


def test_the_page_holds_what_came_and_went(lake: Lake, tmp_path: Path) -> None:
    target = tmp_path / "diff.html"
    arguments = ["diff", "latest~1", "latest", "--lake", str(lake.root), "--page", str(target)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    html = target.read_text(encoding="utf-8")
    page = Page(html)
    assert not page.open
    assert page.tags["script"] == 1
    assert not {"b", "img", "i"} & set(page.tags)
    assert "mixture.seed" in {row[0] for row in page.tables["What differs"]}
    old, new = (f"'{lake.root}/_versions/{version.mixture_id}/ledger.parquet'" for version in kept(lake)[-2:])
    query = (
        "SELECT count(*) FROM {} a JOIN {} b USING (doc_id, shard) WHERE a.stage IS NULL AND b.stage NOT NULL"
    )
    for one, other, word in ((new, old, "came"), (old, new, "went")):
        ((count,),) = duckdb.sql(query.format(one, other)).fetchall()
        assert f"<strong>{count:,}</strong><span>{word}</span>" in html
    sources = {row[0]: (row[2], row[3]) for row in page.tables["Documents by source"][1:]}
    tables = f"'{lake.root}/clean_documents/*.parquet'"
    for at, ledger in enumerate((old, new)):
        query = f"""SELECT source, count(*) FROM {ledger} l JOIN {tables} c USING (doc_id, shard)
            WHERE l.stage IS NULL GROUP BY source"""
        for source, count in duckdb.sql(query).fetchall():
            shown = str(source).replace("\u202e", "\ufffd")
            assert sources[shown][at] == f"{count:,}"


def test_a_version_has_no_difference_from_itself(lake: Lake, tmp_path: Path) -> None:
    target = tmp_path / "diff.html"
    arguments = ["diff", "latest", "latest", "--lake", str(lake.root), "--page", str(target), "--json"]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert "the same settings" in target.read_text(encoding="utf-8")
