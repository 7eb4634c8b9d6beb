"""Documents of a topic, drawn by lot."""

import json
from typing import Any

import polars as pl

from curation_assets.inspection.sampling.asking import Request, nothing, number
from curation_assets.inspection.sampling.example import Sample
from curation_assets.inspection.sampling.picking import no_number
from curation_assets.inspection.sampling.reading import Documents, listed
from curation_assets.inspection.sampling.scores import plain_examples

TOPICS, SUMMARY = "topics", "topics/topics.json"
_WORDS = 4


def topic_sample(documents: Documents, topic: int, request: Request) -> Sample:
    """Return documents of a topic.

    Raises:
        LookupError: the lake has no topics, or not this one; the message lists them with their words.
    """
    picker, there = request.picker(), set()
    for frame in documents.frames(TOPICS, ["topic", "topic_similarity"]):
        there |= set(frame["topic"].drop_nulls().unique().to_list())
        rows = frame.filter(pl.col("topic") == topic).with_columns(no_number())
        picker.add(rows.select("doc_id", "shard", "topic_similarity", "order"), frame.height)
    known = _summary(documents)
    if topic not in {*there, *known}:
        names = [f"{number_} ({_words(known, number_)})" for number_ in sorted({*there, *known} - {-1})]
        raise LookupError(f"there is no topic {topic}, but {', '.join(listed(names, 60)) or 'none at all'}")
    rows = picker.picked()
    told = (
        [f"similarity to its topic: {number(value)}" for value in rows["topic_similarity"]]
        if rows.height
        else []
    )
    notes = [] if told else nothing(documents, picker, f"none is of topic {topic}.")
    question = f"documents of topic {topic} ({_words(known, topic)})"
    examples = list(plain_examples(documents, rows, told))
    return Sample(question, picker.looked_at, picker.matching, examples, notes)


def _summary(documents: Documents) -> dict[int, dict[str, Any]]:
    path = documents.lake.root / SUMMARY
    try:
        return {entry["topic"]: entry for entry in json.loads(path.read_bytes())["topics"]}
    except (OSError, ValueError, KeyError):
        return {}


def _words(known: dict[int, dict[str, Any]], topic: int) -> str:
    return ", ".join(known.get(topic, {}).get("words", [])[:_WORDS]) or "no words of its own"
