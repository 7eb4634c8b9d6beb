"""What a scorer was trained on, as far as the file of its model says so."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from curation_assets.quality.ask_llm.config import AskLlmConfig
from curation_assets.quality.ask_llm.probe import load_probe
from curation_assets.quality.kinds import DsirScorer, FastTextScorer, HashedScorer, NgramScorer, ScorerConfig

Record = Mapping[str, Any]


def training_record(settings: AskLlmConfig | ScorerConfig) -> Record:
    """Return the record of a scorer's training; empty where there is none.

    Raises:
        ModelError: the file of a probe is missing or is none.
    """
    match settings:
        case AskLlmConfig():
            return load_probe(settings.probe).record if settings.readout == "probe" else {}
        case NgramScorer():
            return _of_arrays(Path(settings.model).expanduser())
        case HashedScorer() | FastTextScorer() | DsirScorer():
            return _of_classifier(Path(settings.model).expanduser())
        case _:
            return {}


def files_trained_on(record: Record) -> set[str]:
    """Return the hashes of the files that a record names."""
    files = record.get("files") or {}
    if isinstance(files, Mapping):
        return {str(known) for known in files.values()}
    return {str(file["hash"]) for file in files}


def leave_one_kind_out(record: Record) -> float | None:
    """Return the mean AUC on kinds of text that were left out of training, if the record has it."""
    figures = record.get("leave_one_kind_out")
    return float(figures["mean_auc"]) if isinstance(figures, Mapping) else None


def _of_arrays(path: Path) -> Record:
    try:
        with np.load(path, allow_pickle=False) as parts:
            record: Record = json.loads(parts["record"].tobytes())["record"]
            return record
    except (OSError, ValueError, KeyError, TypeError, BadZipFile):  # KenLM's formats have no record
        return {}


def _of_classifier(path: Path) -> Record:
    from safetensors import SafetensorError

    from curation_assets.quality.classifiers.model_file import read_record

    try:
        return read_record(path)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):  # fastText's format has none
        return {}
