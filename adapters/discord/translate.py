"""Pure functions that convert Discord's events to the core's values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord

from adapters.discord.pictures import PictureOfMessage, attachments_of, is_picture, to_picture_refs
from adapters.discord.receiving.commands import PRIVATE
from adapters.discord.receiving.forms import HandedIn
from adapters.discord.reply_context import ReplyContext, to_message_ref
from bot.domain.chat import Member, MessageRef, PictureRef
from bot.domain.events import ButtonPress, CommandCall, FormSubmit, IncomingMessage, RepliedMessage
from bot.domain.prompt.commands import MenuCommand, read_call

PLATFORM = "discord"


def to_member(user: discord.User | discord.Member, language: str) -> Member:
    """Convert a user, with their roles in the server."""
    roles = user.roles if isinstance(user, discord.Member) else []
    return Member(
        platform=PLATFORM,
        id=str(user.id),
        name=user.display_name or str(user.id),
        language=language,
        roles=frozenset(str(role.id) for role in roles if not role.is_default()),
    )


def language_of(interaction: discord.Interaction) -> str:
    """Return the language of the user's app as Discord's code; empty if Discord gives none."""
    return str(interaction.locale.value or "")


def reply_context_of_interaction(
    interaction: discord.Interaction,
    *,
    original: int | None,
    is_private: bool,
    is_spoiler: bool,
    has_token: bool = True,
) -> ReplyContext:
    """Make the reply context of an interaction. `original`: the message that answers it, if we may edit it.

    Discord makes some answers private although we did not ask for that.
    """
    return ReplyContext(
        channel=interaction.channel_id or 0,  # Discord may give none: then only the token works
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
    """Whether the bot is a member of the server or chat, and not only an app that a user installed for themselves."""
    return interaction.is_guild_integration() if interaction.guild_id else is_alone_with_bot(interaction)


def _is_kept_private(interaction: discord.Interaction) -> bool:
    """Whether Discord shows the answers of a user-installed app only to that user."""
    is_guest = interaction.guild_id is not None and not is_bot_here(interaction)
    return is_guest and not interaction.permissions.use_external_apps


def is_alone_with_bot(interaction: discord.Interaction) -> bool:
    """Whether the interaction happened in the direct messages of a user and the bot."""
    return bool(interaction.context.dm_channel)


def reply_context_of_message(message: discord.Message) -> ReplyContext:
    """Make the reply context of a message."""
    guild, channel = message.guild, message.channel
    permissions = discord.Permissions.all()
    if guild is not None and not isinstance(channel, discord.DMChannel | discord.GroupChannel):
        try:
            permissions = channel.permissions_for(guild.me)
        except discord.ClientException:  # the channel of a thread is unknown: sending will show what is allowed
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
    """Whether a channel is only for adults, as far as the event tells."""
    kinds = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
    return isinstance(channel, kinds) and channel.is_nsfw()


def to_call(data: Mapping[str, Any], menu: Sequence[MenuCommand]) -> CommandCall:
    """Convert a command with its options. Required options become the argument, and the others become flags."""
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
    """Whether the member asked that only they see the result of a command."""
    return any(option["name"] == PRIVATE and option["value"] is True for option in data.get("options", ()))


def to_incoming_message(message: discord.Message, bot: discord.ClientUser, language: str) -> IncomingMessage | None:
    """Convert a message that was written to the bot: in private, with its name, or as a reply. Otherwise return None.

    A message with the bot's name is meant for it. Whether a reply is about a picture is decided by the core.
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
    """Make the core's reference to a file of a message."""
    return PictureOfMessage(url=file.url, attachment=file.id, channel=message.channel.id, message=message.id).ref()


def to_pictures(message: discord.Message) -> tuple[PictureRef, ...]:
    """Return the pictures of a message and of the messages that it forwards."""
    files = attachments_of(message)
    return tuple(to_picture_ref(file, message) for file in files if is_picture(file.content_type, file.filename))


def to_replied_message(message: discord.Message) -> RepliedMessage | None:
    """Return the message that this one replies to, with its pictures as far as we may see them."""
    reference = message.reference
    if reference is None or reference.message_id is None or message.message_snapshots:
        return None
    resolved = reference.resolved
    pictures = to_pictures(resolved) if isinstance(resolved, discord.Message) else ()
    return RepliedMessage(ref=to_message_ref(reference.channel_id, reference.message_id), pictures=pictures)


def _call_by_name(message: discord.Message, text: str, *, has_pictures: bool) -> CommandCall:
    """Convert a message with the bot's name to a command: `edit` if it has or answers pictures, otherwise `imagine`.

    If the replied message shows us no words, we assume that it has a picture that we may not see. Then the core asks
    for the picture, instead of painting something else.
    """
    answered = message.reference.resolved if message.reference else None
    answers_words = isinstance(answered, discord.Message) and bool(answered.content) and not to_pictures(answered)
    is_edit = has_pictures or (message.reference is not None and not answers_words)
    return CommandCall(name="edit" if is_edit else "imagine", argument=text, options={})


def _names_of(message: discord.Message, bot: discord.ClientUser) -> str:
    """Return the pattern of the bot's mentions: of its user, or of its own role in a server, which looks the same."""
    role = message.guild.self_role if message.guild else None
    return rf"<@!?{bot.id}>|<@&{role.id}>" if role else rf"<@!?{bot.id}>"


def _answered(message: discord.Message, bot: discord.ClientUser) -> bool:
    resolved = message.reference.resolved if message.reference else None
    return isinstance(resolved, discord.Message) and resolved.author.id == bot.id


def is_hidden(message: discord.Message) -> bool:
    """Whether Discord hides the content of a message from us. We see it as empty, and nobody can send an empty one."""
    parts = (message.content, message.attachments, message.stickers, message.embeds, message.message_snapshots)
    return message.guild is not None and not any(parts)


def to_command_message(
    interaction: discord.Interaction,
    call: CommandCall,
    pictures: tuple[PictureRef, ...],
    replied: RepliedMessage | None,
) -> IncomingMessage:
    """Convert a command."""
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
    """Convert a button press."""
    author = to_member(interaction.user, language_of(interaction))
    return ButtonPress(key=key_of(interaction), author=author, token=token, message=_message_of(interaction))


def to_form_submit(interaction: discord.Interaction, token: str, form: HandedIn) -> FormSubmit:
    """Convert a submitted form of an action."""
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
    """Return the message whose button was pressed; zeros for a form that was not opened by a button."""
    message = interaction.message
    return to_message_ref(message.channel.id, message.id) if message else to_message_ref(0, 0)


def key_of(interaction: discord.Interaction) -> str:
    """Return the idempotency key of an interaction. It is the same if Discord sends the event twice."""
    return f"interaction:{interaction.id}"


def community_of(interaction: discord.Interaction) -> str | None:
    """Return the server's ID if the bot is a member of the server, otherwise None."""
    return str(interaction.guild_id) if interaction.guild_id and is_bot_here(interaction) else None


def values_of(data: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Yield each option of a command that is being typed: name, value, and whether it has the focus."""
    for option in data.get("options", ()):
        yield str(option["name"]), str(option.get("value", "")), bool(option.get("focused"))
