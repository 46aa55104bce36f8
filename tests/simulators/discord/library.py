"""Points the unmodified discord.py at another Discord, as the adapter does it from `api_url` and `gateway_url`.

The library has two places for that, both attributes of classes: `Route.BASE`, from which each address of the REST API
is made (interactions and webhooks too), and `DiscordWebSocket.DEFAULT_GATEWAY`, where a client goes that has not been
told another gateway. AutoShardedClient asks `GET /gateway/bot` first, but after a session that was lost it goes to the
default as well, so both are needed always. Addresses of files come in messages, that of the next connection in READY.

A class belongs to the whole process: one process talks to one Discord at a time.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route


@contextmanager
def pointed_at(*, api_url: str, gateway_url: str) -> Iterator[None]:
    """Let clients of the library talk to that address meanwhile."""
    usual = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = api_url, yarl.URL(gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = usual
