"""The cascade: who is asked about which text, and how the band is chosen."""

from pathlib import Path

import numpy as np
import pytest
from made_scored import HOSTILE, SCORES, TEXTS, Planted, made_texts, trained

from curation_assets.quality.student.band import (
    NO_BAND,
    Band,
    BandError,
    Outcome,
    best_within,
    fit_band,
    outcome,
    outcomes,
)
from curation_assets.quality.student.cascade import Cascade, load_cascade
from resources.models import ModelError


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_the_teacher_is_asked_about_the_band_and_nothing_else() -> None:
    student, teacher = trained().student, Planted(noise=0.2)
    own = student.score(TEXTS)
    low, high = (float(limit) for limit in np.sort(own)[[100, 180]])
    scores, asked = Cascade(student, teacher, Band(low, high)).score_and_asked(TEXTS)
    assert asked.tolist() == ((own >= low) & (own <= high)).tolist()
    assert asked[[own.tolist().index(low), own.tolist().index(high)]].all()
    assert teacher.asked == [text for text, one in zip(TEXTS, asked, strict=True) if one]
    assert scores[asked].tolist() == SCORES[asked].tolist()
    assert scores[~asked].tolist() == own[~asked].tolist()


def test_a_score_depends_on_its_text_alone() -> None:
    own = trained().student.score(TEXTS)
    cascade = Cascade(trained().student, Planted(), Band(float(np.median(own)), float(own.max())))
    together = cascade.score(TEXTS[:30])
    assert together.tolist() == [cascade.score([text])[0] for text in TEXTS[:30]]
    assert together[::-1].tolist() == cascade.score(TEXTS[:30][::-1]).tolist()
    assert np.isfinite(cascade.score(HOSTILE)).all()
    assert cascade.score([]).shape == (0,)


def test_without_a_band_the_teacher_is_never_called() -> None:
    teacher = Planted()
    cascade = Cascade(trained().student, teacher, NO_BAND)
    assert cascade.score(TEXTS).tolist() == trained().student.score(TEXTS).tolist()
    assert teacher.asked == []


def test_the_outcome_of_a_band_by_hand() -> None:
    student = array(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    teacher = array(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.95, 0.6, 0.99, 0.75)
    # The teacher's two highest are the 7th and the 9th, the student's the 9th and the 10th.
    assert outcome(NO_BAND, student, teacher) == Outcome(NO_BAND, 0.5, 0.0)
    # Asked from .7 to .8, the 7th comes to .95, but the 10th keeps its 1.0 and the 9th is third.
    assert outcome(Band(0.7, 0.8), student, teacher) == Outcome(Band(0.7, 0.8), 0.5, 0.2)
    assert outcome(Band(0.7, 1.0), student, teacher).recall == 1.0
    assert fit_band(student, teacher).band == Band(0.7, 1.0)


def test_the_band_is_the_smallest_that_gives_the_recall() -> None:
    random = np.random.default_rng(0)
    teacher = random.random(500)
    student = np.clip(teacher + 0.1 * random.normal(size=500), 0, 1)
    found = fit_band(student, teacher)
    assert found.recall >= 0.95
    assert found.calls <= 0.5
    assert found == outcome(found.band, student, teacher)
    cheaper = [one for one in outcomes(student, teacher) if one.calls < found.calls]
    assert cheaper
    assert all(one.recall < 0.95 for one in cheaper)
    assert best_within(outcomes(student, teacher), 1.0).recall == 1.0


def test_what_cannot_be_reached_fails_with_figures() -> None:
    random = np.random.default_rng(0)
    with pytest.raises(
        BandError, match=r"recall 0\.950 .* takes its score of \d\d\.\d% .*the recall is 0\.\d"
    ):
        fit_band(random.random(200), random.random(200))
    with pytest.raises(ValueError, match="0 and 0 scores"):
        fit_band(array(), array())


def test_the_recall_holds_on_texts_that_nobody_saw() -> None:
    result = trained()
    fitted = fit_band(result.unseen[~result.held_out], SCORES[~result.held_out])
    new, teacher = made_texts(400, seed=17), Planted(noise=0.2)
    cascade = Cascade(result.student, teacher, fitted.band)
    scores, asked = cascade.score_and_asked(new)
    truth = Planted(noise=0.2).score(new)
    wanted, chosen = (set(np.argsort(-values)[:80]) for values in (truth, scores))
    assert len(wanted & chosen) / 80 >= 0.9
    assert asked.mean() <= 0.5
    assert asked.sum() == len(teacher.asked)


def test_a_file_gives_back_the_cascade_to_its_owners_only(tmp_path: Path) -> None:
    path, student, teacher = tmp_path / "cascade.json", trained().student, Planted()
    cascade = Cascade(student, teacher, Band(11.0, 12.5), {"held_out": {"recall": 0.96}})
    cascade.save(path)
    read = load_cascade(path, student, teacher)
    assert (read.fingerprint, read.band, read.record) == (cascade.fingerprint, cascade.band, cascade.record)
    stranger = Planted()
    stranger.fingerprint = "stranger"
    with pytest.raises(ModelError, match="fitted for the teacher planted, but this is stranger"):
        load_cascade(path, student, stranger)
    with pytest.raises(ModelError, match="fitted for the student"):
        load_cascade(path, stranger, teacher)
    for content in ("", "[]", "{}", '{"format": 1}', path.read_text().replace("11.0", "NaN")):
        (tmp_path / "broken").write_text(content)
        with pytest.raises(ModelError, match="cascade"):
            load_cascade(tmp_path / "broken", student, teacher)
    with pytest.raises(ModelError, match="No such file"):
        load_cascade(tmp_path / "missing", student, teacher)


def test_the_fingerprint_covers_student_teacher_and_band() -> None:
    student, teacher, stranger = trained().student, Planted(), Planted()
    stranger.fingerprint = "stranger"
    cascades = [
        Cascade(student, teacher, Band(11.0, 12.0)),
        Cascade(student, teacher, Band(11.0, 12.1)),
        Cascade(student, teacher, Band(11.1, 12.0)),
        Cascade(student, stranger, Band(11.0, 12.0)),
        Cascade(stranger, teacher, Band(11.0, 12.0)),
    ]
    assert len({one.fingerprint for one in cascades}) == 5
