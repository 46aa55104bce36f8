"""The program's commands. No other code reads argv.

A command imports its modules when it is called, so that other commands and --help start fast.

Exit status: 0: the command succeeded. 1: it failed, and one line on stderr says why and what to do. 2: wrong usage or
configuration.
"""

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from adapters.registry import PLATFORMS, Platforms, settings_models
from bot.cli.setting_options import setting_options
from bot.config import load_file
from bot.domain.errors import ConfigurationError, PlantainError

CONFIG = click.Path(dir_okay=False, path_type=Path)


def _version() -> str:
    """Return the installed version. A checkout that `make demo` runs is not installed."""
    try:
        return version("plantain")
    except PackageNotFoundError:
        return "(a checkout, not installed)"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(_version(), message="%(prog)s %(version)s")
def plantain() -> None:
    """Make and edit pictures in a community's own chat."""


@plantain.command()
@click.option("--listen", metavar="HOST:PORT", help="Where to serve the page; by default 127.0.0.1:8080.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("plantain-demo"),
    show_default=True,
    help="The folder that keeps the conversation and its pictures.",
)
def demo(listen: str | None, data: Path) -> None:
    """Try Plantain in a browser: no account, no key, no cost."""
    from bot.cli.day_costs import demo_costs_told
    from bot.cli.serving import demo_settings, serve

    settings = demo_settings(listen, data)
    serve(settings, remark=demo_costs_told(settings))


@plantain.command()
@click.option("--config", type=CONFIG, required=True, help="The configuration file.")
@click.pass_obj
def run(platforms: Platforms, config: Path) -> None:
    """Run everything the configuration names, until SIGTERM or Ctrl+C."""
    from bot.cli.serving import run as run_configured

    settings = load_file(config, settings_models(platforms))
    if not settings.platforms:
        raise ConfigurationError(f"{config} names no platform; add a section such as [platforms.web]")
    run_configured(settings, platforms)


@plantain.command()
@click.argument("prompt")
@setting_options
@click.option("--model", metavar="NAME", help="The model, by its name or alias.")
@click.option("--fast", is_flag=True, help="Choose a quick model.")
@click.option("--best", is_flag=True, help="Choose the best model.")
@click.option(
    "--edit",
    "sources",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    metavar="FILE",
    help="A picture to change; may be given several times.",
)
@click.option(
    "-o",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write the picture. Its ending follows what the file really is.",
)
@click.option("--config", type=CONFIG, default=Path("config.toml"), show_default=True, help="The configuration file.")
@click.pass_obj
def imagine(
    platforms: Platforms,
    /,
    *,
    prompt: str,
    model: str | None,
    fast: bool,
    best: bool,
    sources: tuple[Path, ...],
    target: Path | None,
    config: Path,
    **settings: str | None,
) -> None:
    """Make one picture from PROMPT and write it to a file."""
    from bot.cli.painting import Paint, paint

    options = {name: value for name, value in {**settings, "model": model}.items() if value is not None}
    options |= {name: "" for name, is_given in (("fast", fast), ("best", best)) if is_given}
    order = Paint(prompt=prompt, options=options, sources=sources, target=target)
    paint(order, load_file(config, settings_models(platforms)))


@plantain.command()
@click.option("--config", type=CONFIG, required=True, help="The configuration file.")
@click.pass_obj
def check(platforms: Platforms, config: Path) -> None:
    """Try each key, permission and folder for real, and show how each endpoint did. Costs nothing."""
    from bot.cli.checking import check as try_everything

    try_everything(load_file(config, settings_models(platforms)), platforms)


def main(platforms: Platforms = PLATFORMS) -> None:
    """Run the program and end with its exit status. A configuration may name these platforms."""
    try:
        plantain(standalone_mode=False, obj=platforms)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ConfigurationError as error:
        click.echo(f"plantain: {error}", err=True)
        sys.exit(2)
    except PlantainError as error:
        click.echo(f"plantain: {error}", err=True)
        sys.exit(1)
