"""Turns an answer into picture files, or into the fault that says why there are none.

A painted picture is paid for. So a picture that arrived whole is kept, whatever is wrong with the rest of the answer.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from bot.domain.chat import Quoted
from bot.domain.image_faults import ImageFault, UnreadableAnswer
from bot.domain.requests.requests import MadePicture
from bot.image_api.faults import fault_in_json
from bot.image_api.formats import chat_answer, gemini_answer
from bot.image_api.formats.unknown_places import FoundPicture, pictures_elsewhere
from bot.image_api.formats.wire_format import Chosen, Link, WireFormat
from bot.image_api.streaming.body_stream import ArrivedPicture, Body
from bot.pictures.references import Reference

log = structlog.get_logger()

MOST_RESULTS = 10
"""At most so many pictures of one answer are kept; models make no more."""

_Choose = Callable[[Body], tuple[Chosen, ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A parsed answer: the pictures that are results, and the faults that say why there are no more."""

    chosen: tuple[Chosen, ...]
    faults: list[ImageFault]
    body: Body  # without its error objects
    remarks: tuple[str, ...] = ()  # what is wrong with the answer, for the owner

    def all_remarks(self) -> tuple[str, ...]:
        """Return all remarks, with those about the base64 text of pictures. The file of such a picture may be whole."""
        pictures = [one.picture for one in self.chosen if isinstance(one.picture, ArrivedPicture)]
        return (*self.remarks, *(f"a picture is {one.remark}" for one in pictures if one.remark))


def read_answer(wire_format: WireFormat, body: Body, headers: Mapping[str, str]) -> Answer:
    """Interpret an answer in a wire format. Errors that the answer reports come first in `faults`."""
    faults = [fault for event in body.events if (fault := fault_in_json(headers, event))]
    sound = body.with_events(tuple(event for each in body.events for event in _without_error(each)))
    remarks = tuple(fault.owner_text for fault in (*faults, body.fault) if fault is not None)
    if body.fault is not None and not body.has_end:
        faults.append(body.fault)
    try:
        chosen = _choose(wire_format.choose, sound)
    except ImageFault as fault:
        return Answer((), [*faults, fault], sound, remarks)
    if not body.has_end:  # the address may be cut off
        chosen = tuple(one for one in chosen if not isinstance(one.picture, Link))
    return Answer(chosen[:MOST_RESULTS], faults, sound, remarks)


def _choose(own: _Choose, body: Body) -> tuple[Chosen, ...]:
    """Find the results in the endpoint's own format, else in the other: some gateways answer in the other format."""
    try:
        return own(body)
    except UnreadableAnswer:
        for choose in (chat_answer.choose, gemini_answer.choose):
            with suppress(UnreadableAnswer):
                return choose(body)
        raise


def _without_error(event: Any) -> list[Any]:
    """Remove the error from an event. Return an empty list if nothing else is left."""
    inner = event[0] if isinstance(event, list) and len(event) == 1 else event
    if not isinstance(inner, dict) or not inner.get("error"):
        return [event]
    rest = {key: value for key, value in inner.items() if key != "error"}
    return [rest] if rest else []


async def finished(one: Chosen) -> MadePicture | ImageFault:
    """Save an inline picture as a file."""
    assert isinstance(one.picture, ArrivedPicture)  # noqa: S101 - links are downloaded elsewhere
    try:
        return MadePicture(picture=await one.picture.finish(), words=quoted(one.words))
    except UnreadableAnswer as fault:
        return fault


async def finished_elsewhere(
    answer: Answer, lists: Sequence[Sequence[FoundPicture]], references: Sequence[Reference], endpoint: str
) -> tuple[MadePicture, ...]:
    """Save pictures found in places that no format defines. Raises the answer's first fault if there are none.

    Source pictures that we sent ourselves and the endpoint echoed are skipped.
    """
    made: dict[str, MadePicture] = {}
    for pictures in lists:
        if made and pictures[0].is_lesser:
            break
        for found in pictures:
            if any(found.picture.is_same(reference.data) for reference in references):
                continue
            with suppress(UnreadableAnswer):
                picture = await found.picture.finish()
                words = None if made else answer.faults[0].words
                made.setdefault(picture.sha256, MadePicture(picture=picture, words=words))
                log.warning("picture-in-unknown-place", endpoint=endpoint, place=found.place)
                break
    if not made:
        raise answer.faults[0]
    return tuple(made.values())[:MOST_RESULTS]


def elsewhere_in(answer: Answer) -> list[list[FoundPicture]]:
    """Find the pictures of an answer that are not among its results."""
    known = [one.picture for one in answer.chosen if isinstance(one.picture, ArrivedPicture)]
    return pictures_elsewhere(answer.body, known)


def quoted(words: str | None) -> Quoted | None:
    """Mark a text as the model's words. Return None if it is empty."""
    return Quoted(words) if words else None
