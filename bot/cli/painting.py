"""`plantain imagine`: paints one picture to a file, with the same prompt grammar and image API as the bot."""

import asyncio
import hashlib
import logging
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import click

from bot.application.texts import MessageCatalog, plain
from bot.application.wording import SEPARATOR, difference, failure_of, failure_sentence
from bot.cli.failure import Failed
from bot.cli.logging import set_up_logging
from bot.cli.progress import shown_progress
from bot.config import Settings
from bot.domain.catalogue.models import ImageModel
from bot.domain.chat import ENDINGS, Sentence, StoredPicture
from bot.domain.errors import CommandFault, NoRoom, PictureFault
from bot.domain.events import CommandCall
from bot.domain.image_faults import ImageFault, meaning_of
from bot.domain.prompt.commands import ParsedPrompt, check_sources, parse_prompt
from bot.domain.requests.queue import Turn
from bot.domain.requests.requests import PictureLink, PictureWish, Try
from bot.picture_store.single_file import SingleFile
from bot.pictures.look import look
from bot.pictures.workshop import Files, Workshop
from bot.ports import ImageRequest, SourcePicture
from bot.wiring.endpoints import build_image_api

NAME_LIMIT = 40
"""The most characters of a prompt that are used in a file name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """The arguments of the command line."""

    prompt: str
    options: Mapping[str, str]
    sources: tuple[Path, ...]
    target: Path | None


def paint(order: Paint, settings: Settings) -> None:
    """Paint the picture, and print its path, pixels, bytes and seconds. Raises a `ClickException`."""
    try:
        call = CommandCall(name="imagine", argument=order.prompt, options=order.options)
        wish = _the_one_wish(parse_prompt(call, settings.catalogue, pictures=len(order.sources)))
        model = settings.catalogue.find(wish.model) or settings.catalogue.default
        check_sources(len(order.sources), model)
    except CommandFault as fault:
        raise click.UsageError(" ".join(_say(sentence) for sentence in fault.sentences)) from fault
    set_up_logging(logging.CRITICAL)  # the command itself prints what there is to say
    for note in settings.notes:
        click.echo(f"plantain: {note}", err=True)
    asyncio.run(_paint(order, wish, model, settings))


def _the_one_wish(parsed: ParsedPrompt) -> PictureWish:
    if len(parsed.prompts) > 1:
        raise CommandFault(Sentence("one-picture-here"))
    return replace(parsed.wish, prompt=parsed.prompts[0])


async def _paint(order: Paint, wish: PictureWish, model: ImageModel, settings: Settings) -> None:
    sink = SingleFile(order.target or _free_name(wish.prompt))
    _check_target(sink.target)
    sources = [await _source(path) for path in order.sources]
    workshop = Workshop(files=Files(readable=order.sources))
    api = build_image_api(settings, workshop)
    started = time.monotonic()
    try:
        async with shown_progress(_title(wish, model), model.terms_for(wish.settings).expected_seconds):
            (made, *_) = await api.paint(ImageRequest(wish=wish, sources=tuple(sources)), sink, NoJournal())
    except ImageFault as fault:
        raise Failed(f"{_say(failure_sentence(failure_of(fault)))} ({fault.owner_text})") from fault
    except NoRoom as fault:
        raise Failed(f"there is no room for a picture at {sink.target}: {fault}; nothing was asked for") from fault
    except OSError as error:
        raise Failed(f"{error.filename or sink.target}: {error.strerror}") from error
    finally:
        await api.close()
        await workshop.close()
    picture = made.picture
    if (told := difference(wish, picture, settings.catalogue)) is not None:
        click.echo(_say(told), err=True)
    click.echo(
        f"{sink.path}  {picture.width}×{picture.height}  {picture.size_bytes:,} bytes  "
        f"{time.monotonic() - started:.1f} s"
    )


def _check_target(target: Path) -> None:
    """Check that the picture can be written, before it is paid for. Raises `Failed` if not."""
    if not target.parent.is_dir():
        raise Failed(f"the folder {target.parent} is not there; make it, or choose another with -o")
    try:
        with tempfile.TemporaryFile(dir=target.parent, prefix=target.name):
            pass
    except OSError as error:
        raise Failed(f"{target} cannot be written: {error.strerror}; choose another place with -o") from error


class NoJournal:
    """Implements the `Journal` port without recording anything: the command line has no credits and no store."""

    def waits(self, turn: Callable[[], Turn | None]) -> None:
        """Ignore the turn: nobody is told a place in the queue."""

    async def request_sent(self, endpoint: str) -> None:
        """Commit nothing: a crash ends the command."""

    async def links_found(self, links: Sequence[PictureLink]) -> None:
        """Commit nothing: the pictures are not fetched again after a crash."""

    async def attempt_finished(self, attempt: Try) -> None:
        """Commit nothing: there are no figures for endpoints."""


async def _source(path: Path) -> SourcePicture:
    try:
        picture = await asyncio.to_thread(_look_at, path)
    except PictureFault as fault:
        raise Failed(f"{path}: {_say(meaning_of(fault).sentence)}") from fault
    except OSError as error:
        raise Failed(f"{path}: {error.strerror}") from error
    return SourcePicture(picture=picture, open_file=partial(_there, path))


def _look_at(path: Path) -> StoredPicture:
    seen = look(path)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return StoredPicture(
        sha256=sha256, mime=seen.mime, width=seen.width, height=seen.height, size_bytes=path.stat().st_size
    )


@asynccontextmanager
async def _there(path: Path) -> AsyncIterator[Path]:
    yield path


def _title(wish: PictureWish, model: ImageModel) -> str:
    return SEPARATOR.join((model.title, *wish.settings.labels()))


def _free_name(prompt: str) -> Path:
    """Make a file name from the prompt that no picture in this folder has yet. Raises `Failed` if all are taken."""
    words = re.sub(r"[\W_]+", "-", prompt.casefold()).strip("-")[:NAME_LIMIT].strip("-") or "picture"
    for number in range(1, 10_000):
        path = Path(words if number == 1 else f"{words}-{number}")
        if not any(path.with_name(path.name + ending).exists() for ending in ENDINGS.values()):
            return path
    raise Failed(f"there are ten thousand pictures named {words} here already; name one with -o")


def _say(sentence: Sentence) -> str:
    """Format a sentence in the language of the terminal."""
    tag = os.environ.get("LC_ALL") or os.environ.get("LANG") or "en"
    return plain(MessageCatalog().say(sentence, tag.partition(".")[0]))
