"""Reads old names of formats in a configuration file, so that it still works."""

from collections.abc import Mapping
from typing import Any

from bot.domain.catalogue.endpoint_formats import RENAMED


def with_new_names(table: Mapping[str, Any], notes: list[str]) -> Mapping[str, Any]:
    """Replace the old names of formats, each with a note to the owner. Values of a wrong type are left as they are."""
    new = dict(table)
    if isinstance(endpoints := table.get("endpoints"), list):
        new["endpoints"] = [_endpoint(each, f"endpoints[{place}]", notes) for place, each in enumerate(endpoints)]
    if isinstance(models := table.get("models"), dict):
        new["models"] = {name: _model(each, f"models.{name}", notes) for name, each in models.items()}
    return new


def _endpoint(written: Any, place: str, notes: list[str]) -> Any:
    if not isinstance(written, dict) or not _is_old(written.get("format")):
        return written
    return {**written, "format": _new_name(written["format"], f"{place}.format", notes)}


def _model(written: Any, place: str, notes: list[str]) -> Any:
    if not isinstance(written, dict) or not isinstance(formats := written.get("formats"), dict):
        return written
    renamed = {_new_name(old, f"{place}.formats", notes): formats[old] for old in formats if _is_old(old)}
    kept = {name: carried for name, carried in formats.items() if not _is_old(name)}
    return {**written, "formats": {**renamed, **kept}}


def _is_old(name: Any) -> bool:
    return isinstance(name, str) and name in RENAMED


def _new_name(old: str, place: str, notes: list[str]) -> str:
    new = RENAMED[old]
    notes.append(f"{place}: {old} is called {new} now; the old name is still read")
    return new.value
