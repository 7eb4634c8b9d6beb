"""mlcroissant, made harmless for the other tests of its process."""

import sys
from typing import Any

import pytest


def mlcroissant() -> Any:
    """Return the module mlcroissant, or skip the test where it is not installed.

    It imports absl, whose log handler takes pytest's capture for its own file and closes it as
    soon as anybody configures logging (as each Dagster run does) while a test captures for
    itself: every later test of the process fails with "I/O operation on closed file".
    """
    module = pytest.importorskip("mlcroissant", reason="mlcroissant is in the extra dev")
    from absl import logging

    logging.get_absl_handler().python_handler.stream = sys.__stderr__
    return module
