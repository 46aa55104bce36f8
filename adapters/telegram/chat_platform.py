"""The Telegram platform: receives updates and sends messages until it is stopped."""

import asyncio

import structlog
from pydantic import AnyHttpUrl
from telegram import Bot, User
from telegram.error import InvalidToken, TelegramError

from adapters.telegram.chat_ref import to_chat_ref, to_private
from adapters.telegram.connecting import make_bot, quiet_loggers
from adapters.telegram.conversation import TelegramConversation
from adapters.telegram.faults import attempt, reason_of
from adapters.telegram.memory import ChatMemory
from adapters.telegram.menu import register_commands
from adapters.telegram.receiving.button_presses import ButtonPresses
from adapters.telegram.receiving.intake import KINDS, Intake
from adapters.telegram.receiving.polling import Poller
from adapters.telegram.receiving.serial_queues import SerialQueues
from adapters.telegram.receiving.signs import Signs
from adapters.telegram.receiving.webhook import SECRET, Webhook
from adapters.telegram.requests import PollingRequest, TelegramRequest
from adapters.telegram.sending.message_sender import TelegramContext
from adapters.telegram.sending.pacing import Pace
from adapters.telegram.sending.rate_limited_sender import RateLimitedSender
from adapters.telegram.settings import TelegramSettings
from adapters.telegram.translate import Me
from bot.domain.chat import Address, Member
from bot.domain.errors import PlatformDown, TokenRejected
from bot.ports import Handle, PlatformServices, Serving

log = structlog.get_logger()

_CLOSING_SECONDS = 5.0
"""At shutdown, how long received updates may take to become durable."""

_CONNECTIONS = 40


class TelegramPlatform:
    """Implements `ports.ChatPlatform` with long polling or a webhook."""

    def __init__(self, settings: TelegramSettings, services: PlatformServices, *, pace: Pace | None = None) -> None:
        quiet_loggers(settings.token.get_secret_value())
        self._settings = settings
        self._services = services
        self._request = TelegramRequest()
        self._bot = make_bot(settings, self._request)
        memory = ChatMemory()
        self._context = TelegramContext(
            bot=self._bot,
            request=self._request,
            line=RateLimitedSender(pace or Pace(), memory),
            memory=memory,
            texts=services.texts,
            answers=services.answers,
            pictures=services.pictures,
        )

    def conversation(self, address: Address) -> TelegramConversation:
        """Return the conversation at an address. It can send messages before `run` has begun."""
        return TelegramConversation(to_chat_ref(address), self._context)

    def private(self, member: Member, near: Address) -> TelegramConversation | None:
        """Return the private chat with a member. It only works if they have started the bot and not blocked it."""
        chat_ref = to_private(member, to_chat_ref(near))
        return None if chat_ref is None else TelegramConversation(chat_ref, self._context)

    async def run(self, handle: Handle, serving: Serving) -> None:
        """Receive updates and pass events to `handle` until cancelled. Then finish received updates and disconnect.

        Raises `PlatformDown` and `TokenRejected`; with a webhook also `CannotListen`.
        """
        queues, signs, services = SerialQueues(), Signs(), self._services
        beside = asyncio.create_task(register_commands(self._bot, services.menu, services.texts, services.language))
        try:
            await self._request.initialize()  # an earlier run may have closed it
            user = await self._introduce()
            me = Me(id=user.id, username=user.username or "", language=services.language)
            log.info("telegram-connected", bot=me.username, hears_everything=user.can_read_all_group_messages)
            intake = Intake(
                me=me,
                context=self._context,
                handle=handle,
                presses=ButtonPresses(me=me, context=self._context, handle=handle),
                signs=signs,
                commands=frozenset({*(command.name for command in services.menu), "start"}),
                stale_seconds=self._settings.stale_after_minutes * 60,
            )
            url = self._settings.webhook_url
            await (self._poll(intake, queues, serving) if url is None else self._listen(url, intake, queues, serving))
        finally:
            beside.cancel()
            await asyncio.wait({beside})
            await queues.finish(seconds=_CLOSING_SECONDS)
            await signs.finish()
            await self.close()

    async def close(self) -> None:
        """Close every connection. Nothing can be sent afterwards."""
        await self._request.shutdown()

    async def _introduce(self) -> User:
        """Ask Telegram for the bot's own user. Raises `TokenRejected` and `PlatformDown`."""
        try:
            return await self._bot.get_me()
        except InvalidToken as error:
            raise TokenRejected(
                "Telegram does not know the token of [platforms.telegram]; BotFather shows the right one"
            ) from error
        except TelegramError as error:
            raise PlatformDown(f"Telegram is not reached: {reason_of(error)}") from error

    async def _poll(self, intake: Intake, queues: SerialQueues, serving: Serving) -> None:
        """Fetch updates until cancelled. Then confirm those that are durable."""
        await attempt("delete-webhook", self._bot.delete_webhook)
        poller = Poller(self._connect, intake.take, queues, sign=intake.sign_all)
        serving()
        try:
            await poller.run()
        finally:
            await queues.finish(seconds=_CLOSING_SECONDS)
            await poller.confirm()

    def _connect(self, request: PollingRequest) -> Bot:
        return make_bot(self._settings, request)

    async def _listen(self, url: AnyHttpUrl, intake: Intake, queues: SerialQueues, serving: Serving) -> None:
        """Receive updates by webhook until cancelled. While nobody listens, Telegram keeps updates for a day."""
        secret = await asyncio.to_thread(self._services.load_secret, SECRET)
        webhook = Webhook(self._bot, intake, queues, secret=secret)
        async with webhook.served(url.path or "/", self._settings, closing_seconds=_CLOSING_SECONDS):
            try:
                await self._bot.set_webhook(
                    str(url), secret_token=secret, allowed_updates=KINDS, max_connections=_CONNECTIONS
                )
            except TelegramError as error:
                raise PlatformDown(f"Telegram does not take the webhook: {error.message}") from error
            serving()
            await asyncio.Event().wait()
