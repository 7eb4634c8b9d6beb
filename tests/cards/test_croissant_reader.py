"""The reader of croissant.json leaves the other tests of its process alone."""

import logging.config
import sys

import pytest
from cards.croissant_reader import mlcroissant


def test_who_configures_logging_closes_nobodys_output(capfd: pytest.CaptureFixture[str]) -> None:
    mlcroissant()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", sys.__stdout__)
        logging.config.dictConfig({"version": 1})
    print("still there", file=sys.stderr)
    assert capfd.readouterr().err == "still there\n"
