"""Accounts: who pays for a member of a platform."""

from sqlalchemy import Connection, bindparam, insert, select, update

from bot.domain.chat import Member
from bot.domain.requests.requests import AccountId
from bot.storage.engines.prepared import prepared
from bot.storage.schema import accounts, identities

_IS = (identities.c.platform == bindparam("of_platform")) & (identities.c.member_id == bindparam("of_member"))
_IDENTITY = prepared(select(identities.c.account, identities.c.name).where(_IS))
_RENAME = prepared(update(identities).where(_IS))
_OPEN = prepared(insert(accounts).returning(accounts.c.id))
_IDENTIFY = prepared(insert(identities))


def find_account(connection: Connection, member: Member) -> AccountId | None:
    """Return the account of a member; None if we never saw them."""
    found = connection.execute(_IDENTITY, _key_of(member)).one_or_none()
    return None if found is None else AccountId(found.account)


def ensure_account(connection: Connection, member: Member) -> AccountId:
    """Return the account of a member, created on first use. Updates the stored name of the member."""
    known = connection.execute(_IDENTITY, _key_of(member)).one_or_none()
    if known is None:
        return _open_account(connection, member)
    if known.name != member.name:
        connection.execute(_RENAME, {**_key_of(member), "name": member.name})
    return AccountId(known.account)


def _open_account(connection: Connection, member: Member) -> AccountId:
    account = connection.execute(_OPEN).scalar_one()
    row = {"platform": member.platform, "member_id": member.id, "account": account, "name": member.name}
    connection.execute(_IDENTIFY, row)
    return AccountId(account)


def _key_of(member: Member) -> dict[str, str]:
    return {"of_platform": member.platform, "of_member": member.id}
