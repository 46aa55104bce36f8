"""How values that SQLite has no type for are kept: times, money and the states of things, all exact."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, Dialect, Enum
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BILLION = 1_000_000_000
_LENGTH_OF_A_NAME = 16


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone; whole microseconds since 1970 (UTC) in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To the database. Raises `TypeError` for a time without a zone."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else _EPOCH + value * _MICROSECOND


class Money(TypeDecorator[Decimal]):
    """An amount in the owner's currency; whole billionths in the database, so that sums are exact."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """To the database. Raises `ValueError` for an amount finer than a billionth."""
        if value is None:
            return None
        billionths = int(value * _BILLION)
        if Decimal(billionths) / _BILLION != value:
            raise ValueError(f"{value} is finer than a billionth of the currency")
        return billionths

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """From the database."""
        return None if value is None else Decimal(value) / _BILLION


def one_of(kind: type[StrEnum]) -> Enum:
    """A column type that keeps the values of an enumeration as text."""
    return Enum(
        kind, values_callable=lambda members: [member.value for member in members], native_enum=False,
        length=_LENGTH_OF_A_NAME,
    )  # fmt: skip
