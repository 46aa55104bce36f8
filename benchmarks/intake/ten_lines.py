"""A bot of ten lines that only says that it is sending a photo: `python -m benchmarks.intake.ten_lines ADDRESSES`."""

import asyncio
import json
import sys

from telegram import Bot, Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def answer(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    """Show it in the chat."""
    if update.message:
        await update.message.reply_chat_action("upload_photo")


async def serve(addresses: dict[str, str]) -> None:
    """Answer until the process ends."""
    bot = Bot(addresses["token"], addresses["base_url"], addresses["base_file_url"])
    application = Application.builder().bot(bot).concurrent_updates(256).build()
    application.add_handler(MessageHandler(filters.ALL, answer))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
