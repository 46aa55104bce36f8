"""Secrets in the configuration. The file names a secret's source and never holds the secret itself."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, SecretStr, ValidationInfo


def secret_fields(model: type[BaseModel]) -> list[str]:
    """List the keys of a model that are secrets. An adapter marks them by their type alone and never fetches one."""
    return [name for name, field in model.model_fields.items() if field.annotation is SecretStr]


def fetch(value: Any, folder: Path) -> SecretStr:
    """Fetch a secret from `env:NAME` or `file:PATH`. A relative path starts at the folder. Raises `ValueError`."""
    kind, separator, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    if not separator or not name or kind not in {"env", "file"}:
        raise ValueError('is a secret, so it must be "env:NAME" or "file:PATH" and not stand in the file itself')
    found = os.environ.get(name, "") if kind == "env" else _read(name, folder)
    if not found.strip():
        where = f"the environment variable {name} is" if kind == "env" else f"the file {name} is missing or"
        raise ValueError(f"{where} empty")
    return SecretStr(found.strip())


def _read(name: str, folder: Path) -> str:
    try:
        return (folder / name).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _fetch(value: Any, info: ValidationInfo) -> SecretStr:
    return fetch(value, Path(info.context["folder"]) if info.context else Path())


Secret = Annotated[SecretStr, BeforeValidator(_fetch)]
"""A setting given as `env:NAME` or `file:PATH`. Its value is never shown in a repr, log or error."""
