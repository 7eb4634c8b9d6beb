"""The command ``curate config``."""

from pathlib import Path

import click

from curation_assets.cleaning.rules.presets import PRESETS
from curation_assets.commands.options import config_option
from curation_assets.text.visible import visible_lines


@click.command("config")
@config_option
@click.option("--preset", type=click.Choice(list(PRESETS)), help="Print the cleaning rules of this preset.")
def show_config(config: Path | None, preset: str | None) -> None:
    """Check a settings file and print it with every key, its default and its meaning."""
    from curation_assets.config import Config, ConfigError, load_config, render

    if config and preset:
        raise click.UsageError("--preset prints a preset by itself; in a file it is the key cleaning.preset")
    try:
        shown = Config.model_validate({"cleaning": {"preset": preset}}) if preset else load_config(config)
        click.echo(render(shown), nl=False)
    except ConfigError as error:
        raise click.ClickException(visible_lines(str(error))) from None
