"""Downloads the pictures that an answer gives as URLs: at once, and only from safe hosts.

The URLs are signed: whoever has one can download the picture. So messages about a link name its host and never its
path.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import httpcore
import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from bot.domain.errors import PictureFault
from bot.domain.image_faults import LinkBroken
from bot.domain.requests.requests import MadePicture, PictureLink
from bot.image_api.links.checked_network import CheckedNetwork, Hitch, Resolve, addresses_of
from bot.image_api.links.downloads import ArrivedFile, Downloads, unlogged
from bot.image_api.links.safe_url import AllowedHosts, SafeUrl, to_safe_url
from bot.ports import PictureSink

MOST_REDIRECTS = 5

MOST_AT_ONCE = 10
"""Links downloaded at the same time. An answer has no more results, so none waits behind a slow server."""

MOST_TRIES = 4
"""Attempts for each picture. A download costs nothing."""

_PAUSE = wait_random_exponential(multiplier=0.5, max=8)
"""A random wait: up to half a second before the second attempt, one second before the third, and so on."""

log = structlog.get_logger()

Outcome = TypeVar("Outcome")


class LinkedPictures:
    """Downloads linked pictures from the public Internet and from the hosts that the owner allows.

    `AllowedHosts` describes `allowed_hosts`. `most_bytes` limits each file, compressed and decompressed.
    `longest_seconds` limits all files of an answer together, with all redirects and attempts. Raises
    `ConfigurationError` if an allowed host is not valid.
    """

    def __init__(
        self,
        *,
        allowed_hosts: frozenset[str] = frozenset(),
        most_bytes: int = 64_000_000,
        longest_seconds: float = 120.0,
        longest_silence_seconds: float = 30.0,
        resolve: Resolve = addresses_of,
        network: httpcore.AsyncNetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._longest_seconds = longest_seconds
        self._allowed = AllowedHosts(allowed_hosts)
        self._downloads = Downloads(
            CheckedNetwork(self._allowed, resolve=resolve, network=network or httpcore.AnyIOBackend()),
            most_bytes=most_bytes,
            longest_silence_seconds=longest_silence_seconds,
            tls=tls,
        )
        self._sleep = sleep

    async def fetch(self, links: Sequence[PictureLink], sink: PictureSink) -> tuple[MadePicture, ...]:
        """Download these links, and return each different picture once. Raises `LinkBroken` if none can be downloaded.

        If it fails or is cancelled during a download, nothing is left in the sink: no file is finished before all have
        arrived.
        """
        made: dict[str, MadePicture] = {}
        faults: list[LinkBroken] = []
        for one in await self.fetch_each(links, sink):
            if isinstance(one, LinkBroken):
                faults.append(one)
            else:
                made.setdefault(one.picture.sha256, one)
        if not made:
            raise faults[0] if faults else LinkBroken("there was no link to fetch")
        return tuple(made.values())

    async def fetch_each(self, links: Sequence[PictureLink], sink: PictureSink) -> list[MadePicture | LinkBroken]:
        """Download all links at the same time. Return the result of each, in their order.

        If it is cancelled during a download, nothing is left in the sink: no file is finished before all have arrived.
        If only some links give a picture, the others are logged.
        """
        deadline = asyncio.get_running_loop().time() + self._longest_seconds
        turns = asyncio.Semaphore(MOST_AT_ONCE)
        async with AsyncExitStack() as files:
            arrived = await _together([self._try_one(link, sink, files, turns, deadline) for link in links])
            outcomes = [await _finish(link, one) for link, one in zip(links, arrived, strict=True)]
        if any(isinstance(one, MadePicture) for one in outcomes):
            for one in outcomes:
                if isinstance(one, LinkBroken):
                    log.warning("link-broken", reason=one.owner_text)
        return outcomes

    async def close(self) -> None:
        """Close every connection."""
        await self._downloads.close()

    async def _try_one(
        self, link: PictureLink, sink: PictureSink, files: AsyncExitStack, turns: asyncio.Semaphore, deadline: float
    ) -> ArrivedFile | LinkBroken:
        try:
            safe_url = to_safe_url(link.url)
            limit = asyncio.timeout_at(deadline)
            try:
                async with limit, turns:
                    with unlogged():
                        arrived: ArrivedFile = await self._tries()(self._follow, safe_url, sink, files)
                        return arrived
            except Hitch as hitch:
                raise LinkBroken(f"{hitch}, {MOST_TRIES} times") from hitch
            except TimeoutError as error:
                if not limit.expired():
                    raise  # not our time limit: raised by the disk
                raise LinkBroken(f"{safe_url.host} gave no whole file within {self._longest_seconds:g} s") from error
        except LinkBroken as fault:
            return fault

    def _tries(self) -> AsyncRetrying:
        return AsyncRetrying(
            sleep=self._sleep,
            stop=stop_after_attempt(MOST_TRIES),
            wait=_PAUSE,
            retry=retry_if_exception_type(Hitch),
            reraise=True,
        )

    async def _follow(self, safe_url: SafeUrl, sink: PictureSink, files: AsyncExitStack) -> ArrivedFile:
        for _ in range(1 + MOST_REDIRECTS):
            found = await self._downloads.get(safe_url, sink, files)
            if isinstance(found, ArrivedFile):
                return found
            # A redirect from https to http is refused: others could read the link and change the picture.
            is_downgrade = (safe_url.scheme, found.scheme) == ("https", "http")
            if is_downgrade and not self._allowed.hold(found.host, found.port):
                raise LinkBroken(f"{safe_url.host} redirects to {found.host} without encryption")
            safe_url = found
        raise LinkBroken(f"{safe_url.host} is the end of more than {MOST_REDIRECTS} redirects")


async def _together(work: Sequence[Coroutine[Any, Any, Outcome]]) -> list[Outcome]:
    """Run all coroutines at the same time. If one raises, cancel the others and wait for them before raising."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _finish(link: PictureLink, arrived: ArrivedFile | LinkBroken) -> MadePicture | LinkBroken:
    """Make a picture of a downloaded file."""
    if isinstance(arrived, LinkBroken):
        return arrived
    try:
        made = MadePicture(picture=await arrived.writer.finish(), words=link.words)
    except PictureFault as fault:
        return LinkBroken(f"what {arrived.host} sent is no picture: {fault}")
    if arrived.remark:
        log.warning("picture-of-a-broken-answer", reason=arrived.remark)
    return made
