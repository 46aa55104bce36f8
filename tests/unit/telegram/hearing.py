"""What a bot hears of what people say."""

from telegram import Bot, Message


async def heard(bot: Bot) -> list[Message]:
    """Return the messages that the next request for updates brings, and confirm them."""
    updates = await bot.get_updates()
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return [update.effective_message for update in updates if update.effective_message]
