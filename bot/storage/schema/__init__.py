"""The tables as they are now. `migrations` brings every older database here; a test compares the two."""

from bot.storage.schema.credit_tables import SpendState, accounts, balances, blocked_accounts, identities, ledger, spend
from bot.storage.schema.delivery_tables import (
    DeliveryKind,
    deliveries,
    delivery_parts,
    messages,
    shown_in,
    transcript,
    undelivered,
)
from bot.storage.schema.metadata import metadata
from bot.storage.schema.request_tables import (
    JOB_IS_OPEN,
    album_pictures,
    events,
    jobs,
    pictures,
    requests,
    results,
    sources,
)

__all__ = [
    "JOB_IS_OPEN",
    "DeliveryKind",
    "SpendState",
    "accounts",
    "album_pictures",
    "balances",
    "blocked_accounts",
    "deliveries",
    "delivery_parts",
    "events",
    "identities",
    "jobs",
    "ledger",
    "messages",
    "metadata",
    "pictures",
    "requests",
    "results",
    "shown_in",
    "sources",
    "spend",
    "transcript",
    "undelivered",
]
