"""The worker: claims the next job in fair order, has it painted, keeps the pictures and settles the credits."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import structlog

from bot.application.painting.endpoint_turns import EndpointTurns
from bot.application.painting.journal import ClaimLost, JobJournal
from bot.application.painting.picture_room import PictureRoom
from bot.application.persistence import FIRST_PAUSE_SECONDS, PASSING, first_taken, until_done
from bot.application.wording import failure_of
from bot.domain.catalogue.models import ModelCatalog
from bot.domain.errors import NoRoom, StoreUnavailable
from bot.domain.fault_meaning import Bill
from bot.domain.image_faults import Defect, ImageFault, Interrupted, meaning_of
from bot.domain.requests.requests import INTERRUPTED, ClaimedJob, JobFailure, MadePicture, RequestId
from bot.ports import Clock, ImageApi, ImageRequest, PictureFiles, SourcePicture, Store

log = structlog.get_logger()


class Worker:
    """Paints as many jobs at once as there are slots."""

    def __init__(
        self,
        store: Store,
        api: ImageApi,
        files: PictureFiles,
        catalogue: ModelCatalog,
        *,
        slots: int,
        grace_seconds: float,
        clock: Clock,
        max_attempts: int,
        room: PictureRoom,
        at_endpoints: EndpointTurns,
        changed: Callable[[RequestId], None],
    ) -> None:
        self._store = store
        self._api = api
        self._files = files
        self._catalogue = catalogue
        self._most_at_once = slots
        self._slots = asyncio.Semaphore(slots)
        self._grace_seconds = grace_seconds
        self._clock = clock
        self._max_attempts = max_attempts
        self._room = room
        self._at_endpoints = at_endpoints
        self._changed = changed
        self._woken = asyncio.Event()
        self._painting: dict[asyncio.Task[None], ClaimedJob] = {}

    def wake(self) -> None:
        """Look for a job to claim: there may be one now."""
        self._woken.set()

    def stop_waiting(self, request: RequestId | None = None) -> None:
        """Cancel the painting of jobs that wait at an endpoint, of one request or of all.

        The jobs are queued again, unless they have ended.
        """
        for task, job in self._painting.items():
            if request in (None, job.request) and self._at_endpoints.of(job.job) is not None:
                task.cancel()

    @property
    def is_busy(self) -> bool:
        """Whether all slots are taken, so that a new job has to wait."""
        return len(self._painting) >= self._most_at_once

    async def run(self) -> None:
        """Claim jobs until cancelled. Then queue waiting jobs again, and let the others run for the grace period."""
        try:
            while True:
                await self._slots.acquire()
                job = await self._next_job()
                task = asyncio.create_task(self._paint_in_slot(job), name=f"job-{job.job}")
                self._painting[task] = job
                task.add_done_callback(lambda ended: self._painting.pop(ended, None))
                self._changed(job.request)
        finally:
            await self._drain()

    async def _next_job(self) -> ClaimedJob:
        while True:
            await self._room.until_there()
            self._woken.clear()
            # Retry after any exception: a worker that stopped would paint nothing for anybody.
            job = await until_done(self._claim, self._clock, what="claim", also=(Exception,))
            if job is not None:
                return job
            await self._woken.wait()

    async def _claim(self) -> ClaimedJob | None:
        """Claim a job. If the worker is cancelled during the claim, queue the job again: nobody would paint it."""
        claiming = asyncio.create_task(self._store.claim())
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            with suppress(Exception):  # nothing was claimed, or the next start queues it again
                if (job := await claiming) is not None:
                    await self._store.put_back(job.job, job.attempt)
            raise

    async def _drain(self) -> None:
        self.stop_waiting()
        if self._painting:
            await asyncio.wait(list(self._painting), timeout=self._grace_seconds)
        left = list(self._painting)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _paint_in_slot(self, job: ClaimedJob) -> None:
        changed = partial(self._changed, job.request)
        journal = JobJournal(self._store, job, self._catalogue, self._clock, changed=changed)
        self._at_endpoints.keep(job.job, journal.turn)
        try:
            await self._paint_and_keep(job, journal)
        except asyncio.CancelledError:
            # The store queues a job again only if no request was sent, or if only its pictures are being fetched. The
            # next start decides about the others, and about jobs that the store cannot write now.
            with suppress(*PASSING):
                await self._store.put_back(job.job, job.attempt)
            raise
        except ClaimLost:
            log.warning("claim-lost", job=job.job, attempt=job.attempt)
        except NoRoom as fault:
            self._room.lacks(fault)
            await self._put_back(job)
        except StoreUnavailable as fault:
            log.warning("job-waits-for-the-store", job=job.job, reason=str(fault))
            await self._put_back(job)
            await self._clock.sleep(FIRST_PAUSE_SECONDS)
        except Exception:  # the store refuses both the pictures and a failure, even without words
            log.exception("job-not-ended", job=job.job, request=job.request)
        finally:
            self._at_endpoints.drop(job.job)
            self._slots.release()
            self._changed(job.request)

    async def _put_back(self, job: ClaimedJob) -> None:
        """Queue a job again that has sent nothing. Retry until the store can be written."""
        put_back = partial(self._store.put_back, job.job, job.attempt)
        if not await until_done(put_back, self._clock, what="put a job back"):
            # It was cancelled meanwhile. Or the mark was committed although no request was sent: then fail the job, so
            # that it does not stay marked.
            failure = INTERRUPTED
            failed = partial(self._store.failed, job.job, job.attempt, failure, is_billed=False)
            await until_done(failed, self._clock, what="release the credits")
        self.wake()

    async def _paint_and_keep(self, job: ClaimedJob, journal: JobJournal) -> None:
        try:
            await self._keep(job, await self._paint(job, journal), journal)
        except ImageFault as fault:
            await self._fail(job, fault, journal)

    async def _paint(self, job: ClaimedJob, journal: JobJournal) -> tuple[MadePicture, ...]:
        """Have a job painted. Raises `ImageFault`; a bug of ours is raised as one too, as a `Defect`.

        Raises `NoRoom` or `StoreUnavailable` if no request could be sent yet, and `ClaimLost`.
        """
        attempts_left = self._max_attempts - job.sent_attempts
        if attempts_left < 1 and not job.links:
            raise Interrupted("it was asked for as often as it may be")
        sources = tuple(
            SourcePicture(picture=picture, open_file=partial(self._files.local_file, picture.sha256))
            for picture in job.sources
        )
        order = ImageRequest(
            wish=job.wish,
            sources=sources,
            account=str(job.account),
            links=job.links,
            attempts_left=attempts_left,
        )
        try:
            return await self._api.paint(order, self._files, journal)
        except (ImageFault, ClaimLost, NoRoom, StoreUnavailable):
            raise
        except Exception as error:
            log.exception("painting-defect", job=job.job, request=job.request)
            raise Defect("a mistake of ours; the traceback is above") from error

    async def _keep(self, job: ClaimedJob, pictures: tuple[MadePicture, ...], journal: JobJournal) -> None:
        """Commit the pictures, which are on disk and paid for. If the store refuses the details, commit them without.

        Raises `ClaimLost`, and `Defect` if the store refuses the pictures themselves.
        """
        bare = tuple(replace(made, words=None) for made in pictures)
        keep = partial(self._store.painted, job.job, job.attempt)
        actions = [partial(keep, pictures, journal.unwritten), partial(keep, bare)]
        try:
            is_ours = await first_taken(actions, self._clock, what="keep the pictures")
        except Exception as error:
            log.exception("pictures-not-kept", job=job.job, request=job.request)
            raise Defect("the store does not take the pictures; the traceback is above") from error
        if not is_ours:
            raise ClaimLost

    async def _fail(self, job: ClaimedJob, fault: ImageFault, journal: JobJournal) -> None:
        await journal.write()
        meaning = meaning_of(fault)
        is_billed = meaning.bill is Bill.PROBABLE and journal.is_under_way
        log.warning(
            "no-picture",
            job=job.job,
            request=job.request,
            fault=meaning.code,
            reason=fault.owner_text,
            probably_billed=is_billed or journal.was_billed,
        )
        failures = (failure_of(fault), JobFailure(code=meaning.code))
        fail = partial(self._store.failed, job.job, job.attempt, is_billed=is_billed)
        await first_taken([partial(fail, failure) for failure in failures], self._clock, what="release the credits")
