"""Join settings, store, networks, clock and chance: the one place that knows them all."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from amplifier.clock import system_now, system_ticks
from amplifier.model import Mode
from amplifier.networks import open_network
from amplifier.networks.port import Context, Network
from amplifier.publishing import metrics, witness
from amplifier.publishing.beat import Publisher
from amplifier.publishing.caps import Caps
from amplifier.publishing.handover import Command
from amplifier.publishing.messenger import Messenger
from amplifier.publishing.overview import Overview, overview
from amplifier.settings import environment_of_a_child
from amplifier.store.engine import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from decimal import Decimal

    from amplifier.settings import AccountSettings, Settings
    from amplifier.workspace import Workspace


@dataclass
class App:
    """An open workspace. `rehearsing` sends everything to the simulated network, or to what `simulate` makes."""

    workspace: Workspace
    settings: Settings
    store: Store
    now: Callable[[], datetime]
    ticks: Callable[[], float]
    seed: str = ""
    rehearsing: bool = False
    simulate: Callable[[str, AccountSettings, Context], Network] | None = None
    verified: set[str] = field(default_factory=set)
    _networks: dict[tuple[str, Mode], Network] = field(default_factory=dict)

    def mode_of(self, account: str) -> Mode:
        """The mode that an approval made now gives an account's posts."""
        return Mode.SIMULATED if self.rehearsing else self.settings.mode_of(account)

    def modes_of(self, accounts: Iterable[str]) -> Mapping[str, Mode]:
        """The same for several accounts."""
        return {name: self.mode_of(name) for name in accounts}

    def platform(self, account: str) -> str:
        """The network whose limits and prices hold for an account."""
        return self.settings.account(account).platform

    def caps(self, account: str) -> Caps:
        """What an account may spend in a month and publish in a day, in whichever mode."""
        settings = self.settings.accounts.get(account)
        return Caps(settings.monthly_usd, settings.daily_posts) if settings else Caps()

    def reading_budget(self, account: str) -> Decimal | None:
        """What reading an account's counts may cost in a month, in US dollars; None: no limit."""
        settings = self.settings.accounts.get(account)
        return settings.readings_monthly_usd if settings else None

    def network(self, account: str, mode: Mode | str) -> Network:
        """Where an account's posts of one mode go; opened once and kept."""
        key = (account, Mode(mode))
        if key not in self._networks:
            settings = self.settings.account(account)
            kinds = {Mode.DRY: "outbox", Mode.SIMULATED: "simulated", Mode.LIVE: settings.network}
            context = Context(self.workspace.root, self.now, self.settings.http_timeout, self.seed, self.ticks)
            if self.simulate and key[1] is Mode.SIMULATED:
                self._networks[key] = self.simulate(account, settings, context)
            else:
                self._networks[key] = open_network(kinds[key[1]], account, settings, context)
        return self._networks[key]

    def modes(self) -> frozenset[Mode]:
        """What a run may publish: live posts only when live is on."""
        if self.rehearsing:
            return frozenset({Mode.SIMULATED})
        return frozenset(Mode) if self.settings.live else frozenset({Mode.DRY, Mode.SIMULATED})

    def publisher(self, runner: str) -> Publisher:
        """What a beat works with; `runner` is once, drain or daemon."""
        settings = self.settings
        return Publisher(
            store=self.store,
            network=self.network,
            handle=lambda name: settings.account(name).handle,
            now=self.now,
            ticks=self.ticks,
            modes=self.modes(),
            lease=timedelta(seconds=settings.lease_seconds),
            settle=timedelta(seconds=settings.settle_seconds),
            http_timeout=settings.http_timeout,
            worker=worker_name(runner),
            stopped=self.workspace.pause_file.exists,
            verified=self.verified,
            caps=self.caps,
            private=self.workspace.private,
        )

    def messenger(self, runner: str) -> Messenger:
        """What tells people, and what listens to us, beside the beats of a runner."""
        settings = self.settings
        url = settings.heartbeat_url
        return Messenger(
            self.store,
            now=self.now,
            ticks=self.ticks,
            runner=worker_name(runner).rpartition("/")[0],
            command=self.alert_command(),
            sound=url.get_secret_value() if url else None,
            figures=self.write_figures,
        )

    def notice_restore(self) -> None:
        """For a command that decides by what is out: an older copy of the database does not know that."""
        settle = timedelta(seconds=self.settings.settle_seconds)
        who = worker_name("command")
        witness.notice(self.store, self.workspace.private, settle=settle, who=who, now=self.now())

    def overview(self) -> Overview:
        """Everything that `status` and monitoring must know."""
        return overview(
            self.store,
            now=self.now(),
            modes=self.modes(),
            caps=self.caps,
            pause_file=self.workspace.pause_file.exists(),
        )

    def write_figures(self) -> None:
        """Write the figures to the file that the settings name."""
        if self.settings.metrics_file:
            metrics.write(self.workspace.root / self.settings.metrics_file, self.overview())

    def alert_command(self) -> Command | None:
        """What is run for each message; None where nothing is set."""
        line = self.settings.alert_command
        if not line or not line.strip():
            return None
        return Command(line, self.workspace.root, environment_of_a_child(), self.settings.secrets)

    def close(self) -> None:
        """Give the database back."""
        self.store.close()


def worker_name(runner: str) -> str:
    """Who holds a claim: host, runner and process."""
    return f"{socket.gethostname()}/{runner}/{os.getpid()}"


def open_app(workspace: Workspace, settings: Settings) -> App:
    """Open the workspace's database, migrated, with the clock that all its machines share.

    Raises `ConfigurationError` for an SQLite file that is gone: a new, empty one would know nothing of what is out.
    """
    witness.refuse_gone(settings.database_url, workspace.database, workspace.private)
    store = open_store(settings.database_url, workspace.database)
    now = store.now if store.postgresql else system_now
    return App(workspace, settings, store, now, system_ticks)
