"""A network that only tells metrics: as scripted, and it remembers what it was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from amplifier.networks.port import Answer, Identity, Intent, Measured, Sighting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from amplifier.networks.port import Context
    from amplifier.settings import AccountSettings


class Telling:
    """Implements the port; `answer` turns the ids of a request into what is told about them."""

    def __init__(
        self,
        name: str = "main",
        settings: AccountSettings | None = None,
        context: Context | None = None,
        *,
        answer: Callable[[Sequence[str]], Measured] = lambda _ids: Measured(),
    ) -> None:
        self.answer = answer
        self.asked: list[list[str]] = []

    def metrics(self, remote_ids: Sequence[str]) -> Measured:
        self.asked.append(list(remote_ids))
        return self.answer(remote_ids)

    def publish(self, intent: Intent) -> Answer:
        self._refuse()

    def find(self, intent: Intent) -> Sighting:
        self._refuse()

    def whoami(self) -> Identity:
        self._refuse()

    def delete(self, remote_id: str) -> Answer:
        self._refuse()

    def _refuse(self) -> NoReturn:
        msg = "a collector only reads metrics"
        raise AssertionError(msg)
