"""A bank of scores: a column a scorer, each its own, computed once."""

import contextlib
import importlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from answering_server import MODEL, AnsweringServer, Failure
from made_scored import SCORES
from made_scored import TEXTS as PLANTED
from pydantic import ValidationError
from small_inboxes import prose
from survivor_tables import SHARD, write_survivors

from curation_assets.embeddings import stage as embeddings_stage
from curation_assets.progress import silent
from curation_assets.quality.ask_llm.scorer import Scorer, load_scorer
from curation_assets.quality.bank import VERSIONS, load_bank
from curation_assets.quality.classifiers.dsir import load_dsir, train_dsir
from curation_assets.quality.classifiers.embedding import train_regression
from curation_assets.quality.classifiers.hashed import load_hashed, train_hashed
from curation_assets.quality.config import QualityConfig
from curation_assets.quality.doctor.findings import examine, subjects
from curation_assets.quality.labelled import Labelled
from curation_assets.quality.perplexity.ngram import NgramPerplexity, read_model
from curation_assets.quality.perplexity.training import Training, train
from curation_assets.quality.stage import QUALITY_SCORES, build, external
from curation_assets.quality.student.band import Band
from curation_assets.quality.student.cascade import Cascade
from curation_assets.quality.student.reading import read_lake
from curation_assets.quality.student.student import load_student
from curation_assets.quality.student.train import main
from curation_assets.stage import RequirementError
from curation_assets.text.embedder import load_embedder
from curation_assets.workplace import Workplace
from resources.models import ModelError, file_fingerprint
from resources.records import BuildRecord

OpenWorkplace = Callable[..., Workplace]
PROSE = [prose(number) for number in range(12)]
JUNK = [f"qx{number} zz ## 00 kk jj {number}" for number in range(12)]
TEXTS = [*PROSE[:3], "", "the the the the", JUNK[0], "to be"]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bank")
    train(PROSE, Training(order=3, minimum_word=1)).save(folder / "prose.npz")
    train_hashed(PROSE, JUNK, buckets=1 << 10).save(folder / "hashed.npz")
    train_dsir(PROSE, JUNK, buckets=1 << 10).save(folder / "dsir.npz")
    return folder


def scorers(models: Path) -> dict[str, dict[str, object]]:
    return {
        "like_prose": {"kind": "ngram", "model": str(models / "prose.npz")},
        "web": {"kind": "hashed", "model": str(models / "hashed.npz")},
        "weight": {"kind": "dsir", "model": str(models / "dsir.npz"), "per_feature": False},
    }


def with_bank(workplace: Workplace, **settings: object) -> Workplace:
    old = workplace.config.quality.model_dump()
    quality = QualityConfig.model_validate(old | settings)
    config = workplace.config.model_copy(update={"quality": quality})
    return Workplace(workplace.inbox_path, workplace.lake, config)


def test_each_column_is_its_scorers(open_workplace: OpenWorkplace, models: Path) -> None:
    workplace = with_bank(open_workplace(), scorers=scorers(models))
    write_survivors(workplace, TEXTS)
    table = build(workplace, SHARD, silent).tables["quality_scores"]
    assert table.columns == [
        "doc_id", "shard", "ask_llm", "like_prose", "web", "weight", "quality", "tokens", "bytes",
    ]  # fmt: skip
    expected = {
        "like_prose": NgramPerplexity(read_model(models / "prose.npz")).score(TEXTS),
        "web": load_hashed(models / "hashed.npz").score(TEXTS),
        "weight": load_dsir(models / "dsir.npz").score(TEXTS),
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(table[name].to_numpy(), values)
    assert table["quality"].equals(table["ask_llm"].alias("quality"))
    assert table["web"][0] > 0.5 > table["web"][5]


def test_a_shard_without_documents_has_every_column(
    open_workplace: OpenWorkplace, models: Path, tiny_models: dict[str, Path], tmp_path: Path
) -> None:
    workplace = open_workplace()
    embedder = load_embedder(workplace.config.embeddings)
    train_regression(embedder.embed(PROSE), np.arange(len(PROSE)) / 4, embedder.fingerprint).save(
        tmp_path / "grade.npz"
    )
    grade = {"kind": "embedding", "model": str(tmp_path / "grade.npz")}
    grade["embedder"] = workplace.config.embeddings.model_dump(exclude={"storage"})  # type: ignore[assignment]
    surprise = {"kind": "perplexity", "model": str(tiny_models["language"])}
    chosen = {**scorers(models), "grade": grade, "surprise": surprise}
    workplace = with_bank(workplace, scorers=chosen, use="surprise")
    write_survivors(workplace, [])
    empty = build(workplace, SHARD, silent)
    write_survivors(workplace, TEXTS[:1])
    assert empty.tables["quality_scores"].height == 0
    assert (
        empty.tables["quality_scores"].schema
        == build(workplace, SHARD, silent).tables["quality_scores"].schema
    )
    assert empty.figures["mean_quality"] == 0.0


def test_quality_is_the_column_that_is_used_and_greater_is_better(
    open_workplace: OpenWorkplace, models: Path
) -> None:
    workplace = with_bank(open_workplace(), scorers=scorers(models), use="like_prose")
    write_survivors(workplace, TEXTS)
    table = build(workplace, SHARD, silent).tables["quality_scores"]
    np.testing.assert_array_equal(table["quality"].to_numpy(), -table["like_prose"].to_numpy())
    assert table["quality"][0] > table["quality"][5]


def test_another_column_computes_only_itself(open_workplace: OpenWorkplace, models: Path) -> None:
    plain = open_workplace()
    write_survivors(plain, TEXTS)
    build(plain, SHARD, silent)
    chosen = scorers(models)
    one = with_bank(plain, scorers={"web": chosen["web"]})
    assert external(one, SHARD) != external(plain, SHARD)
    figures = build(one, SHARD, silent).figures
    assert (figures["documents_scored_anew"], figures["web_scored_anew"]) == (0, len(TEXTS))
    both = with_bank(plain, scorers=chosen)
    figures = build(both, SHARD, silent).figures
    assert (figures["web_scored_anew"], figures["weight_scored_anew"]) == (0, len(TEXTS))


def test_a_model_file_that_changes_scores_its_column_anew(
    open_workplace: OpenWorkplace, models: Path, tmp_path: Path
) -> None:
    names = {"web": {"kind": "hashed", "model": str(tmp_path / "model.npz")}}
    prints = []
    for source in (JUNK, PROSE):
        train_hashed(source, [*JUNK[:2], *PROSE[:2]], buckets=1 << 10).save(tmp_path / "model.npz")
        file_fingerprint.cache_clear()
        prints.append(load_bank(QualityConfig.model_validate({"scorers": names}))["web"].fingerprint)
    assert prints[0] != prints[1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scorers": {"ask_llm": {"kind": "perplexity"}}}, "ask_llm.*there already"),
        ({"scorers": {"A-b": {"kind": "perplexity"}}}, "small letters"),
        ({"scorers": {"a": {"kind": "magic"}}}, "magic.*ngram"),
        ({"scorers": {"a": {"kind": "ngram"}}}, "model"),
        ({"use": "wiki"}, "'wiki' is no column of scores; allowed: ask_llm"),
    ],
)
def test_settings_are_checked(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=f"(?s){message}"):
        QualityConfig.model_validate(settings)


def test_a_file_of_another_kind_stops_a_run_before_it_begins(
    open_workplace: OpenWorkplace, models: Path, tmp_path: Path
) -> None:
    missing = {"web": {"kind": "hashed", "model": str(tmp_path / "none.npz")}}
    with pytest.raises(RequirementError, match=r"quality\.scorers\.web: .*no such file"):
        QUALITY_SCORES.check_requirements(with_bank(open_workplace(), scorers=missing))
    other = {"web": {"kind": "hashed", "model": str(models / "dsir.npz")}}
    with pytest.raises(RequirementError, match=r"quality\.scorers\.web: .*dsir\.npz"):
        QUALITY_SCORES.check_requirements(with_bank(open_workplace(), scorers=other))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"answers": ["definitely yes"]}, "quality: answer 'definitely yes' is not a single token"),
        ({"backend": "cuda"}, "quality: .*cuda needs a GPU"),
        ({"backend": "openvino"}, "quality: .*openvino is not installed"),
    ],
)
def test_what_would_fail_for_every_document_stops_a_run_before_it_begins(
    open_workplace: OpenWorkplace, monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], message: str
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    workplace = with_bank(open_workplace(), **settings)
    with pytest.raises(RequirementError, match=message):
        QUALITY_SCORES.check_requirements(workplace)


def test_a_server_is_a_scorer_too(open_workplace: OpenWorkplace) -> None:
    with contextlib.closing(AnsweringServer()) as server:
        asked = {"kind": "endpoint", "url": server.url, "model": MODEL}
        workplace = with_bank(open_workplace(), scorers={"served": asked})
        write_survivors(workplace, TEXTS[:3])
        table = build(workplace, SHARD, silent).tables["quality_scores"]
        asked_once = len(server.asked)
        build(workplace, SHARD, silent)
        assert len(server.asked) == asked_once == 3
    assert table["served"].is_between(0, 1).all()


def test_vectors_of_a_regression_are_those_of_the_embeddings_stage(
    open_workplace: OpenWorkplace, tiny_models: dict[str, Path], tmp_path: Path
) -> None:
    workplace = open_workplace()
    embedder = load_embedder(workplace.config.embeddings)
    grades = np.arange(len(PROSE), dtype=float) / 4
    trained = train_regression(embedder.embed(PROSE), grades, embedder.fingerprint)
    trained.save(tmp_path / "grade.npz")
    settings = {"kind": "embedding", "model": str(tmp_path / "grade.npz")}
    settings["embedder"] = workplace.config.embeddings.model_dump(exclude={"storage"})  # type: ignore[assignment]
    workplace = with_bank(workplace, scorers={"grade": settings})
    write_survivors(workplace, TEXTS)
    built = build(workplace, SHARD, silent)
    expected = trained.score(embedder.embed(TEXTS), embedder.fingerprint)
    np.testing.assert_array_equal(built.tables["quality_scores"]["grade"].to_numpy(), expected)
    assert built.figures["grade_scored_anew"] == len(TEXTS)
    assert embeddings_stage.build(workplace, SHARD, silent).figures["documents_embedded_anew"] == 0
    other = settings | {
        "embedder": workplace.config.embeddings.model_dump(exclude={"storage"}) | {"maximum_tokens": 9}
    }
    with pytest.raises(RequirementError, match="trained on vectors of the embedding model"):
        QUALITY_SCORES.check_requirements(with_bank(workplace, scorers={"grade": other}))


def test_a_cascade_asks_ask_llm_about_the_students_band_only(
    open_workplace: OpenWorkplace, tmp_path: Path
) -> None:
    workplace = open_workplace()
    teacher = load_scorer(workplace.config.quality)
    assert isinstance(teacher, Scorer)
    rows = pl.DataFrame({"text": PLANTED, "score": SCORES})
    rows.write_parquet(tmp_path / "scored.parquet")
    student, band = tmp_path / "student.npz", tmp_path / "band.json"
    options = ["--trees", "10", "--characters", "150", "--teacher", teacher.fingerprint]
    files = ["--scored", str(tmp_path / "scored.parquet"), "--output", str(student)]
    main([*files, *options])
    trained = load_student(student, allow_failed=True)
    cheap = trained.score(TEXTS)
    low, high = np.quantile(cheap, [0.3, 0.7]).tolist()
    Cascade(trained, teacher, Band(low, high)).save(band)
    cascade = {"student": str(student), "band": str(band), "allow_failed": True}
    workplace = with_bank(workplace, cascade=cascade)
    write_survivors(workplace, TEXTS)
    table = build(workplace, SHARD, silent).tables["quality_scores"]
    asked = (cheap >= low) & (cheap <= high)
    assert 0 < asked.sum() < len(TEXTS)
    np.testing.assert_array_equal(table["student"].to_numpy(), cheap)
    expected = np.where(asked, teacher.score(TEXTS), cheap)
    np.testing.assert_array_equal(table["ask_llm"].to_numpy(), expected)
    # The doctor judges what the lake has, and a student does not learn from a student.
    labels = [1, 0] * (len(PLANTED) // 2)
    examples = [Labelled(text, label, "kind") for text, label in zip(PLANTED, labels, strict=False)][:8]
    found = {
        one.name: (one.kind, examine(one, examples, "", workplace.config.quality.tokenizer))
        for one in subjects(workplace.config.quality)
    }
    assert {name: kind for name, (kind, _) in found.items()} == {"ask_llm": "cascade", "student": "student"}
    texts = [one.text for one in examples]
    own, both = trained.score(texts), Cascade(trained, teacher, Band(low, high)).score(texts)
    assert [found[name][1].scores.tolist() for name in ("student", "ask_llm")] == [
        own.tolist(),
        both.tolist(),
    ]
    workplace.lake.write("quality_scores", SHARD, table)
    with workplace.lake.writing():
        record = BuildRecord(stage="quality_scores", shard=SHARD, fingerprint="", code_version="")
        workplace.lake.save_record(record)
    with pytest.raises(ValueError, match=r"without quality\.cascade first"):
        read_lake(workplace.lake, "ask_llm", 100)


def test_the_versions_of_the_bank_are_those_of_the_modules() -> None:
    modules = {
        "ngram": "perplexity.model", "perplexity": "perplexity.neural", "hashed": "classifiers.hashed",
        "fasttext": "classifiers.fasttext", "dsir": "classifiers.dsir", "embedding": "classifiers.embedding",
        "student": "student.student", "cascade": "student.cascade",
    }  # fmt: skip
    # A score is kept under the bank's: a module's alone would be raised in vain.
    found = {
        kind: importlib.import_module(f"curation_assets.quality.{name}").VERSION
        for kind, name in modules.items()
    }
    assert found == VERSIONS


def test_a_server_that_is_down_stops_a_run_before_it_begins(open_workplace: OpenWorkplace) -> None:
    with contextlib.closing(AnsweringServer()) as server:
        asked = {"kind": "endpoint", "url": server.url, "model": MODEL, "retries": 0}
        workplace = with_bank(open_workplace(), scorers={"served": asked})
        QUALITY_SCORES.check_requirements(workplace)
        assert len(server.asked) == 1
    with pytest.raises(RequirementError, match=r"quality\.scorers\.served: http://127"):
        QUALITY_SCORES.check_requirements(workplace)


def test_a_document_that_a_server_refuses_has_no_score_and_the_others_have_theirs(
    open_workplace: OpenWorkplace,
) -> None:
    with contextlib.closing(AnsweringServer()) as server:
        server.fail_on = lambda text: Failure(413) if PROSE[1] in text else None
        asked = {"kind": "endpoint", "url": server.url, "model": MODEL}
        workplace = with_bank(open_workplace(), scorers={"served": asked}, use="served")
        write_survivors(workplace, TEXTS[:3])
        built = build(workplace, SHARD, silent)
        asked_once = len(server.asked)
        build(workplace, SHARD, silent)
        assert len(server.asked) == asked_once, "nobody asks again about what was refused"
        server.fail_on = lambda _text: Failure(400)
        write_survivors(workplace, ["another", *TEXTS[:3]])
        with pytest.raises(ModelError, match="HTTP status 400"):
            build(workplace, SHARD, silent)
    table = built.tables["quality_scores"]
    assert table["served"].is_null().to_list() == table["quality"].is_null().to_list() == [False, True, False]
    assert np.isfinite(built.figures["mean_quality"])
