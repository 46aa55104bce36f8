"""`plantain check`: tries everything that a run needs, without cost, and prints a line for each; then the figures."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import click
from pydantic import BaseModel

from adapters.registry import PLATFORMS, Platforms
from bot.application.report import Standing, standings
from bot.cli.day_costs import day_costs_told
from bot.cli.failure import Failed
from bot.config import Endpoint, Settings
from bot.domain.catalogue.endpoint_formats import EndpointFormat
from bot.domain.errors import PlantainError, StorageUnusable
from bot.domain.image_faults import ImageFault
from bot.image_api.endpoint import Access
from bot.image_api.probe import list_models
from bot.storage.data_folder import examine_data_folder
from bot.storage.engines.database import database_path
from bot.storage.inspection import Inspection, inspect
from bot.wiring.clock import SystemClock

DAYS = 7
"""The period of the endpoints' figures, in days back from now."""

INDENT = "  "
GIGABYTE = 1_000_000_000


class Mark(StrEnum):
    """The kind of a finding."""

    OK = "ok"
    NOTE = "note"  # worth knowing, but not a fault
    FAULT = "FAULT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check."""

    mark: Mark
    subject: str
    text: str


def check(settings: Settings, platforms: Platforms = PLATFORMS) -> None:
    """Check everything and print the findings. Raises `Failed` if one of them is a fault."""
    findings = [Finding(mark=Mark.NOTE, subject="configuration", text=note) for note in settings.notes]
    findings.append(_data_folder(settings))
    found, inspection = _database(settings)
    findings += found
    findings += asyncio.run(_endpoints(settings.endpoints))
    findings += asyncio.run(_platforms(settings.platforms, platforms))
    findings.append(Finding(mark=Mark.NOTE, subject="costs", text=day_costs_told(settings)))
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        click.echo(f"{finding.mark:<7}{finding.subject:<{width}}  {finding.text}")
    if inspection and not inspection.is_older:
        _print_figures(standings(inspection.figures))
    faults = sum(finding.mark is Mark.FAULT for finding in findings)
    if faults:
        raise Failed(f"{faults} of {len(findings)} lines above tell of a fault; mend what they name and check again")


def _data_folder(settings: Settings) -> Finding:
    try:
        seen = examine_data_folder(settings.data_dir)
    except StorageUnusable as fault:
        return Finding(mark=Mark.FAULT, subject="data folder", text=str(fault))
    state = "a Plantain is at work in it" if seen.is_in_use else "free to be used" if seen.is_there else "will be made"
    space = f"{seen.free_bytes / GIGABYTE:,.1f} GB free"
    return Finding(mark=Mark.OK, subject="data folder", text=f"{settings.data_dir}: writable, {space}, {state}")


def _database(settings: Settings) -> tuple[Sequence[Finding], Inspection | None]:
    try:
        seen = inspect(
            database_path(settings.data_dir, settings.store.url), since=SystemClock().now() - timedelta(days=DAYS)
        )
    except StorageUnusable as fault:
        return [Finding(mark=Mark.FAULT, subject="database", text=str(fault))], None
    if seen is None:
        return [Finding(mark=Mark.OK, subject="database", text="not there yet; the first run makes it")], None
    counted = _counted(seen.requests, "request")
    if seen.is_older:
        text = f"{counted}, written by an older Plantain; the next run brings it up to date"
        return [Finding(mark=Mark.OK, subject="database", text=text)], seen
    if seen.disagreements:
        return [Finding(mark=Mark.FAULT, subject="database", text=fault.text) for fault in seen.disagreements], seen
    return [Finding(mark=Mark.OK, subject="database", text=f"{counted}; the ledger agrees")], seen


async def _endpoints(endpoints: Sequence[Endpoint]) -> Sequence[Finding]:
    return await asyncio.gather(*(_endpoint(endpoint) for endpoint in endpoints))


async def _endpoint(endpoint: Endpoint) -> Finding:
    """Check an endpoint by listing its models. That costs nothing, and most endpoints require a valid key for it."""
    settings = endpoint.settings
    subject = f"endpoint {settings.name}"
    if settings.format is EndpointFormat.DEMO:
        return Finding(mark=Mark.OK, subject=subject, text="built in; it needs no key")
    access = Access(name=settings.name, base_url=str(settings.base_url), api_key=settings.api_key, auth=settings.auth)
    try:
        listed = await list_models(access, settings.format)
    except ImageFault as fault:
        return Finding(mark=Mark.FAULT, subject=subject, text=fault.owner_text)
    if listed is None:
        text = "it answers, but says nothing about its models, so the key could not be tried"
        return Finding(mark=Mark.NOTE, subject=subject, text=text)
    missing = [model for model in endpoint.models if model not in listed.names]
    key = "the key is accepted" if listed.needs_key else "it tells anybody its models, so the key could not be tried"
    text = f"{key}; {_counted(len(listed.names), 'model')}, {_among(missing)}"
    is_bare = len(missing) == len(endpoint.models)
    mark = Mark.FAULT if is_bare else Mark.NOTE if missing or not listed.needs_key else Mark.OK
    return Finding(mark=mark, subject=subject, text=text)


async def _platforms(configured: Mapping[str, BaseModel], platforms: Platforms) -> Sequence[Finding]:
    """Check each chat platform whose settings can be checked without posting a message."""
    findings = []
    for name, chosen in configured.items():
        examine = platforms[name].examine
        if examine is None:
            continue
        try:
            findings.append(Finding(mark=Mark.OK, subject=name, text=await examine(chosen)))
        except PlantainError as fault:
            findings.append(Finding(mark=Mark.FAULT, subject=name, text=str(fault)))
    return findings


def _among(missing: Sequence[str]) -> str:
    return f"but not {', '.join(missing)}" if missing else "yours among them"


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _print_figures(seen: Sequence[Standing]) -> None:
    """Print a line for each model, and below it a line for each endpoint that was asked for the model."""
    click.echo()
    if not seen:
        click.echo(f"No picture was asked for in the last {DAYS} days.")
        return
    width = max(len(f"{standing.figures.endpoint}{INDENT}") for standing in seen)
    heading = f"The last {DAYS} days"
    width = max(width, len(heading))
    click.echo(f"{heading:<{width}}   share     tries  errors   median  most often")
    above = ""
    for standing in seen:
        if standing.figures.model != above:
            above = standing.figures.model
            click.echo(above)
        click.echo(f"{INDENT}{standing.figures.endpoint:<{width - len(INDENT)}}{_figures(standing)}".rstrip())


def _figures(standing: Standing) -> str:
    figures = standing.figures
    median = "" if figures.median_seconds is None else f"{figures.median_seconds:.1f} s"
    fault, count = max(figures.faults.items(), key=lambda counted: counted[1], default=("", 0))
    often = f"{fault} {count:,}" if count else ""
    return f"{standing.share:>8.1%}{figures.tries:>10,}{standing.errors:>8.1%}{median:>9}  {often}"
