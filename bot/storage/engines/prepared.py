"""Prepared statements: SQLAlchemy writes them, and the driver executes them.

SQLAlchemy's own execution of a short statement takes about 60 µs, and SQLite's 6 µs. With 1,000 waiting on the page,
that was a sixth of the processor time of a picture. So the statements on the way of a picture are compiled once, for
each set of parameter names, and given to the driver with their values converted by the same column types. They are
still written once for every engine: the dialect of the connection compiles them.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.sql import ClauseElement

S = TypeVar("S", bound=Executable)

Convert = Callable[[Any], Any]


def prepared(statement: S) -> S:
    """Return a statement that `Connection.execute`, `scalar` and `scalars` give to the driver.

    It must be a constant of a module: it is compiled once. Nothing can be added to it, so add it before. It takes no
    list as a parameter, and its table has no defaults that Python computes. Of a result's methods it has those of
    `_Rows`. Its errors are those of the driver.
    """
    return cast("S", _Prepared(cast("ClauseElement", statement)))


class _Prepared:
    """Implements what `Connection.execute` calls of a statement."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, ...], _Compiled] = {}  # by dialect and names of parameters

    def _execute_on_connection(self, connection: Connection, parameters: Any, options: Any) -> "_Rows":
        if connection._has_events:  # noqa: SLF001 - who listens to statements hears of these too
            executed: _Rows = self._statement._execute_on_connection(connection, parameters, options)  # type: ignore[assignment]  # noqa: SLF001 - the same call
            return executed
        first, *others = parameters or ({},)
        rows = self._execute(connection, first)
        for given in others:
            rows.rowcount += self._execute(connection, given).rowcount
        return rows

    def _execute_on_scalar(self, connection: Connection, parameters: Any, options: Any) -> Any:
        return self._execute_on_connection(connection, parameters, options).scalar()

    def _execute(self, connection: Connection, given: Mapping[str, Any]) -> "_Rows":
        names = tuple(given)
        key = (connection.dialect.name, *names)
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = _compile(self._statement, connection.dialect, names)
        statement, cursor = compiled.text, connection.connection.cursor()
        try:
            cursor.execute(statement, compiled.values(given))
            found = cursor.fetchall() if cursor.description else ()
            return _Rows(list(map(compiled.to_row, found)) if compiled.to_row else [], cursor.rowcount)
        finally:
            cursor.close()


class _Rows:
    """The rows that a statement has returned, with the methods of SQLAlchemy's `Result` that we need."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        return self._rows

    def one(self) -> Any:
        [row] = self._rows
        return row

    def one_or_none(self) -> Any:
        return self.one() if self._rows else None

    def scalar(self) -> Any:
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalars(self) -> list[Any]:
        return [row[0] for row in self._rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    """A statement as a driver takes it."""

    text: str
    constants: Mapping[str, Any]  # converted
    converters: Mapping[str, Convert]  # of the parameters that must be converted
    order: Sequence[str] | None  # the names of the values in their order; None: the driver takes them by name
    to_row: Callable[[Sequence[Any]], Any] | None  # None: no row is wanted

    def values(self, given: Mapping[str, Any]) -> Sequence[Any] | Mapping[str, Any]:
        """Convert the parameters, and put them in the order that the driver needs."""
        values = {**self.constants, **given}
        for name, convert in self.converters.items():
            values[name] = convert(values[name])
        return values if self.order is None else [values[name] for name in self.order]


def _compile(statement: ClauseElement, dialect: Dialect, names: Sequence[str]) -> _Compiled:
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(names))
    if compiled.post_compile_params or compiled.insert_prefetch or compiled.update_prefetch:
        raise TypeError(f"this statement cannot be prepared: {compiled.string}")
    converters = {
        name: convert
        for bound, name in compiled.bind_names.items()
        if (convert := bound.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    constants = {name: value for name, value in compiled.params.items() if name not in names}
    return _Compiled(
        text=compiled.string,
        constants={name: converters[name](value) if name in converters else value for name, value in constants.items()},
        converters={name: convert for name, convert in converters.items() if name in names},
        order=compiled.positiontup,
        to_row=_row_maker(list(getattr(statement, "exported_columns", ())), dialect),
    )


def _row_maker(columns: Sequence[Any], dialect: Dialect) -> Callable[[Sequence[Any]], Any] | None:
    """Return what makes a row with named values of what the driver returns; None if the statement returns no rows."""
    if not columns:
        return None
    row: Any = namedtuple("Row", [column.key for column in columns], rename=True)  # type: ignore[misc]  # noqa: PYI024 - the names are the statement's
    make: Callable[[Sequence[Any]], Any] = row._make
    types = (column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
    converters = [(place, convert) for place, convert in enumerate(types) if convert is not None]
    if not converters:
        return make

    def to_row(found: Sequence[Any]) -> Any:
        values = list(found)
        for place, convert in converters:
            values[place] = convert(values[place])
        return make(values)

    return to_row
