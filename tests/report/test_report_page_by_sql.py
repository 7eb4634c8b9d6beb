"""Every figure that the page shows, as it stands there, is computed again by SQL and agrees.

On a lake that is made up, and on that of the bundled sample. What is compared is the text of the page: a
figure that is collected right and drawn wrong is found, too.
"""

import json
import re

from told_page import NOTHING, SIDES, STAGES, World, agrees, percent, varied, words


def test_the_flow_and_its_reasons(world: World) -> None:
    steps = world.page.table("Stages in their order", 4)
    left = world.one("SELECT count(*) FROM all_documents")
    for (stage, name), row in zip(STAGES.items(), steps, strict=True):
        gone = world.one(f"SELECT count(*) FROM all_documents WHERE stage = '{stage}'")
        assert row == [name, f"{left:,}", f"{gone:,}", f"{left - gone:,}"]
        left -= gone
    whole = world.one("SELECT count(*) FROM all_documents")
    reasons = world.page.table("Most frequent first", 3)
    if "The others" in world.page.tables:
        reasons += world.page.table("The others", 3)
    told = world.rows("""SELECT stage, reason, count(*) FROM all_documents WHERE NOT mixture
        GROUP BY ALL ORDER BY count(*) DESC, reason""")
    for row, (stage, reason, count) in zip(reasons, told, strict=True):
        assert row[:2] == [f"{words(reason)}{STAGES[stage]}", f"{count:,}"]
        assert agrees(row[2], percent(count, whole))
    lead = world.page.sections["flow"]
    share = re.search(rf"Of {whole:,} documents that were read, {left:,} \(([^)]*)\)", lead)
    assert share is not None
    assert agrees(share[1], percent(left, whole))
    unread = dict(world.rows("SELECT reason, count(*) FROM quarantine GROUP BY ALL"))
    assert f" {sum(unread.values()):,} rows could not be read" in lead
    for reason, count in unread.items():
        assert f"{words(reason)} ({count:,})" in lead
    for count in {row[2] for row in told[:3]}:
        assert f'<tspan class="drop-count">{count:,}</tspan>' in world.html


def test_every_amount_of_the_flow(world: World) -> None:
    """Three reasons of a stage, the most frequent first, and the rest in one; drawn lying and standing."""
    left = world.one("SELECT count(*) FROM all_documents")
    nodes, drops = [left], []
    for stage in STAGES:
        counts = [
            count
            for _, count in world.rows(f"""SELECT reason, count(*) FROM all_documents
            WHERE stage = '{stage}' GROUP BY ALL ORDER BY count(*) DESC, reason""")
        ]
        drops += counts[:3] + ([sum(counts[3:])] if counts[3:] else [])
        left -= sum(counts)
        nodes += [left] if counts else []
    amount, count = r"[^<]*<tspan[^>]*>([\d,]+)</tspan>", r"([\d,]+)</text>"
    drawn = {
        kind: [int(told.replace(",", "")) for told in re.findall(f'class="{kind}">{rest}', world.html)]
        for kind, rest in {"drop-name": amount, "node-name": amount, "node-count": count}.items()
    }
    assert sorted(drawn["drop-name"]) == sorted([*drops, *drops])
    assert drawn["node-name"] == nodes
    assert sorted(drawn["node-count"]) == sorted(nodes)


def test_the_worth_of_the_weights(world: World) -> None:
    """What the manifest says of it is computed again in tests/sample/test_sample_manifest.py."""
    weights = json.loads((world.lake.root / "mixture_plan" / "plan.json").read_bytes()).get("weights") or {}
    size = weights.get("effective_sample_size")
    told = re.search(r"are worth ([\d,]+) equally weighted", world.page.sections["axes"])
    assert (told is None) == (size is None)
    if told:
        assert int(told[1].replace(",", "")) == round(size)


def test_the_previous_version_and_what_came_and_went(world: World) -> None:
    versions = json.loads((world.lake.root / "_versions" / "index.json").read_bytes())
    versions = versions["versions"] if isinstance(versions, dict) else versions
    if len(versions) < 2:
        assert "No earlier version of this mixture is kept" in world.page.sections["axes"]
        return
    before = world.lake.root / "_versions" / versions[-2]["mixture_id"] / "ledger.parquet"
    world.connection.execute(f"CREATE OR REPLACE VIEW earlier AS FROM '{before}'")
    measures = {
        "Documents": "count(*)",
        "Mean score": "avg(quality)",
        "Median score": "median(quality)",
    }
    for caption, measure in measures.items():
        told = {row[0]: row[1] for row in world.page.table(caption, 2)}
        value = world.one(f"SELECT {measure} FROM earlier WHERE stage IS NULL")
        assert agrees(told["Previous mixture"], float(value)), caption
    query = """SELECT count(*) FROM {} a ANTI JOIN (FROM {} WHERE stage IS NULL) b USING (doc_id, shard)
        WHERE a.stage IS NULL"""
    for word, one, other in (("Came", "ledger", "earlier"), ("Went", "earlier", "ledger")):
        count = world.one(query.format(one, other))
        (caption,) = [name for name in world.page.tables if name.startswith(f"{word}: ")]
        assert re.search(rf"^{word}: {count:,}\b", caption)
        assert sum(int(row[1].replace(",", "")) for row in world.page.table(caption, 2)) == count


def test_the_headlines(world: World) -> None:
    documents, mixture, tokens, candidate_tokens, mean, before = world.rows("""
        SELECT count(*), count(*) FILTER (mixture), sum(tokens) FILTER (mixture),
            sum(tokens) FILTER (candidate), avg(quality) FILTER (mixture), avg(quality) FILTER (candidate)
        FROM all_documents""")[0]
    head = re.findall(
        r'<div class="headline"><strong>(.*?)</strong><span>(.*?)</span><small>(.*?)</small>', world.html
    )
    assert [what for _, what, _ in head] == ["documents", "tokens", "mean score", "effective topics"]
    assert head[0][0] == f"{mixture:,}"
    assert head[0][2].endswith(f" of {documents:,} read")
    assert agrees(head[0][2].split(" of ")[0], percent(mixture, documents))
    assert head[1][0] == f"{tokens:,}"
    assert agrees(head[1][2].split(" of ")[0], percent(tokens, candidate_tokens))
    assert agrees(head[2][0], mean)
    assert agrees(head[2][2].split()[0], before)
    assert agrees(head[3][0], varied(world, "topic", "mixture")[1])
    assert agrees(head[3][2].split()[0], varied(world, "topic", "candidate")[1])


def test_the_three_axes(world: World) -> None:
    measures = {
        "Documents": "count(*)",
        "Characters, after cleaning": "sum(characters)",
        "Tokens": "sum(tokens) FILTER (candidate)",
        "Pass the rules of cleaning": "100 * avg((stage IS DISTINCT FROM 'clean_documents')::INT)",
        "Mean score": "avg(quality) FILTER (candidate)",
        "Median score": "median(quality) FILTER (candidate)",
        "Median density (less is rarer)": "median(density) FILTER (candidate)",
    }
    known_of_raw = ("Documents", "Characters, after cleaning", "Pass the rules of cleaning")
    for caption, measure in measures.items():
        told = {row[0]: row[1] for row in world.page.table(caption, 2)}
        for side, where in SIDES.items():
            if side == "Raw input" and caption not in known_of_raw:
                assert told[side] == NOTHING
            else:
                value = world.one(f"SELECT {measure} FROM all_documents WHERE {where}")
                assert agrees(told[side], float(value)), (caption, side)
    for caption, key in (("Sources", "source"), ("Languages", "language"), ("Topics", "topic")):
        told = {row[0]: row[1] for row in world.page.table(caption, 2)}
        for side, where in SIDES.items():
            if side == "Raw input" and key == "topic":
                continue
            kinds, number = varied(world, key, where)
            effective, _, of = told[side].partition(" of ")
            assert of == f"{kinds:,}"
            assert agrees(effective, number), (caption, side)
