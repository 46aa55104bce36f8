"""How a bot gets its updates: it asks again and again, or names an address that they are posted to."""

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.simulators.telegram.chats.world import World
from tests.simulators.telegram.methods.sending import Method
from tests.simulators.telegram.refusals import OTHER_POLLER, WEBHOOK_IS_SET, bad_request, conflict, unauthorized
from tests.simulators.telegram.requests import Call

Json = dict[str, Any]

MOST_AT_ONCE = 100
POLL_SECONDS = 50
SECRET_CHARACTERS = 256
CONNECTIONS = 40
ANSWER_SECONDS = 10.0


class Polling:
    """Each method takes a call and gives what the Bot API answers."""

    def __init__(self, world: World) -> None:
        self.webhook_url = ""
        self.failure: Json = {}  # of the webhook: when and why it took nothing
        self.is_logged_out = False
        self.is_closing = False
        self.polls_under_way = 0
        self._world = world
        self._secret = ""
        self._poll = 0  # the number of the newest poll that waits
        self._is_stalled = False

    def methods(self) -> Mapping[str, Method]:
        return {
            "getUpdates": self.get_updates,
            "setWebhook": self.set_webhook,
            "deleteWebhook": self.delete_webhook,
            "getWebhookInfo": self.get_webhook_info,
            "logOut": self.log_out,
            "close": self.close,
        }

    async def get_updates(self, call: Call) -> list[Json]:
        """Return the next updates. If two clients wait, the one that came first is sent away."""
        if self.webhook_url:
            raise conflict(WEBHOOK_IS_SET)
        updates = self._world.updates
        self._note_allowed(call)
        updates.confirm(call.integer("offset"))
        seconds = min(POLL_SECONDS, max(0, call.integer("timeout")))
        if not updates.pending and seconds:
            await self._wait(seconds)
        return updates.take(min(MOST_AT_ONCE, max(1, call.integer("limit", MOST_AT_ONCE))))

    async def _wait(self, seconds: float) -> None:
        self._poll += 1
        mine = self._poll
        bell = self._world.bell
        self.polls_under_way += 1
        bell.ring()
        try:
            await bell.until(lambda: self._is_over(mine), within=seconds)
        except TimeoutError:
            return
        finally:
            self.polls_under_way -= 1
        if self.webhook_url:
            raise conflict("terminated by setWebhook request")
        if self._poll != mine and not self.is_closing:
            raise conflict(OTHER_POLLER)

    def _is_over(self, poll: int) -> bool:
        return bool(self._world.updates.pending or self._poll != poll or self.webhook_url or self.is_closing)

    async def set_webhook(self, call: Call) -> bool:
        """Set a webhook. Any http address will do, so that a test can stand at its end."""
        url = call.text("url")
        if url and not url.startswith(("http://", "https://")):
            raise bad_request("invalid webhook URL specified")
        secret = call.text("secret_token")
        if len(secret) > SECRET_CHARACTERS:
            raise bad_request("secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise bad_request("secret token contains unallowed characters")
        self._note_allowed(call)
        if call.flag("drop_pending_updates"):
            self._world.updates.clear()
        self.webhook_url, self._secret, self.failure = url, secret, {}
        self.retry()
        return True

    async def delete_webhook(self, call: Call) -> bool:
        if call.flag("drop_pending_updates"):
            self._world.updates.clear()
        self.webhook_url = ""
        return True

    async def get_webhook_info(self, _: Call) -> Json:
        updates = self._world.updates
        info: Json = {"url": self.webhook_url, "has_custom_certificate": False}
        info["pending_update_count"] = len(updates.pending)
        if self.webhook_url:
            info |= {"max_connections": CONNECTIONS, "ip_address": "127.0.0.1", **self.failure}
        return info | ({"allowed_updates": updates.allowed} if updates.allowed else {})

    async def log_out(self, _: Call) -> bool:
        """Log out: from now on the bot is served by another server."""
        self.is_logged_out = True
        return True

    async def close(self, _: Call) -> bool:
        return True

    def demand_login(self) -> None:
        if self.is_logged_out:
            raise unauthorized()

    def retry(self) -> None:
        """Post what is due once more, now: nothing is posted by itself after a failure."""
        self._is_stalled = False
        self._world.bell.ring()

    async def deliver(self) -> None:
        """Post each update to the webhook, one after the other, until cancelled."""
        bell, updates = self._world.bell, self._world.updates
        async with ClientSession(timeout=ClientTimeout(total=ANSWER_SECONDS)) as session:
            while not self.is_closing:
                await bell.until(self._is_due, within=None)
                update = updates.pending[0] if updates.pending else {}
                if not update or self.is_closing:
                    continue
                if failure := await self._post(session, update):
                    self.failure = {"last_error_date": self._world.now, "last_error_message": failure}
                    self._is_stalled = True
                    bell.ring()
                else:
                    updates.done(update)

    async def _post(self, session: ClientSession, update: Json) -> str | None:
        """Post an update to the webhook. Return why it was not taken; None if it was."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._secret} if self._secret else {}
        try:
            async with session.post(self.webhook_url, json=update, headers=headers) as response:
                return None if response.ok else f"Wrong response from the webhook: {response.status} {response.reason}"
        except TimeoutError:
            return "Read timeout expired"
        except ClientError as fault:
            return f"Connection failed: {type(fault).__name__}"

    def _is_due(self) -> bool:
        is_due = self.webhook_url and self._world.updates.pending and not self._is_stalled
        return bool(is_due or self.is_closing)

    def _note_allowed(self, call: Call) -> None:
        """Note which updates the bot wants. No list: nothing changes. An empty list restores Telegram's default."""
        if isinstance(allowed := call.parameters.get("allowed_updates"), list):
            self._world.updates.allowed = [str(kind) for kind in allowed]
