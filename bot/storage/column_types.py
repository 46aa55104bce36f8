"""Column types for values that SQLite has no type for: times, money and enumerations, all exact."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, ColumnElement, Dialect, Enum, literal_column
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BILLION = 1_000_000_000
_LENGTH_OF_A_NAME = 16


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone. The database has whole microseconds since 1970 (UTC)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Convert to the database form. Raises `TypeError` for a time without a zone."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Convert from the database form."""
        return None if value is None else _EPOCH + value * _MICROSECOND


class Money(TypeDecorator[Decimal]):
    """An amount in the owner's currency. The database has whole billionths, so that sums are exact."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Convert to the database form. Raises `ValueError` for an amount finer than a billionth."""
        if value is None:
            return None
        billionths = int(value * _BILLION)
        if Decimal(billionths) / _BILLION != value:
            raise ValueError(f"{value} is finer than a billionth of the currency")
        return billionths

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Convert from the database form."""
        return None if value is None else Decimal(value) / _BILLION


def one_of(kind: type[StrEnum]) -> Enum:
    """Return a column type that stores the values of an enumeration as text."""
    return Enum(
        kind, values_callable=lambda members: [member.value for member in members], native_enum=False,
        length=_LENGTH_OF_A_NAME,
    )  # fmt: skip


def in_text(value: StrEnum) -> ColumnElement[str]:
    """Return a value that is written in the statement, to compare a column with it.

    If a bound value decides whether a partial index serves a statement, SQLite plans that statement again at each
    execution. That takes longer than the execution.
    """
    return literal_column(f"'{value.value}'")
