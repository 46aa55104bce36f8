"""Tests a token against Telegram, without sending a message."""

from telegram import User, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from adapters.telegram.connecting import make_bot, quiet_loggers
from adapters.telegram.faults import reason_of
from adapters.telegram.requests import TelegramRequest
from adapters.telegram.settings import TelegramSettings
from bot.domain.errors import TokenRejected, Unavailable


async def examine(settings: TelegramSettings) -> str:
    """Return in one line the bot's name and which messages it receives. Raises `TokenRejected` and `Unavailable`."""
    quiet_loggers(settings.token.get_secret_value())
    request = TelegramRequest()
    bot = make_bot(settings, request)
    try:
        return describe(await bot.get_me(), await bot.get_webhook_info(), has_webhook=settings.webhook_url is not None)
    except InvalidToken as error:
        raise TokenRejected("Telegram does not know the token; BotFather shows the right one") from error
    except TelegramError as error:
        cause = reason_of(error) if error.__cause__ else error.message
        raise Unavailable(f"Telegram cannot be reached ({cause})") from error
    finally:
        await request.shutdown()


def describe(me: User, webhook: WebhookInfo, *, has_webhook: bool) -> str:
    """Describe a bot in one line: name, privacy mode, and problems with its webhook."""
    privacy = (
        "privacy mode is off, so it hears everything in its groups"
        if me.can_read_all_group_messages
        else f"privacy mode is on, so in groups it hears commands with @{me.username} and replies to it"
    )
    told = [f"@{me.username}", privacy]
    if webhook.url and not has_webhook:
        told.append("a webhook was left behind, which the next run takes away")
    if has_webhook and webhook.last_error_message:
        told.append(f"Telegram's last post to the webhook failed: {webhook.last_error_message}")
    return "; ".join(told)
