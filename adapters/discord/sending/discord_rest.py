"""All our calls to Discord's REST API, through the client that is connected now."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import cast

import discord

from adapters.discord.faults import Banned, NotToBeFound, told
from adapters.discord.reply_context import ReplyContext
from adapters.discord.sending.budget import Budget
from adapters.discord.sending.recognizing import says
from adapters.discord.sending.writing import Button, File, Written
from bot.domain.errors import RateLimited
from bot.ports import Clock, PictureFiles

NOBODY = discord.AllowedMentions.none()
ORIGINAL = cast("int", "@original")
"""Discord's name for the message that answers an interaction. The library's type allows only numbers."""

MOST_READ = 2_000
"""The most messages of a channel that are searched for one of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The nonce, server, reply and ping settings of a new message."""

    nonce: str
    guild: int | None = None
    answers: int | None = None  # the message to reply to, in the same channel
    pings: int | None = None  # the only user whom a mention in it may ping
    pings_author: bool = False  # whether the reply pings the author of the answered message


class DiscordRest:
    """Sends requests as the bot. While no client is logged in, they wait. During a ban, they raise `RateLimited`."""

    def __init__(self, pictures: PictureFiles, clock: Clock) -> None:
        self._pictures = pictures
        self._clock = clock
        self.budget = Budget(clock)
        self._client: discord.Client | None = None
        self._is_open = asyncio.Event()
        self._silent_until: datetime | None = None

    def open(self, client: discord.Client) -> None:
        """Use this client, which is logged in, and let waiting requests go on."""
        self._client = client
        self._is_open.set()

    def close(self) -> None:
        """Stop using the client. Further requests wait for the next one."""
        self._client = None
        self._is_open.clear()

    async def post(self, channel: int, written: Written, envelope: Envelope) -> discord.Message:
        """Post a message. If its nonce was used within the last minutes, that message is edited instead.

        Raises `MaybeDelivered` if the answer was lost.
        """
        self.budget.note_post(channel)
        sent = await self._post(channel, written, envelope)
        if not says(sent, written):
            await self.edit(channel, sent.id, written)
        return sent

    async def _post(self, channel: int, written: Written, envelope: Envelope) -> discord.Message:
        async with self._asking(is_repeatable=False) as client, self._files(written.files) as files:
            messageable = client.get_partial_messageable(channel, guild_id=envelope.guild)
            mentions = _mentions(envelope.pings)
            send = partial(
                messageable.send, written.content, files=files, nonce=envelope.nonce, allowed_mentions=mentions
            )
            if buttons := view_of(written.buttons):
                send = partial(send, view=buttons)
            if envelope.answers is not None:
                there = discord.MessageReference(message_id=envelope.answers, channel_id=channel)
                send = partial(send, reference=there, mention_author=envelope.pings_author)
            return await send()

    async def find_ours(
        self, channel: int, is_it: Callable[[discord.Message], bool], *, after: datetime
    ) -> discord.Message | None:
        """Return the first message of ours in a channel since a time for which `is_it` is true, or None.

        Raises `NotToBeFound` if the channel has more messages since then than `MOST_READ`.
        """
        async with self._asking() as client:
            there = client.get_partial_messageable(channel)
            since = discord.Object(discord.utils.time_snowflake(after))
            count = 0
            async for message in there.history(limit=MOST_READ, after=since, oldest_first=True):
                count += 1
                if client.user is not None and message.author.id == client.user.id and is_it(message):
                    return message
        if count >= MOST_READ:
            raise NotToBeFound("too much was said since")
        return None

    async def edit(self, channel: int, message: int, written: Written) -> None:
        """Edit a message of ours as the bot, without a token."""
        self.budget.note_edit(channel)
        async with self._asking() as client, self._files(written.files) as files:
            there = client.get_partial_messageable(channel).get_partial_message(message)
            await there.edit(
                content=written.content,
                attachments=files,
                view=view_of(written.buttons),
                allowed_mentions=NOBODY,
            )

    async def fill(self, reply_context: ReplyContext, written: Written) -> discord.WebhookMessage:
        """Edit the answer to an interaction with its token. Return the resulting message."""
        async with self._asking(is_by_token=True) as client, self._files(written.files) as files:
            return await _hook(client, reply_context).edit_message(
                ORIGINAL,
                content=written.content,
                attachments=files,
                view=view_of(written.buttons),
                allowed_mentions=NOBODY,
            )

    async def find_answer(self, reply_context: ReplyContext) -> discord.WebhookMessage:
        """Fetch the answer to an interaction as it is now."""
        async with self._asking(is_by_token=True) as client:
            return await _hook(client, reply_context).fetch_message(ORIGINAL)

    async def whisper(self, reply_context: ReplyContext, written: Written) -> int:
        """Send an ephemeral message to the member who pressed a button. Return the message's ID."""
        async with self._asking(is_repeatable=False, is_by_token=True) as client:
            send = partial(_hook(client, reply_context).send, ephemeral=True, wait=True, allowed_mentions=NOBODY)
            if buttons := view_of(written.buttons):
                send = partial(send, view=buttons)
            return (await send(written.content)).id

    async def delete(self, channel: int, message: int) -> None:
        """Delete a message of ours as the bot, without a token."""
        async with self._asking() as client:
            await client.get_partial_messageable(channel).get_partial_message(message).delete()

    async def delete_answer(self, reply_context: ReplyContext) -> None:
        """Delete the answer to an interaction with its token."""
        async with self._asking(is_by_token=True) as client:
            await _hook(client, reply_context).delete_message(ORIGINAL)

    async def direct_channel(self, user: int) -> int:
        """Return the ID of the direct message channel with a user, created if needed."""
        async with self._asking() as client:
            return (await client.create_dm(discord.Object(user))).id

    async def show_typing(self, channel: int) -> None:
        """Show the typing indicator, which lasts ten seconds."""
        async with self._asking() as client:
            await client.get_partial_messageable(channel).typing()

    async def react(self, channel: int, message: int, emoji: str) -> None:
        """Add a reaction to a message."""
        async with self._asking() as client:
            await client.get_partial_messageable(channel).get_partial_message(message).add_reaction(emoji)

    async def take_reaction_back(self, channel: int, message: int, emoji: str) -> None:
        """Remove our own reaction from a message."""
        async with self._asking() as client:
            me = client.user
            assert me is not None  # noqa: S101 - it is open
            await client.get_partial_messageable(channel).get_partial_message(message).remove_reaction(emoji, me)

    async def find(self, channel: int, message: int) -> discord.Message:
        """Fetch the present state of a message."""
        async with self._asking() as client:
            return await client.get_partial_messageable(channel).fetch_message(message)

    @asynccontextmanager
    async def _asking(self, *, is_repeatable: bool = True, is_by_token: bool = False) -> AsyncIterator[discord.Client]:
        await self._is_open.wait()
        assert self._client is not None  # noqa: S101 - it is open
        self._refuse_while_silent()
        try:
            with told(is_repeatable=is_repeatable, is_by_token=is_by_token):
                yield self._client
        except Banned as fault:
            self._silent_until = self._clock.now() + timedelta(seconds=fault.retry_after_seconds)
            raise

    def _refuse_while_silent(self) -> None:
        if self._silent_until is not None:
            left = (self._silent_until - self._clock.now()).total_seconds()
            if left > 0:
                raise RateLimited(left)
            self._silent_until = None

    @asynccontextmanager
    async def _files(self, files: Sequence[File]) -> AsyncIterator[list[discord.File]]:
        """Open files for one attempt. The library reads each file once, in chunks and in a thread."""
        async with AsyncExitStack() as stack:
            opened = []
            for file in files:
                path = await stack.enter_async_context(self._pictures.local_file(file.sha256))
                one = await asyncio.to_thread(
                    discord.File, path, file.name, spoiler=file.is_spoiler, description=file.description
                )
                stack.callback(one.close)
                opened.append(one)
            yield opened


def view_of(buttons: Sequence[Button]) -> discord.ui.View | None:
    """Build the library's view of buttons. It must not listen: we recognize presses by their custom_id alone."""
    if not buttons:
        return None
    view = discord.ui.View(timeout=None)
    for button in buttons:
        style = discord.ButtonStyle.primary if button.is_first else discord.ButtonStyle.secondary
        if button.url:
            view.add_item(discord.ui.Button(label=button.label, url=button.url))
        else:
            view.add_item(discord.ui.Button(label=button.label, custom_id=button.custom_id, style=style))
    view.stop()
    return view


def _mentions(user: int | None) -> discord.AllowedMentions:
    if user is None:
        return NOBODY
    return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=[discord.Object(user)])


def _hook(client: discord.Client, reply_context: ReplyContext) -> discord.Webhook:
    hook = discord.Webhook.partial(reply_context.application, reply_context.token or "", client=client)
    hook.type = discord.WebhookType.application  # ephemeral messages need this type
    return hook
