"""The worker: takes the next job fairly, has it painted, keeps the result, settles."""

import asyncio
from collections.abc import Callable

import structlog

from bot.domain.errors import Defect, ImageFault
from bot.domain.requests import ClaimedJob, JobFailure, RequestId
from bot.ports import ImageApi, PaintOrder, PictureFiles, SourcePicture, Store

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
        changed: Callable[[RequestId], None],
    ) -> None:
        self._store = store
        self._api = api
        self._files = files
        self._slots = asyncio.Semaphore(slots)
        self._grace_seconds = grace_seconds
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
            job = await self._store.claim()
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
        try:
            await self._paint(job)
        except asyncio.CancelledError:
            # Only a job that has not left goes back; what has left is judged at the next start.
            await self._store.put_back(job.job, job.attempt)
            raise
        except ClaimLost:
            log.warning("claim-lost", job=job.job, attempt=job.attempt)
        except ImageFault as fault:
            await self._fail(job, fault)
        except Exception:
            log.exception("painting-defect", job=job.job, request=job.request)
            await self._fail(job, Defect("a mistake of ours; see the traceback above"))
        finally:
            self._slots.release()
            self._changed(job.request)

    async def _paint(self, job: ClaimedJob) -> None:
        async def leaving() -> None:
            if not await self._store.mark_leaving(job.job, job.attempt):
                raise ClaimLost

        sources = tuple(
            SourcePicture(picture=picture, read=lambda sha256=picture.sha256: self._files.read(sha256))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            for picture in job.sources
        )
        pictures = await self._api.paint(PaintOrder(wish=job.wish, sources=sources), self._files, leaving=leaving)
        await self._store.painted(job.job, job.attempt, pictures)

    async def _fail(self, job: ClaimedJob, fault: ImageFault) -> None:
        log.warning(
            "no-picture",
            job=job.job,
            request=job.request,
            fault=fault.code,
            reason=fault.owner_text,
            probably_billed=fault.is_probably_billed,
        )
        failure = JobFailure(code=fault.code, words=fault.words)
        await self._store.failed(job.job, job.attempt, failure, is_billed=fault.is_probably_billed)
