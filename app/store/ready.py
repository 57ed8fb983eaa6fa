"""Statements that are put together and compiled once for each database, for what runs thousands of times a second.

SQLAlchemy's own way costs several times what the database takes for most of these. The unit of work is neither flushed
before nor told after, and listeners to statements do not hear of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ClauseElement, Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

Shape = tuple[tuple[str, int], ...]  # how many values each list has
Row = tuple[Any, ...]


class _Compiled(NamedTuple):
    """`names` in the order in which the text wants the values, that of a list once for all in it; `constants` are those
    that stand in the statement, and `processors` turn what we say into what the driver takes, by place."""

    text: str
    names: tuple[str, ...]
    constants: dict[str, Any]
    processors: tuple[tuple[int, Callable[[Any], Any]], ...]


class Ready:
    """A statement with bound values by name. Those in `lists` are lists, which may be empty: give them in chunks, there
    is one text for each power of two. `keys`: columns of an INSERT without values. An UPDATE may not call its values
    as its columns: `row_` in front of a name is left out by who gives them."""

    def __init__(self, statement: ClauseElement, *lists: str, keys: Sequence[str] | None = None) -> None:
        self.statement, self.lists, self.keys = statement, lists, keys
        self._known: dict[tuple[str, Shape], _Compiled] = {}

    def rows(self, session: Session, **values: Any) -> list[Row]:
        """As the driver has them: a time is text, an amount is a number of millionths, and there is no `Row`."""
        connection = session.connection()
        lists = {name: _padded(values[name]) for name in self.lists}
        made = self._for(connection.dialect, tuple([(name, len(padded)) for name, padded in lists.items()]))
        values |= made.constants
        row: list[Any] = []
        for name in made.names:
            if name in lists:
                row += lists[name]
            else:
                row.append(values[name])
        (given,) = _processed([tuple(row)], made.processors)
        with _Cursor(connection, made.text) as cursor:
            cursor.execute(made.text, given)
            rows: list[Row] = cursor.fetchall()
        return rows

    def run_many(self, session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
        """Once for each of these rows, which all have the same keys; without lists."""
        connection = session.connection()
        made = self._for(connection.dialect, ())
        given = _processed(_tuples(rows, made.names), made.processors)
        if given:
            with _Cursor(connection, made.text) as cursor:
                cursor.executemany(made.text, given)

    def _for(self, dialect: Dialect, shape: Shape) -> _Compiled:
        known = self._known.get((dialect.name, shape))
        if known is None:
            known = self._known[dialect.name, shape] = self._compile(dialect, shape)
        return known

    def _compile(self, dialect: Dialect, shape: Shape) -> _Compiled:
        kind: Any = type(dialect)
        positional: Dialect = kind(paramstyle="qmark" if dialect.paramstyle == "qmark" else "format")
        statement: Any = self.statement
        if shape:
            asked = {name: None for name, bind in statement.compile().binds.items() if bind.required}
            statement = statement.params(asked | {name: [None] * count for name, count in shape})
        options = {"render_postcompile": bool(shape)}
        compiled = statement.compile(dialect=positional, column_keys=self.keys, compile_kwargs=options)
        binds = compiled.binds
        names = tuple(compiled.positiontup or ())
        constants = {name: bind.value for name, bind in binds.items() if not bind.required}
        typed = [(place, binds[name]) for place, name in enumerate(names) if name in binds]
        found = [(place, _processor(bind, positional)) for place, bind in typed]
        processors = tuple((place, process) for place, process in found if process)
        given = _once({f"{name}_{n}": name for name, count in shape for n in range(1, count + 1)}, names)
        return _Compiled(
            str(compiled), given, {k: v for k, v in constants.items() if v is not None}, processors
        )


def _once(expanded: Mapping[str, str], names: Iterable[str]) -> tuple[str, ...]:
    """`ids` for `ids_1, ids_2, …`, and the columns of an UPDATE without what tells their values from them."""
    firsts = (name for name in names if name not in expanded or name == f"{expanded[name]}_1")
    return tuple(expanded.get(name, name).removeprefix("row_") for name in firsts)


class _Cursor:
    """The driver's own, whose errors become SQLAlchemy's, so that `database` can tell what they are. A class, since a
    generator costs as much as many a statement."""

    def __init__(self, connection: Connection, text: str) -> None:
        self.connection, self.text = connection, text

    def __enter__(self) -> Any:
        self.cursor = self.connection.connection.cursor()
        return self.cursor

    def __exit__(self, kind: object, error: BaseException | None, _trace: object) -> None:
        self.cursor.close()
        base = self.connection.dialect.loaded_dbapi.Error
        if isinstance(error, base):
            dialect = self.connection.dialect
            gone = dialect.is_disconnect(error, self.connection.connection, None)
            raise DBAPIError.instance(
                self.text, None, error, base, connection_invalidated=gone, dialect=dialect
            ) from error


def _processor(bind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    process: Callable[[Any], Any] | None = bind.type.dialect_impl(dialect).bind_processor(dialect)
    return process


def _padded(values: Sequence[Any]) -> list[Any]:
    """To the next power of two by what changes nothing in an IN list."""
    count = len(values)
    return [*values, *[values[-1]] * ((1 << (count - 1).bit_length()) - count)] if count else [None]


def _tuples(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> list[Row]:
    if len(names) == 1:
        return [(row[names[0]],) for row in rows]
    return list(map(itemgetter(*names), rows))


def _processed(rows: list[Row], processors: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Row]:
    """Column by column: times and amounts mostly repeat, and each is worked out once."""
    if not (rows and processors):
        return rows
    if len(rows) == 1:
        row = list(rows[0])
        for place, process in processors:
            row[place] = process(row[place])
        return [tuple(row)]
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for place, process in processors:
        known = {value: process(value) for value in set(columns[place])}
        columns[place] = [known[value] for value in columns[place]]
    return list(zip(*columns, strict=True))
