"""Whose credits are spent: the account behind a member of a platform."""

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.sql import ColumnElement

from bot.domain.chat import Member
from bot.domain.requests import AccountId
from bot.storage.schema import accounts, identities


def find_account(connection: Connection, member: Member) -> AccountId | None:
    """The account of a member; None if we never saw them."""
    found = connection.scalar(select(identities.c.account).where(_is(member)))
    return None if found is None else AccountId(found)


def ensure_account(connection: Connection, member: Member) -> AccountId:
    """The account of a member, made at first sight; their name is kept as it is now."""
    known = connection.execute(select(identities.c.account, identities.c.name).where(_is(member))).one_or_none()
    if known is None:
        return _open_account(connection, member)
    if known.name != member.name:
        connection.execute(update(identities).where(_is(member)).values(name=member.name))
    return AccountId(known.account)


def _open_account(connection: Connection, member: Member) -> AccountId:
    account = connection.execute(insert(accounts).returning(accounts.c.id)).scalar_one()
    connection.execute(
        insert(identities).values(platform=member.platform, member_id=member.id, account=account, name=member.name)
    )
    return AccountId(account)


def _is(member: Member) -> ColumnElement[bool]:
    return (identities.c.platform == member.platform) & (identities.c.member_id == member.id)
