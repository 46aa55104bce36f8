"""The worker: takes the next job fairly, has it painted, keeps the result, settles."""

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from bot.application.journal import ClaimLost, JobJournal
from bot.application.persistence import until_done
from bot.application.wording import failure_of
from bot.domain.image_faults import Defect, ImageFault
from bot.domain.requests import ClaimedJob, MadePicture, RequestId
from bot.ports import Clock, ImageApi, PaintOrder, PictureFiles, SourcePicture, Store

log = structlog.get_logger()


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
        self._most_at_once = slots
        self._slots = asyncio.Semaphore(slots)
        self._grace_seconds = grace_seconds
        self._clock = clock
        self._changed = changed
        self._woken = asyncio.Event()
        self._painting: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """There may be a job to take."""
        self._woken.set()

    @property
    def is_busy(self) -> bool:
        """Whether a job that comes now has to wait for another to end."""
        return len(self._painting) >= self._most_at_once

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
        journal = JobJournal(self._store, job, self._clock)
        try:
            pictures = await self._paint(job, journal)
            await self._keep(job, pictures)
        except asyncio.CancelledError:
            # What is under way does not go back, unless it is only fetched: it is judged at the next start.
            await self._store.put_back(job.job, job.attempt)
            raise
        except ClaimLost:
            log.warning("claim-lost", job=job.job, attempt=job.attempt)
        except ImageFault as fault:
            await self._fail(job, fault, journal)
        finally:
            self._slots.release()
            self._changed(job.request)

    async def _paint(self, job: ClaimedJob, journal: JobJournal) -> tuple[MadePicture, ...]:
        """Have a job painted. Raises `ImageFault`; a mistake of ours is one too, a `Defect`."""
        sources = tuple(
            SourcePicture(picture=picture, open_file=partial(self._files.local_file, picture.sha256))
            for picture in job.sources
        )
        order = PaintOrder(wish=job.wish, sources=sources, account=str(job.account), links=job.links)
        try:
            return await self._api.paint(order, self._files, journal)
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

    async def _fail(self, job: ClaimedJob, fault: ImageFault, journal: JobJournal) -> None:
        is_billed = fault.is_probably_billed and journal.is_under_way
        log.warning(
            "no-picture",
            job=job.job,
            request=job.request,
            fault=fault.code,
            reason=fault.owner_text,
            probably_billed=is_billed or journal.was_billed,
        )
        action = partial(self._store.failed, job.job, job.attempt, failure_of(fault), is_billed=is_billed)
        await until_done(action, self._clock, what="release the credits")
