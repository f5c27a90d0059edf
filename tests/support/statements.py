"""What a database is asked: the statements, and the plan of each."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amplifier.store.engine import Store


@dataclass
class Asked:
    """Statements in order, without those that begin a transaction, and how many commits there were."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    commits: int = 0

    @property
    def verbs(self) -> str:
        """`SELECT, UPDATE account`: what each statement does, and what it writes to."""
        return ", ".join(_verb(statement) for statement, _ in self.statements)

    def plans(self, store: Store) -> str:
        """How the engine carries the reading and changing statements out. On PostgreSQL as it would with many rows."""
        found = []
        with store.read() as connection:
            if store.postgresql:
                connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            explain = "EXPLAIN" if store.postgresql else "EXPLAIN QUERY PLAN"
            for statement, parameters in self.statements:
                if statement.startswith(("SELECT", "UPDATE", "WITH")):
                    steps = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
                    found += [str(step[-1] if store.postgresql else step[3]) for step in steps]
        return "\n".join(found)


def _verb(statement: str) -> str:
    words = statement.replace("INSERT INTO", "INSERT").split()
    return " ".join(words[:2]) if words[0] in {"INSERT", "UPDATE"} else words[0]


@contextmanager
def asked(store: Store) -> Iterator[Asked]:
    """What the store is asked inside."""
    seen = Asked()

    def remember(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.statements.append((statement, parameters))

    def committed(_: Any) -> None:
        seen.commits += 1

    event.listen(store.engine, "before_cursor_execute", remember)
    event.listen(store.engine, "commit", committed)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", remember)
        event.remove(store.engine, "commit", committed)
