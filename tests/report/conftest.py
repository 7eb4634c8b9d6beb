"""Two lakes and their pages: one that is made up, and that of the bundled sample."""

from collections.abc import Iterator

import duckdb
import pytest
from report_lake import report_lake, write_labels
from told_page import Told, World

from curation_assets.report.collecting import collect
from curation_assets.report.page import report
from curation_assets.workplace import PROJECT
from resources.lake import Lake

SAMPLE = [pytest.mark.models, pytest.mark.slow, pytest.mark.sample]


@pytest.fixture(scope="module", params=["made", pytest.param("sample", marks=SAMPLE)])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if request.param == "made":
        lake = report_lake(tmp_path_factory.mktemp("page") / "lake")
        labels = write_labels(lake.root.parent / "labels.jsonl", [f"part-{at}.jsonl" for at in range(4)])
    else:
        lake = Lake(request.getfixturevalue("sample_run").lake)
        labels = PROJECT / "data" / "sample_labels.jsonl"
    html = report(collect(lake, labels))
    tables = (
        "raw_documents", "clean_documents", "ledger", "dedup_clusters", "quality_scores", "mixture_plan",
        "topics", "quarantine",
    )  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        for table in tables:
            files = f"'{lake.root / table / '*.parquet'}', union_by_name = true"
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({files})")
        columns = "{'case': 'VARCHAR', 'shard': 'VARCHAR', 'record_id': 'VARCHAR', 'position': 'BIGINT'}"
        connection.execute(
            f"CREATE VIEW labels AS SELECT * FROM read_json('{labels}', format = 'newline_delimited',"
            f" columns = {columns})"
        )
        yield World(lake, Told(html), html, connection)
