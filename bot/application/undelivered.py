"""What becomes of a picture that no chat takes: it stays its member's."""

from functools import partial

from bot.application.persistence import until_done
from bot.domain.errors import PlatformFault
from bot.domain.requests import DeliveryState, RequestView
from bot.ports import Clock, Store


class Undelivered:
    """Ends deliveries that can't be made."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def end(self, view: RequestView, fault: PlatformFault) -> None:
        """Write down that an outcome can't be delivered, after every way was tried; `fault` is the last way's."""
        give_up = partial(self._store.delivered, view.id, DeliveryState.UNDELIVERABLE, None)
        await until_done(give_up, self._clock, what="give a delivery up")
