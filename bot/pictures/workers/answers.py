"""The response format of a worker process: a head in JSON, and bytes.

An attacker who takes over a decoder can send anything. So the bot unpickles nothing from a worker. It reads plain
values, bytes, and the names of a few faults, all of bounded size.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from bot.domain.errors import NotAPicture, PictureTooLarge

Plain = bytes | str | int | float | bool | list[Any] | None
"""The return value of a work function: bytes, or a JSON value."""

MOST_HEAD_BYTES = 64 * 1024
MOST_BODY_BYTES = 64_000_000
"""More than any picture that is made here: a reference has at most 7 MB."""

_MOST_TEXT = 8000  # characters of a fault's text
_LENGTHS = struct.Struct(">LL")
_PICTURE_FAULTS = {fault.__name__: fault for fault in (NotAPicture, PictureTooLarge)}


class BrokenAnswer(Exception):
    """The worker sent an invalid answer, or none."""


class WorkFailed(Exception):
    """The work function failed by a bug of ours. The message has the traceback of the process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The result of a piece of work. `is_last`: the process ends now, because it has grown too large."""

    value: Plain = None
    fault: Exception | None = None
    is_last: bool = False


def write_value(file: IO[bytes], value: Plain, *, is_last: bool) -> None:
    """Send what the work returned. Raises `TypeError` if it is neither bytes nor plain."""
    if isinstance(value, bytes):
        _write(file, {"is_last": is_last, "is_body": True}, value)
    else:
        _write(file, {"is_last": is_last, "value": value}, b"")


def write_fault(file: IO[bytes], fault: Exception, traceback: str, *, is_last: bool) -> None:
    """Send what the work raised."""
    head: dict[str, Any] = {"is_last": is_last, "fault": type(fault).__name__, "text": str(fault)[:_MOST_TEXT]}
    if isinstance(fault, OSError):
        head |= {"fault": "OSError", "errno": fault.errno, "text": fault.strerror, "file": str(fault.filename or "")}
    elif head["fault"] not in _PICTURE_FAULTS:
        head["text"] = traceback[-_MOST_TEXT:]
    _write(file, head, b"")


def _write(file: IO[bytes], head: Mapping[str, Any], body: bytes) -> None:
    encoded = json.dumps(head).encode()
    file.write(_LENGTHS.pack(len(encoded), len(body)))
    file.write(encoded)
    file.write(body)
    file.flush()


def read_answer(file: IO[bytes]) -> Answer:
    """Wait for the next answer. Blocking. Raises `BrokenAnswer`."""
    lengths = file.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        raise BrokenAnswer("the process ended")
    head_bytes, body_bytes = _LENGTHS.unpack(lengths)
    if head_bytes > MOST_HEAD_BYTES or body_bytes > MOST_BODY_BYTES:
        raise BrokenAnswer("an answer that is too large")
    encoded, body = file.read(head_bytes), file.read(body_bytes)
    if len(encoded) < head_bytes or len(body) < body_bytes:
        raise BrokenAnswer("the process ended in the middle of its answer")
    try:
        head = json.loads(encoded)
        is_last = head.get("is_last") is True
        if "fault" in head:
            return Answer(fault=_to_fault(head), is_last=is_last)
        return Answer(value=body if head.get("is_body") is True else head["value"], is_last=is_last)
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError) as fault:
        raise BrokenAnswer("an answer that cannot be read") from fault


def _to_fault(head: Mapping[str, Any]) -> Exception:
    name, text = head["fault"], str(head["text"])
    if name == "OSError" and isinstance(head["errno"], int):
        return OSError(head["errno"], text, str(head["file"]) or None)
    kind = _PICTURE_FAULTS.get(name, WorkFailed)
    return kind(text)
