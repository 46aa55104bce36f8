"""Deliveries in the database: each method is one transaction."""

from collections.abc import Mapping, Sequence

from bot.domain.chat import ConversationKey, Member, MessageRef, Posted, PublicId
from bot.domain.credits import CreditPolicy
from bot.domain.requests.requests import (
    DeliveryState,
    KeptPart,
    RequestId,
    ResultId,
    ShownElsewhere,
    WaitingPictures,
)
from bot.ports import Clock
from bot.storage.credits import accounts, refunds
from bot.storage.delivery import deliveries, delivery_parts, undelivered
from bot.storage.engines.database import Database


class SqlDeliveries:
    """Deliveries, their parts, and the pictures that no chat accepted. Part of `SqlStore`."""

    def __init__(self, database: Database, policy: CreditPolicy, clock: Clock) -> None:
        self._database = database
        self._policy = policy
        self._now = clock.now

    async def undelivered(self, *, only_ended: bool = False) -> Sequence[RequestId]:
        """Return requests that delivery still has to work on."""
        return await self._database.transact(
            lambda connection: deliveries.undelivered(connection, only_ended=only_ended)
        )

    async def begin_status(self, request: RequestId) -> bool:
        """Record that a status message is about to be sent."""
        return await self._database.transact(lambda connection: deliveries.begin_status(connection, request))

    async def status_over(self, request: RequestId) -> None:
        """Record that a status message is gone, or was never sent."""
        await self._database.transact(lambda connection: deliveries.status_over(connection, request))

    async def parts(self, request: RequestId) -> Mapping[str, KeptPart]:
        """Return the parts of an outcome that were begun."""
        return await self._database.transact(lambda connection: delivery_parts.parts(connection, request))

    async def begin_part(self, request: RequestId, part: str) -> None:
        """Record that a part is about to be sent."""
        await self._database.transact(
            lambda connection: delivery_parts.begin_part(connection, request, part, self._now())
        )

    async def part_not_begun(self, request: RequestId, part: str) -> None:
        """Record that a part was certainly not sent."""
        await self._database.transact(lambda connection: delivery_parts.part_not_begun(connection, request, part))

    async def part_taken(self, request: RequestId, part: str, refs: Sequence[MessageRef]) -> None:
        """Record that the platform has accepted a part."""
        await self._database.transact(lambda connection: delivery_parts.part_taken(connection, request, part, refs))

    async def status_posted(self, request: RequestId, posted: Posted) -> None:
        """Remember the status message of a request."""
        await self._database.transact(lambda connection: deliveries.status_posted(connection, request, posted))

    async def delivered(self, request: RequestId, state: DeliveryState, posted: Posted | None) -> bool:
        """Record the final delivery state. False too while a job of the request is open."""
        return await self._database.transact(
            lambda connection: deliveries.delivered(connection, request, state, posted)
        )

    async def redeliver(self, request: RequestId) -> bool:
        """Make an uncertain or undeliverable outcome due again."""
        return await self._database.transact(lambda connection: deliveries.redeliver(connection, request))

    async def end_undelivered(self, request: RequestId, *, is_ours: bool) -> bool:
        """Mark an outcome as undeliverable. False too while a job of the request is open."""
        return await self._database.transact(
            lambda connection: undelivered.end(connection, request, self._policy, self._now(), is_ours=is_ours)
        )

    async def give_back(self, request: RequestId, *, kept: Sequence[ResultId]) -> int:
        """Refund the jobs of which no result is kept."""
        return await self._database.transact(
            lambda connection: refunds.give_back(connection, request, self._policy, self._now(), kept=kept)
        )

    async def waiting(self, target: PublicId) -> WaitingPictures | None:
        """Return the waiting pictures of a request."""
        return await self._database.transact(lambda connection: undelivered.waiting(connection, target))

    async def untold_of(self, member: Member, *, most: int) -> Sequence[WaitingPictures]:
        """Return the waiting pictures that a member was not told of."""
        return await self._database.transact(
            lambda connection: undelivered.untold_of(connection, accounts.find_account(connection, member), most)
        )

    async def untold_in(self, platform: str, conversation: ConversationKey, *, most: int) -> Sequence[WaitingPictures]:
        """Return the waiting pictures of a conversation whose member was not told of them."""
        return await self._database.transact(
            lambda connection: undelivered.untold_in(connection, platform, conversation, most)
        )

    async def told(self, requests: Sequence[RequestId]) -> None:
        """Record that the members know of their waiting pictures."""
        await self._database.transact(lambda connection: undelivered.told(connection, requests))

    async def remember_file(self, request: RequestId, posted: Posted, number: int) -> None:
        """Record a message that shows one picture as a file."""
        await self._database.transact(lambda connection: deliveries.remember(connection, request, posted.ref, number))

    async def show_elsewhere(self, request: RequestId, there: ShownElsewhere) -> bool:
        """Move paid waiting pictures to another conversation."""
        return await self._database.transact(lambda connection: undelivered.show(connection, request, there))

    async def messages_of(self, request: RequestId) -> Sequence[MessageRef]:
        """Return all our messages of a request."""
        return await self._database.transact(lambda connection: deliveries.messages_of(connection, request))
