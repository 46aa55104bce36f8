"""Handles events from Discord: acknowledges them first, then translates them and passes them to the core."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, cast

import discord
import structlog
from discord import app_commands

from adapters.discord import translate
from adapters.discord.conversation import DiscordConversation
from adapters.discord.pictures import (
    files_of_command,
    files_of_described,
    has_spoiler,
    to_picture_refs,
    to_pictures_of_described,
)
from adapters.discord.receiving.acknowledging import Acknowledged, acknowledge, answer_at_once
from adapters.discord.receiving.commands import MENUS, MODEL, Kind, offered, takes_words
from adapters.discord.receiving.forms import OF_ACTION, OF_MENU, HandedIn, edit_form, read_form, reference_form
from adapters.discord.receiving.show_button import show_waiting
from adapters.discord.receiving.taken_back import reply_context_of_channel, to_taken_back
from adapters.discord.reply_context import to_message_ref
from adapters.discord.sending.message_sender import SHOW, DiscordContext
from adapters.discord.sending.writing import PRESS
from bot.domain.chat import VERBS_ABOUT_WHAT_IS_THERE, VERBS_THAT_NEED_WORDS, OutgoingMessage, PictureRef, Sentence
from bot.domain.errors import StoreUnavailable
from bot.domain.events import CommandCall, Event, RepliedMessage
from bot.domain.tokens import read_token
from bot.ports import Handle, PlatformServices

log = structlog.get_logger()

Data = Mapping[str, Any]


class EventHandler:
    """Handles every event of one client. The library calls it in a new task for each event."""

    def __init__(self, services: PlatformServices, context: DiscordContext, handle: Handle) -> None:
        self._menu = services.menu
        self._texts = services.texts
        self._language = services.language
        self._context = context
        self._answers = services.answers
        self._handle = handle

    async def take_message(self, message: discord.Message, bot: discord.ClientUser) -> None:
        """Handle a message that somebody wrote."""
        if message.author.bot or message.type not in {discord.MessageType.default, discord.MessageType.reply}:
            return
        event = translate.to_incoming_message(message, bot, self._language)
        if event is None:
            return
        conversation = DiscordConversation(translate.reply_context_of_message(message), self._context)
        if translate.is_hidden(message):
            self._say_hidden(conversation, event.key, message)
            return
        try:
            await self._handle(event, conversation)
        except StoreUnavailable:
            again = replace(_say_again(self._language), in_reply_to=event.ref)
            post = partial(conversation.post, again, key=f"{event.key}:answer")
            self._answers.put(conversation.key, event.author.id, post)

    async def take_interaction(self, interaction: discord.Interaction) -> None:
        """Handle a command, a button press, a form, or a request for autocompletion."""
        data = cast("Data", interaction.data or {})
        match interaction.type:
            case discord.InteractionType.autocomplete:
                await self._offer(interaction, data)
            case discord.InteractionType.application_command if data.get("type") == Kind.MESSAGE:
                await self._open_menu(interaction, data)
            case discord.InteractionType.application_command:
                await self._command(interaction, data)
            case discord.InteractionType.component:
                await self._press(interaction, str(data["custom_id"]))
            case discord.InteractionType.modal_submit:
                await self._form(interaction, data, str(data["custom_id"]))
            case discord.InteractionType.ping:
                pass  # only webhooks receive pings

    async def take_back(self, channels: Sequence[discord.TextChannel]) -> None:
        """Tell the core about channels where the bot can post again, so that it can notify members who wait."""
        for channel in channels:
            reply_context = reply_context_of_channel(channel)
            if reply_context.may_send:
                with suppress(StoreUnavailable):  # a member who writes again is told too
                    await self._handle(to_taken_back(channel), DiscordConversation(reply_context, self._context))

    async def _offer(self, interaction: discord.Interaction, data: Data) -> None:
        values = list(translate.values_of(data))
        model = next((value for name, value, is_typed in values if name == MODEL and not is_typed), None)
        name, typed = next(((name, value) for name, value, is_typed in values if is_typed), ("", ""))
        found = offered(self._menu, str(data["name"]), name, typed, model)
        choices = [app_commands.Choice(name=each.title, value=each.value) for each in found]
        await answer_at_once(interaction.response.autocomplete(choices))

    async def _command(self, interaction: discord.Interaction, data: Data) -> None:
        is_answered_at_once = not takes_words(self._menu, str(data["name"]))
        is_private = translate.is_asked_in_private(data) or is_answered_at_once
        acknowledged = await self._acknowledge(interaction, thinks=True, is_private=is_private)
        files = files_of_command(data)
        event = translate.to_command_message(
            interaction, translate.to_call(data, self._menu), to_picture_refs(files), None
        )
        conversation = await self._hand_over(
            interaction, acknowledged, event, is_private=is_private, is_spoiler=has_spoiler(files)
        )
        if conversation is not None and is_answered_at_once:  # queued after the answer, if there is one
            self._answers.put(conversation.key, str(interaction.user.id), conversation.stop_thinking)

    async def _open_menu(self, interaction: discord.Interaction, data: Data) -> None:
        """Handle a command of a message's menu: show its form at once, and store which message it is about."""
        command, _ = MENUS[str(data["name"])]
        message = data["resolved"]["messages"][str(data["target_id"])]
        make = edit_form if command == "edit" else reference_form
        custom_id = f"{OF_MENU}{command}:{interaction.id}"
        form = make(custom_id, self._texts, translate.language_of(interaction))
        await answer_at_once(interaction.response.send_modal(form))
        about = {
            "channel": interaction.channel_id,
            "user": interaction.user.id,
            "ref": to_message_ref(int(message["channel_id"]), int(message["id"])),
            "pictures": to_pictures_of_described(message),
            "is_spoiler": has_spoiler(files_of_described(message)),
        }
        await self._context.kept.keep_form(str(interaction.id), about)

    async def _press(self, interaction: discord.Interaction, custom_id: str) -> None:
        if custom_id.startswith(SHOW):
            await show_waiting(interaction, custom_id.removeprefix(SHOW), self._context)
            return
        token = custom_id.removeprefix(PRESS)
        verb = (read_token(token) or (None, 0))[0]
        if verb in VERBS_THAT_NEED_WORDS:
            form = edit_form(OF_ACTION + token, self._texts, translate.language_of(interaction))
            await answer_at_once(interaction.response.send_modal(form))
            return
        acknowledged, is_private = await self._acknowledge_press(
            interaction, needs_message=verb not in VERBS_ABOUT_WHAT_IS_THERE
        )
        await self._hand_over(
            interaction,
            acknowledged,
            translate.to_button_press(interaction, token),
            is_private=is_private,
            is_spoiler=_shows_spoiler(interaction),
        )

    async def _form(self, interaction: discord.Interaction, data: Data, custom_id: str) -> None:
        if custom_id.startswith(OF_MENU):
            await self._menu_form(interaction, read_form(data), custom_id.removeprefix(OF_MENU))
            return
        form = read_form(data)
        acknowledged, is_private = await self._acknowledge_press(interaction, needs_message=True)
        event = translate.to_form_submit(interaction, custom_id.removeprefix(OF_ACTION), form)
        is_spoiler = has_spoiler(form.attachments) or _shows_spoiler(interaction)
        await self._hand_over(interaction, acknowledged, event, is_private=is_private, is_spoiler=is_spoiler)

    async def _menu_form(self, interaction: discord.Interaction, form: HandedIn, about_what: str) -> None:
        """Handle the submitted form of a message's menu as a command about that message's pictures."""
        acknowledged = await self._acknowledge(interaction, thinks=True, is_private=False)
        command, _, key = about_what.partition(":")
        about = await self._context.kept.form(key, interaction.channel_id, interaction.user.id)
        if about is None:
            self._say_unknown(interaction, acknowledged)
            return
        replied = RepliedMessage(ref=about["ref"], pictures=tuple(map(PictureRef, about["pictures"])))
        call = CommandCall(name=command, argument=form.words, options={})
        event = translate.to_command_message(interaction, call, to_picture_refs(form.attachments), replied)
        is_spoiler = has_spoiler(form.attachments) or bool(about["is_spoiler"])
        await self._hand_over(interaction, acknowledged, event, is_private=False, is_spoiler=is_spoiler)

    def _say_unknown(self, interaction: discord.Interaction, acknowledged: Acknowledged) -> None:
        """Answer a form that was not opened here, or is unknown."""
        reply_context = translate.reply_context_of_interaction(
            interaction, original=acknowledged.original, is_private=False, is_spoiler=False
        )
        conversation = DiscordConversation(reply_context, self._context)
        unknown = OutgoingMessage(lines=(Sentence("button-unknown"),), language=translate.language_of(interaction))
        post = partial(conversation.post, unknown, key=f"{translate.key_of(interaction)}:answer")
        self._answers.put(conversation.key, str(interaction.user.id), post)

    async def _acknowledge_press(
        self, interaction: discord.Interaction, *, needs_message: bool
    ) -> tuple[Acknowledged, bool]:
        """Acknowledge a press. Show "thinking" only if the bot may not post the result here without the token."""
        is_private = interaction.message is not None and interaction.message.flags.ephemeral
        reply_context = translate.reply_context_of_interaction(
            interaction, original=None, is_private=is_private, is_spoiler=False
        )
        thinks = needs_message and (is_private or not (reply_context.may_send and reply_context.may_attach))
        return await self._acknowledge(interaction, thinks=thinks, is_private=is_private), is_private

    async def _acknowledge(self, interaction: discord.Interaction, *, thinks: bool, is_private: bool) -> Acknowledged:
        return await acknowledge(interaction, self._context.answers, thinks=thinks, is_private=is_private)

    async def _hand_over(
        self,
        interaction: discord.Interaction,
        acknowledged: Acknowledged,
        event: Event,
        *,
        is_private: bool,
        is_spoiler: bool,
    ) -> DiscordConversation | None:
        reply_context = translate.reply_context_of_interaction(
            interaction,
            original=acknowledged.original,
            is_private=is_private,
            is_spoiler=is_spoiler,
            has_token=acknowledged.has_token,
        )
        if not acknowledged.has_token and (is_private or not reply_context.may_send):
            log.warning("interaction-dropped", key=event.key)  # no way to answer; nothing was charged
            return None
        whispers = acknowledged.has_token and acknowledged.original is None
        conversation = DiscordConversation(reply_context, self._context, whispers=whispers)
        try:
            answer = await self._handle(event, conversation)
        except StoreUnavailable:
            answer = _say_again(translate.language_of(interaction))
        if answer is not None:
            self._answers.put(conversation.key, event.author.id, partial(conversation.tell, answer))
        return conversation

    def _say_hidden(self, conversation: DiscordConversation, key: str, message: discord.Message) -> None:
        answers = to_message_ref(message.channel.id, message.id)
        said = OutgoingMessage(lines=(Sentence("discord-words-hidden"),), language=self._language, in_reply_to=answers)
        post = partial(conversation.post, said, key=f"{key}:answer")
        self._answers.put(conversation.key, str(message.author.id), post)


def _say_again(language: str) -> OutgoingMessage:
    """Return the answer to an event that could not be stored. Discord does not send an event again."""
    return OutgoingMessage(lines=(Sentence("discord-say-again"),), language=language, is_droppable=True)


def _shows_spoiler(interaction: discord.Interaction) -> bool:
    message = interaction.message
    return message is not None and any(file.is_spoiler() for file in message.attachments)
