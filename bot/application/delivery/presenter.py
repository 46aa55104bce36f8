"""Prepares the results of a request in the form in which a chat takes them."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot.domain.chat import Abilities, OutgoingPicture, Quoted, StoredPicture
from bot.domain.errors import PictureFault
from bot.domain.image_faults import meaning_of
from bot.domain.presentation import Encoding, Original, Originals, Plan, plan
from bot.domain.requests.request_view import RequestView, Result
from bot.ports import PictureFiles, PictureLinks

log = structlog.get_logger()

DESCRIPTION_LIMIT = 1_000
"""The most characters of a prompt in a picture's alternative text."""


class Presenter:
    """Plans how results are sent, and has the copies made that the plan needs."""

    def __init__(self, files: PictureFiles, links: PictureLinks | None, originals: Originals) -> None:
        self._files = files
        self._links = links
        self._originals = originals

    async def kept(self, view: RequestView) -> RequestView:
        """Return the request with only those results whose files are intact. The files are kept while they are sent."""
        results = [result for result in view.results if await self._files.renew_intact(result.picture.sha256)]
        return replace(view, results=tuple(results))

    async def present(
        self, view: RequestView, abilities: Abilities, *, fallback_level: int = 0
    ) -> tuple[OutgoingPicture, ...]:
        """Prepare the results for a conversation with these abilities.

        `domain.presentation` defines the fallback levels. A picture that cannot be copied is sent without a copy.
        """
        pictures = [result.picture for result in view.results]
        plans = self._plan(pictures, abilities, fallback_level)
        presented = []
        for result, planned in zip(view.results, plans, strict=True):
            try:
                shown = await self._shown(result.picture, planned)
            except PictureFault as fault:
                log.warning("picture-not-copied", request=view.id, result=result.id, fault=meaning_of(fault).code)
                [without] = self._plan([result.picture], replace(abilities, shown=None), fallback_level)
                presented.append(self._outgoing(result, view, without, None))
            else:
                presented.append(self._outgoing(result, view, planned, shown))
        return tuple(presented)

    def _plan(self, pictures: Sequence[StoredPicture], abilities: Abilities, fallback_level: int) -> tuple[Plan, ...]:
        has_links = self._links is not None
        return plan(pictures, abilities, has_links=has_links, fallback_level=fallback_level, originals=self._originals)

    async def _shown(self, picture: StoredPicture, planned: Plan) -> StoredPicture | None:
        if isinstance(planned.shown, Encoding):
            return await self._files.encoded(picture, planned.shown)
        return planned.shown

    def _outgoing(
        self, result: Result, view: RequestView, planned: Plan, shown: StoredPicture | None
    ) -> OutgoingPicture:
        filename = _filename(result)
        is_linked = planned.original is Original.LINK and self._links is not None
        return OutgoingPicture(
            number=result.number,
            original=result.picture,
            shown=shown,
            as_file=planned.original is Original.FILE,
            is_behind_button=planned.original is Original.BUTTON,
            is_barred=planned.original is Original.BARRED,
            link=self._links.link_to(result.picture, filename) if is_linked and self._links else None,
            filename=filename,
            description=Quoted(result.prompt[:DESCRIPTION_LIMIT]),
        )


def file_of(result: Result) -> OutgoingPicture:
    """Prepare the original of a result as a file only."""
    return OutgoingPicture(
        number=result.number,
        original=result.picture,
        shown=None,
        as_file=True,
        link=None,
        filename=_filename(result),
        description=Quoted(result.prompt[:DESCRIPTION_LIMIT]),
    )


def _filename(result: Result) -> str:
    """Make the filename of a result. By the public id in it, an adapter finds a file that it has sent.

    The request's number is not used: it would tell how many requests there are.
    """
    return f"plantain-{result.public_id}-{result.number}{result.picture.ending}"
