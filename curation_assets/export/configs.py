"""The parts of a card's header that name the files of an export, and type their columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from curation_assets.export.ordered import file_name

_DTYPES = {"large_string": "string", "string": "string", "int64": "int64", "double": "float64"}
_DTYPES |= {"bool": "bool", "int32": "int32", "float": "float32"}

Files = Mapping[str, Mapping[str, Any]]


def by_shard_configs(suffix: str) -> list[dict[str, Any]]:
    """Return the config of files that lie in data/, one a shard."""
    files = [{"split": "train", "path": f"data/*{suffix}"}]
    return [{"config_name": "default", "data_files": files}]


def phase_configs(
    parts: Mapping[str, Sequence[str]], files: Files, columns: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return configs and dataset_info of parts by phase: "default" has all, in the order of training.

    With several phases each has a config of its own, too, by the name that its files have. ``columns`` are
    names and Arrow types; ``num_bytes`` is the size in memory, numbers of 8 bytes and strings with 4 beside.
    """
    patterns = {name: f"data/{name}-*.parquet" for name in map(file_name, parts)}
    sets = {"default": list(patterns)}
    if len(patterns) > 1:
        sets |= {_config_name(name): [name] for name in patterns}
    paths = dict(zip(patterns, parts.values(), strict=True))
    features = [{"name": name, "dtype": _DTYPES.get(dtype, "")} for name, dtype in columns.items()]
    typed = all(feature["dtype"] for feature in features)
    configs, infos = [], []
    for config, names in sets.items():
        known = [files[path] for name in names for path in paths[name]]
        bytes_in_memory = sum(int(file["memory_bytes"]) for file in known)
        configs.append(
            {
                "config_name": config,
                "data_files": [{"split": "train", "path": [patterns[name] for name in names]}],
                **({"default": True} if config == "default" else {}),
            }
        )
        split = {
            "name": "train",
            "num_bytes": bytes_in_memory,
            "num_examples": sum(int(file["rows"]) for file in known),
        }
        infos.append(
            {
                "config_name": config,
                **({"features": features} if typed else {}),
                "splits": [split],
                "download_size": sum(int(file["bytes"]) for file in known),
                "dataset_size": bytes_in_memory,
            }
        )
    return configs, infos


def _config_name(name: str) -> str:
    return "phase_default" if name == "default" else name
