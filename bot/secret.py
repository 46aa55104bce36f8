"""A secret in the configuration: named there, never written there."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, SecretStr, ValidationInfo


def _fetch(value: Any, info: ValidationInfo) -> Any:
    """Fetch what `env:NAME` or `file:PATH` names; a relative path starts at the configuration file's folder."""
    kind, separator, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    if not separator or not name or kind not in {"env", "file"}:
        raise ValueError('is a secret, so it must be "env:NAME" or "file:PATH" and not stand in the file itself')
    found = os.environ.get(name, "") if kind == "env" else _read(name, info)
    if not found.strip():
        where = f"the environment variable {name} is" if kind == "env" else f"the file {name} is missing or"
        raise ValueError(f"{where} empty")
    return SecretStr(found.strip())


def _read(name: str, info: ValidationInfo) -> str:
    folder = info.context["folder"] if info.context else Path()
    try:
        return (Path(folder) / name).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


Secret = Annotated[SecretStr, BeforeValidator(_fetch)]
"""A setting given as `env:NAME` or `file:PATH`. Its value shows itself in no repr, log or error."""
