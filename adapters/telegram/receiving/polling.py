"""Long polling: fetches updates, and confirms only those that are durable or whose answer is queued.

The library's own loop has three faults. It confirms updates that are only in a queue in memory. It ends silently when a
token is refused. It fetches an unreadable update again for ever. This loop does none of that, and uses only
`get_updates` of the library.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import chain, repeat

import structlog
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from adapters.telegram.faults import attempt, reason_of, seconds_of
from adapters.telegram.receiving.intake import KINDS, lane_of, read_update
from adapters.telegram.receiving.serial_queues import SerialQueues
from adapters.telegram.requests import PollingRequest
from bot.domain.errors import StoreUnavailable

log = structlog.get_logger()

POLL_SECONDS = 45
"""How long Telegram holds a request open when there is no update yet."""

ROUND_TRIP_SECONDS = 120.0
"""A request without an answer after this time is given up."""

HOLD_SECONDS = 0.3
"""How long to wait for the updates of a batch to be handled before fetching more beside them."""

PAUSES_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
"""The backoff: the pause after the first fault in a row, after the second, and so on."""

_LAST_WORD_SECONDS = 5.0

Connect = Callable[[PollingRequest], Bot]
Take = Callable[[Update], Awaitable[None]]
Sign = Callable[[Sequence[Update]], Awaitable[None]]


class Poller:
    """Fetches updates until cancelled, and handles each in the queue of its chat."""

    def __init__(
        self,
        connect: Connect,
        take: Take,
        queues: SerialQueues,
        *,
        sign: Sign,
        round_trip_seconds: float = ROUND_TRIP_SECONDS,
        pauses: Sequence[float] = PAUSES_SECONDS,
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        self._connect = connect
        self._take = take
        self._queues = queues
        self._sign = sign
        self._round_trip_seconds = round_trip_seconds
        self._pauses = pauses
        self._hold_seconds = hold_seconds
        self._request = PollingRequest()
        self._bot = connect(self._request)
        self._next = 0  # the ID after the highest one that was handed over
        self._taken: set[int] = set()  # handed-over IDs at or above the offset
        self._open: dict[int, asyncio.Task[None]] = {}  # updates that are not durable yet
        self._faults = 0  # in a row

    async def run(self) -> None:
        """Fetch updates and hand them over until cancelled. Then call `confirm` to confirm the durable ones."""
        try:
            while True:
                await self._round()
        finally:
            await self._request.shutdown()

    async def confirm(self) -> None:
        """Confirm durable updates at shutdown, so that Telegram does not send them again after the next start."""
        self._settle()
        if not self._next:
            return
        request = PollingRequest()
        try:
            await attempt("confirm", partial(self._confirm_over, self._connect(request)))
        finally:
            await request.shutdown()

    async def _confirm_over(self, bot: Bot) -> None:
        async with asyncio.timeout(_LAST_WORD_SECONDS):
            await bot.get_updates(offset=self._offset, limit=1, timeout=0, allowed_updates=KINDS)

    @property
    def _offset(self) -> int:
        return min(self._open, default=self._next)

    async def _round(self) -> None:
        try:
            updates = await self._fetch()
        except TimeoutError:
            await self._begin_anew("no answer to getUpdates within two minutes")
        except RetryAfter as error:
            await asyncio.sleep(seconds_of(error))
        except InvalidToken:
            await self._begin_anew("the token was refused")
        except Conflict as error:
            await self._yield_to(error)
        except TelegramError as error:
            if not self._faults:
                log.warning("telegram-not-reached", fault=reason_of(error))
            await self._pause()
        except Exception:
            log.exception("telegram-polling-failed")
            await self._begin_anew("an answer that nobody expected")
        else:
            self._faults = 0
            await self._hand_over(updates)

    async def _fetch(self) -> Sequence[Update]:
        async with asyncio.timeout(self._round_trip_seconds):
            timeout = 0 if self._open else POLL_SECONDS
            try:
                return await self._bot.get_updates(offset=self._offset, timeout=timeout, allowed_updates=KINDS)
            except (TelegramError, TimeoutError):
                raise
            except Exception:  # noqa: BLE001 - because of one unreadable update the library returns none
                updates, numbers = self._readable(self._request.last_answer)
        for number in numbers:
            self._pass(number)
        if not updates and not numbers:  # nothing to confirm, so the same answer would come at once
            await asyncio.sleep(self._pauses[0])
        return updates

    def _readable(self, answer: bytes) -> tuple[list[Update], list[int]]:
        """Parse an answer update by update. Return readable updates, and the IDs of unreadable ones to skip for good.

        An unreadable update without an ID is skipped too: it is gone as soon as a later one is confirmed.
        """
        updates: list[Update] = []
        numbers: list[int] = []
        for raw in json.loads(answer)["result"]:
            update = read_update(raw, self._bot)
            number = raw.get("update_id") if isinstance(raw, dict) else None
            if update is not None:
                updates.append(update)
            elif isinstance(number, int):
                numbers.append(number)
        return updates, numbers

    async def _hand_over(self, updates: Sequence[Update]) -> None:
        new = [update for update in updates if update.update_id not in self._taken]
        await self._sign(new)
        for update in new:
            number = update.update_id
            if number not in self._taken:
                self._pass(number)
                self._open[number] = self._queues.put(lane_of(update), partial(self._take_until_durable, update))
        if self._open:
            await asyncio.wait(self._open.values(), timeout=self._hold_seconds)
        self._settle()

    async def _take_until_durable(self, update: Update) -> None:
        """Handle an update. Retry with backoff while the store is unavailable. Only its own chat waits meanwhile."""
        for pause in chain(self._pauses, repeat(self._pauses[-1])):
            try:
                await self._take(update)
            except StoreUnavailable:
                log.warning("telegram-update-not-stored", update=update.update_id, again_in=pause)
                await asyncio.sleep(pause)
            else:
                return

    def _pass(self, number: int) -> None:
        self._taken.add(number)
        self._next = max(self._next, number + 1)

    def _settle(self) -> None:
        self._open = {number: task for number, task in self._open.items() if not _is_durable(task)}
        self._taken = {number for number in self._taken if number >= self._offset}

    async def _begin_anew(self, reason: str) -> None:
        """Close the connection, open a new one, and pause."""
        log.error("telegram-polling-begun-anew", reason=reason)
        old, self._request = self._request, PollingRequest()
        self._bot = self._connect(self._request)
        await old.shutdown()
        await self._pause()

    async def _yield_to(self, error: Conflict) -> None:
        """Pause, because another process fetches our updates, or a webhook is still set. Delete such a webhook."""
        log.warning("telegram-conflict", words=error.message)
        await self._pause()
        if "webhook" in error.message.casefold():
            await attempt("delete-webhook", self._bot.delete_webhook)

    async def _pause(self) -> None:
        seconds = self._pauses[min(self._faults, len(self._pauses) - 1)]
        self._faults += 1
        await asyncio.sleep(seconds)


def _is_durable(task: asyncio.Task[None]) -> bool:
    """Whether an update was handled. If it was cancelled at shutdown, Telegram sends it again at the next start."""
    return task.done() and not task.cancelled() and task.exception() is None
