"""The worker: takes the next job fairly, has it painted, keeps the result, settles."""

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from bot.application.persistence import until_done
from bot.domain.errors import Defect, ImageFault
from bot.domain.requests import ClaimedJob, JobFailure, MadePicture, RequestId
from bot.ports import Clock, ImageApi, PaintOrder, PictureFiles, SourcePicture, Store

log = structlog.get_logger()


class ClaimLost(Exception):
    """The job is no longer ours: its mark found another state or attempt."""


class Worker:
    """Paints as many jobs at once as there are slots."""

    def __init__(
        self,
        store: Store,
        api: ImageApi,
        files: PictureFiles,
        *,
        slots: int,
        grace_seconds: float,
        clock: Clock,
        changed: Callable[[RequestId], None],
    ) -> None:
        self._store = store
        self._api = api
        self._files = files
        self._slots = asyncio.Semaphore(slots)
        self._grace_seconds = grace_seconds
        self._clock = clock
        self._changed = changed
        self._woken = asyncio.Event()
        self._painting: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """There may be a job to take."""
        self._woken.set()

    async def run(self) -> None:
        """Take jobs until cancelled; then give the pictures being made their grace, and put the rest back."""
        try:
            while True:
                await self._slots.acquire()
                job = await self._next_job()
                task = asyncio.create_task(self._paint_in_slot(job), name=f"job-{job.job}")
                self._painting.add(task)
                task.add_done_callback(self._painting.discard)
                self._changed(job.request)
        finally:
            await self._drain()

    async def _next_job(self) -> ClaimedJob:
        while True:
            self._woken.clear()
            job = await until_done(self._store.claim, self._clock, what="claim")
            if job is not None:
                return job
            await self._woken.wait()

    async def _drain(self) -> None:
        if self._painting:
            await asyncio.wait(self._painting, timeout=self._grace_seconds)
        for task in self._painting:
            task.cancel()
        await asyncio.gather(*self._painting, return_exceptions=True)

    async def _paint_in_slot(self, job: ClaimedJob) -> None:
        departure = _Departure(self._store, job)
        try:
            pictures = await self._paint(job, departure)
            await self._keep(job, pictures)
        except asyncio.CancelledError:
            # Only a job that has not left goes back; what has left is judged at the next start.
            await self._store.put_back(job.job, job.attempt)
            raise
        except ClaimLost:
            log.warning("claim-lost", job=job.job, attempt=job.attempt)
        except ImageFault as fault:
            await self._fail(job, fault, is_billed=fault.is_probably_billed and departure.has_left)
        finally:
            self._slots.release()
            self._changed(job.request)

    async def _paint(self, job: ClaimedJob, departure: "_Departure") -> tuple[MadePicture, ...]:
        """Have a job painted. Raises `ImageFault`; a mistake of ours is one too, a `Defect`."""
        sources = tuple(
            SourcePicture(picture=picture, read=partial(self._files.read, picture.sha256)) for picture in job.sources
        )
        order = PaintOrder(wish=job.wish, sources=sources)
        try:
            return await self._api.paint(order, self._files, leaving=departure.mark)
        except (ImageFault, ClaimLost):
            raise
        except Exception as error:
            log.exception("painting-defect", job=job.job, request=job.request)
            raise Defect("a mistake of ours; the traceback is above") from error

    async def _keep(self, job: ClaimedJob, pictures: tuple[MadePicture, ...]) -> None:
        """The pictures are on disk and paid: whatever ails the database, they are kept. Raises `ClaimLost`."""
        action = partial(self._store.painted, job.job, job.attempt, pictures)
        if not await until_done(action, self._clock, what="keep the pictures"):
            raise ClaimLost

    async def _fail(self, job: ClaimedJob, fault: ImageFault, *, is_billed: bool) -> None:
        log.warning(
            "no-picture",
            job=job.job,
            request=job.request,
            fault=fault.code,
            reason=fault.owner_text,
            probably_billed=is_billed,
        )
        failure = JobFailure(code=fault.code, words=fault.words)
        action = partial(self._store.failed, job.job, job.attempt, failure, is_billed=is_billed)
        await until_done(action, self._clock, what="release the credits")


class _Departure:
    """Commits the mark "the request leaves now", and remembers that it did."""

    def __init__(self, store: Store, job: ClaimedJob) -> None:
        self._store = store
        self._job = job
        self.has_left = False

    async def mark(self) -> None:
        """Raises `ClaimLost`, and then nothing may leave."""
        if not await self._store.mark_leaving(self._job.job, self._job.attempt):
            raise ClaimLost
        self.has_left = True
