"""From Discord's events to the core's values: pure functions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord

from adapters.discord.commands import PRIVATE
from adapters.discord.forms import HandedIn
from adapters.discord.pictures import PictureOfMessage, attachments_of, is_picture, to_picture_refs
from adapters.discord.reply_context import ReplyContext, to_message_ref
from bot.domain.chat import Member, MessageRef, PictureRef
from bot.domain.events import ButtonPress, CommandCall, FormSubmit, IncomingMessage, RepliedMessage
from bot.domain.prompt.commands import MenuCommand, read_call

PLATFORM = "discord"


def to_member(user: discord.User | discord.Member, language: str) -> Member:
    """Who did something, with the roles that the server gave them."""
    roles = user.roles if isinstance(user, discord.Member) else []
    return Member(
        platform=PLATFORM,
        id=str(user.id),
        name=user.display_name or str(user.id),
        language=language,
        roles=frozenset(str(role.id) for role in roles if not role.is_default()),
    )


def language_of(interaction: discord.Interaction) -> str:
    """The language that somebody's app speaks, as Discord says it; empty where it says none."""
    return str(interaction.locale.value or "")


def to_place_of_interaction(
    interaction: discord.Interaction,
    *,
    original: int | None,
    is_private: bool,
    is_spoiler: bool,
    has_token: bool = True,
) -> ReplyContext:
    """Where an interaction happened; `original` is the message that answers it, if it is ours to fill.

    Some answers only their user sees although we did not ask for that.
    """
    return ReplyContext(
        channel=interaction.channel_id or 0,  # Discord need not name one: then the token alone leads there
        event=interaction.id,
        user=interaction.user.id,
        guild=interaction.guild_id,
        is_here=is_bot_here(interaction),
        is_thread=isinstance(interaction.channel, discord.Thread),
        permissions=interaction.app_permissions.value,
        most_file_bytes=interaction.filesize_limit,
        is_private=is_private or _is_kept_private(interaction),
        is_spoiler=is_spoiler,
        is_age_restricted=is_age_restricted(interaction.channel),
        application=interaction.application_id,
        token=interaction.token if has_token else None,
        original=original,
        pressed=interaction.message.id if interaction.message and original is None else None,
    )


def is_bot_here(interaction: discord.Interaction) -> bool:
    """Whether the bot itself is where something happened, and not only an app that somebody took along."""
    return interaction.is_guild_integration() if interaction.guild_id else is_alone_with_bot(interaction)


def _is_kept_private(interaction: discord.Interaction) -> bool:
    """Whether Discord shows whatever an app says that somebody took along to that person alone."""
    is_guest = interaction.guild_id is not None and not is_bot_here(interaction)
    return is_guest and not interaction.permissions.use_external_apps


def is_alone_with_bot(interaction: discord.Interaction) -> bool:
    """Whether it happened in the chat of one person and the bot."""
    return bool(interaction.context.dm_channel)


def to_place_of_message(message: discord.Message) -> ReplyContext:
    """Where a message was written."""
    guild, channel = message.guild, message.channel
    permissions = discord.Permissions.all()
    if guild is not None and not isinstance(channel, discord.DMChannel | discord.GroupChannel):
        try:
            permissions = channel.permissions_for(guild.me)
        except discord.ClientException:  # a thread whose channel we do not know: what is sent will tell
            permissions = discord.Permissions.all()
    return ReplyContext(
        channel=channel.id,
        event=message.id,
        user=message.author.id,
        guild=guild.id if guild else None,
        is_thread=isinstance(channel, discord.Thread),
        permissions=permissions.value,
        most_file_bytes=guild.filesize_limit if guild else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES,
        is_spoiler=any(attachment.is_spoiler() for attachment in attachments_of(message)),
        is_age_restricted=is_age_restricted(channel),
    )


def is_age_restricted(channel: object) -> bool:
    """As far as the event tells."""
    kinds = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
    return isinstance(channel, kinds) and channel.is_nsfw()


def to_call(data: Mapping[str, Any], menu: Sequence[MenuCommand]) -> CommandCall:
    """A command as it was filled in. What it is about in words is its argument; the rest counts like flags."""
    given = {option["name"]: option for option in data.get("options", ())}
    command = next((each for each in menu if each.name == data["name"]), None)
    options = command.options if command else ()
    words = [str(given[option.name]["value"]) for option in options if option.is_required and option.name in given]
    chosen = {
        option.name: str(given[option.name]["value"]) if option.takes_value else ""
        for option in options
        if not option.is_required and given.get(option.name, {}).get("value") not in {None, False}
    }
    return CommandCall(name=str(data["name"]), argument=" ".join(words), options=chosen)


def is_asked_in_private(data: Mapping[str, Any]) -> bool:
    """Whether only the member is to see what comes of a command."""
    return any(option["name"] == PRIVATE and option["value"] is True for option in data.get("options", ()))


def to_incoming_message(message: discord.Message, bot: discord.ClientUser, language: str) -> IncomingMessage | None:
    """What was written to us: in private, with our name, or in answer to us. None if others are meant.

    Who names us says it to us; whether an answer to one of ours is about a picture, the core knows.
    """
    is_private = isinstance(message.channel, discord.DMChannel)
    text, named = re.subn(_names_of(message, bot), "", message.content)
    if not (is_private or named or bot in message.mentions or _answered(message, bot)):
        return None
    text = text.strip()
    pictures, replied_to = to_pictures(message), to_replied_message(message)
    is_to_us = named and not is_private and read_call(text) is None
    call = _call_by_name(message, text, has_pictures=bool(pictures)) if is_to_us else None
    return IncomingMessage(
        key=f"message:{message.id}",
        author=to_member(message.author, language),
        is_private=is_private,
        text=text,
        call=call,
        pictures=pictures,
        replied_to=replied_to,
        ref=to_message_ref(message.channel.id, message.id),
        community=str(message.guild.id) if message.guild else None,
    )


def to_picture_ref(file: discord.Attachment, message: discord.Message) -> PictureRef:
    """How the core names a file of a message."""
    return PictureOfMessage(url=file.url, attachment=file.id, channel=message.channel.id, message=message.id).ref()


def to_pictures(message: discord.Message) -> tuple[PictureRef, ...]:
    """The pictures of a message, and those of what it passes on."""
    files = attachments_of(message)
    return tuple(to_picture_ref(file, message) for file in files if is_picture(file.content_type, file.filename))


def to_replied_message(message: discord.Message) -> RepliedMessage | None:
    """The message that was answered, with its pictures as far as we may see them."""
    reference = message.reference
    if reference is None or reference.message_id is None or message.message_snapshots:
        return None
    resolved = reference.resolved
    pictures = to_pictures(resolved) if isinstance(resolved, discord.Message) else ()
    return RepliedMessage(ref=to_message_ref(reference.channel_id, reference.message_id), pictures=pictures)


def _call_by_name(message: discord.Message, text: str, *, has_pictures: bool) -> CommandCall:
    """What words with our name mean: an edit of the pictures that they come with or answer, or else a prompt.

    A message that is answered and shows us no words is taken for a picture that we may not see: the core then asks for
    it, instead of painting something else.
    """
    answered = message.reference.resolved if message.reference else None
    answers_words = isinstance(answered, discord.Message) and bool(answered.content) and not to_pictures(answered)
    is_edit = has_pictures or (message.reference is not None and not answers_words)
    return CommandCall(name="edit" if is_edit else "imagine", argument=text, options={})


def _names_of(message: discord.Message, bot: discord.ClientUser) -> str:
    """How we are named in a text: by ourselves, or by the role that a server made for us, which looks the same."""
    role = message.guild.self_role if message.guild else None
    return rf"<@!?{bot.id}>|<@&{role.id}>" if role else rf"<@!?{bot.id}>"


def _answered(message: discord.Message, bot: discord.ClientUser) -> bool:
    resolved = message.reference.resolved if message.reference else None
    return isinstance(resolved, discord.Message) and resolved.author.id == bot.id


def is_hidden(message: discord.Message) -> bool:
    """Whether Discord keeps from us what a message holds: an empty one cannot be sent."""
    parts = (message.content, message.attachments, message.stickers, message.embeds, message.message_snapshots)
    return message.guild is not None and not any(parts)


def to_command_message(
    interaction: discord.Interaction,
    call: CommandCall,
    pictures: tuple[PictureRef, ...],
    replied: RepliedMessage | None,
) -> IncomingMessage:
    """A command, as the core reads it."""
    return IncomingMessage(
        key=key_of(interaction),
        author=to_member(interaction.user, language_of(interaction)),
        is_private=is_alone_with_bot(interaction),
        call=call,
        pictures=pictures,
        replied_to=replied,
        community=community_of(interaction),
    )


def to_button_press(interaction: discord.Interaction, token: str) -> ButtonPress:
    """A press, as the core reads it."""
    author = to_member(interaction.user, language_of(interaction))
    return ButtonPress(key=key_of(interaction), author=author, token=token, message=_message_of(interaction))


def to_form_submit(interaction: discord.Interaction, token: str, form: HandedIn) -> FormSubmit:
    """A form of an action, as the core reads it."""
    return FormSubmit(
        key=key_of(interaction),
        author=to_member(interaction.user, language_of(interaction)),
        token=token,
        words=form.words,
        message=_message_of(interaction),
        pictures=to_picture_refs(form.attachments),
        community=community_of(interaction),
    )


def _message_of(interaction: discord.Interaction) -> MessageRef:
    """The message whose button was pressed; none of ours for a form that was opened by something else."""
    message = interaction.message
    return to_message_ref(message.channel.id, message.id) if message else to_message_ref(0, 0)


def key_of(interaction: discord.Interaction) -> str:
    """The same when the event comes twice."""
    return f"interaction:{interaction.id}"


def community_of(interaction: discord.Interaction) -> str | None:
    """The server, where the bot belongs to it."""
    return str(interaction.guild_id) if interaction.guild_id and is_bot_here(interaction) else None


def values_of(data: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Name and value of each option while a command is filled in, and whether it is the one being typed."""
    for option in data.get("options", ()):
        yield str(option["name"]), str(option.get("value", "")), bool(option.get("focused"))
