"""The command ``curate``: the graph without the UI, recorded in the same Dagster instance."""

import importlib

import click

COMMANDS = {
    "run": "running:run",
    "status": "running:status",
    "plan": "running:plan",
    "dev": "running:dev",
    "versions": "versions:versions",
    "diff": "versions:diff",
    "explain": "explain:explain",
    "sample": "sample:sample",
    "report": "report:report",
    "sql": "sql:sql",
    "atlas": "atlas:atlas",
    "export": "export:export",
    "contamination": "contamination:contamination",
    "doctor": "quality:doctor",
    "train": "quality:train",
    "pick": "quality:pick",
    "config": "settings:show_config",
}
"""By name: the module in ``commands/``, and the command in it."""


class _LazyGroup(click.Group):
    """Imports only the command that is asked for: half of the time of a short one is importing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(f"curation_assets.commands.{module}"), name)
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Turn raw text shards into a training mixture for language models.

    raw shards → cleaned text → dedup clusters → quality scores → embeddings → density estimates → mixture
    """


if __name__ == "__main__":
    main()
