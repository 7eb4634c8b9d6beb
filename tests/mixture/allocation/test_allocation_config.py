"""Settings that cannot be meant are refused before anything is built, by key and value."""

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from curation_assets.mixture.allocation.config import AllocationConfig, Requests
from curation_assets.mixture.allocation.shares_file import read_shares, with_shares_of_file
from curation_assets.workplace import PROJECT


def parsed(text: str) -> AllocationConfig:
    return AllocationConfig.model_validate(yaml.safe_load(text))


def test_a_request_of_every_kind_is_read() -> None:
    config = parsed(
        """
        shares: {wiki: 0.3}
        rule: {kind: temperature, by: topic}
        floors: {ko: 0.05, 'no': 0.01}
        quotas: [{topic: 3, format: 1, share: 0.1}, {topic: 4, format: 1, share: 0.1}, {topic: 5, share: 0.2}]
        maximum_epochs_by_source: {wiki: 4, spam: 0}
        phases:
          - {name: main, share: 0.9}
          - {name: annealing, share: 0.1, alpha: 1.0, allocation: {shares: {wiki: 0.6}}}
        order: quality_ascending
        """
    )
    assert config.dimensions() == ("source", "language", "topic", "format")
    assert config.quotas[0].where() == {"topic": "3", "format": "1"}
    assert config.phases[1].overrides() == {"alpha": 1.0}
    assert AllocationConfig.model_validate(config.model_dump(mode="json")) == config


def test_nothing_is_asked_by_default() -> None:
    assert AllocationConfig().dimensions() == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("shares: {wiki: 1.5}", "shares: wiki is 1.5; a share is between 0 and 1"),
        ("shares: {wiki: .7, web: .6}", "shares add up to more than 1: wiki 0.7 + web 0.6 = 1.3"),
        ("floors: {ko: -.1}", "floors: ko is -0.1; a share is between 0 and 1"),
        ("floors: {ko: .7, de: .6}", "floors add up to more than 1: ko 0.7 + de 0.6 = 1.3"),
        ("floors: {no: .1}", "YAML reads an unquoted no or off as False; write it in quotes"),
        ("quotas: [{language: no, share: .1}]", "YAML reads an unquoted no or off as False"),
        ("quotas: [{share: .1}]", "a quota names at least one of source, language, topic, format"),
        ("quotas: [{topic: 3, share: 2}]", "quotas: topic 3 is 2; a share is between 0 and 1"),
        (
            "quotas: [{topic: 3, share: .6}, {topic: 4, share: .6}]",
            "quotas by topic add up to more than 1: topic 3 0.6 + topic 4 0.6 = 1.2",
        ),
        (
            "quotas: [{topic: 3, format: 1, share: .1}, {format: 1, topic: '3', share: .1}]",
            "quotas by topic x format: topic 3 x format 1 is there more than once",
        ),
        ("{shares: {wiki: .1}, shares_file: x.json}", "shares and shares_file (x.json) are both given"),
        ("maximum_epochs_by_source: {wiki: -1}", "maximum_epochs_by_source: wiki is -1; allowed are whole"),
        (
            "phases: [{name: a, share: .5}, {name: b, share: .4}]",
            "phases: shares have to add up to 1: a 0.5 + b 0.4",
        ),
        ("phases: [{name: a, share: .5}, {name: a, share: .5}]", "phases: the name 'a' is there 2 times"),
        ("rule: {kind: temperature, temperature: 0}", "greater than 0"),
        ("maximum_epochs: 0", "greater than or equal to 1"),
        ("order: best", "'random', 'quality_ascending'"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValidationError) as raised:
        parsed(text)
    assert told in str(raised.value)


def test_shares_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "fit.json"
    file.write_text(json.dumps({"wiki": 0.25, "web": 0.75}), encoding="utf-8")
    read = with_shares_of_file(Requests(shares_file=str(file), floors={"ko": 0.1}))
    assert read == Requests(shares={"wiki": 0.25, "web": 0.75}, floors={"ko": 0.1})
    assert with_shares_of_file(read) is read


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "cannot be read"),
        ("[0.5]", 'expected {"source": share, ...}, found [0.5]'),
        ("{}", "expected"),
        ('{"wiki": "much"}', 'wiki is "much"; a share is a number between 0 and 1'),
        ('{"wiki": true}', "wiki is true"),
        ('{"wiki": NaN}', "wiki is nan; a share is between 0 and 1"),
        ('{"wiki": 0.9, "web": 0.2}', "add up to more than 1: wiki 0.9 + web 0.2 = 1.1"),
        ('{"wiki": 0.1, "wiki": 0.2}', "'wiki' is there more than once"),
    ],
)
def test_a_file_without_shares_is_refused(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "fit.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="allocation") as raised:
        read_shares(file)
    assert told in str(raised.value)
    assert str(file) in str(raised.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"fit\.json: cannot be read"):
        read_shares(tmp_path / "fit.json")


def test_a_share_that_is_no_number_is_refused_in_settings() -> None:
    bad: dict[str, Any] = {"shares": {"wiki": "much"}}
    with pytest.raises(ValidationError, match="wiki"):
        Requests.model_validate(bad)


def test_the_examples_of_the_documentation_are_valid() -> None:
    text = (PROJECT / "docs" / "mixtures.md").read_text(encoding="utf-8")
    whole, phases = (block.split("```")[0] for block in text.split("```yaml\n")[1:])
    asked = yaml.safe_load(whole)["mixture"]["allocation"]
    config = AllocationConfig.model_validate({**asked, **yaml.safe_load(textwrap.dedent(phases))})
    assert (config.shares["wiki"], config.floors["no"], config.phases[1].sampler) == (0.3, 0.01, "top_k")
