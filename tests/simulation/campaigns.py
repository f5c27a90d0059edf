"""Campaign files as staff write and rewrite them, and their approval through the real plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from amplifier.errors import AmplifierError, FileError
from amplifier.model import (
    Address,
    Campaign,
    Mode,
    Place,
    Policy,
    Post,
    Quiet,
    Schedule,
    SlotRule,
    Thread,
    ThreadEntry,
)
from amplifier.planning.approve import approve
from amplifier.planning.plan import plan
from amplifier.publishing.enqueue import Seal
from tests.simulation.history import PEOPLE

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from tests.simulation.world import World

ZONES = ("Asia/Seoul", "Asia/Seoul", "America/New_York", "Europe/London", "UTC")
WORDS = ("river", "bridge", "letter", "winter", "market", "border")


@dataclass
class Draft:
    """One thread of a file: its words for each account, what they were before, and when it is to start."""

    name: str
    texts: dict[str, tuple[str, ...]]
    before: list[dict[str, tuple[str, ...]]] = field(default_factory=list)
    at: datetime | None = None
    answers: Address | None = None


@dataclass
class File:
    """A campaign file. `taken_out` are threads that were in it."""

    name: str
    accounts: list[str]
    schedule: Schedule
    drafts: dict[str, Draft] = field(default_factory=dict)
    taken_out: dict[str, Draft] = field(default_factory=dict)
    at_once: bool = False
    approvals: int = 1

    def compose(self) -> tuple[Campaign, list[Thread]]:
        """What composing would give."""
        path = Path(f"{self.name}.yaml")
        entries = [
            ThreadEntry(draft.name, None, path, draft.at, Place(path.name, place), reply_to=draft.answers)
            for place, draft in enumerate(self.drafts.values(), 1)
        ]
        campaign = Campaign(
            path=path, workspace=Path(), name=self.name, title=None, article=path, link=None, language="en",
            hashtags=(), mentions=(), accounts=tuple(self.accounts), numbering=False, schedule=self.schedule,
            threads=tuple(entries), claims=Policy.OFF, approvals=self.approvals,
        )  # fmt: skip
        threads = [
            Thread(
                self.name, entry.id, account, "x",
                tuple(
                    Post(k, text, len(text), 280, entry.place)
                    for k, text in enumerate(self.drafts[entry.id].texts[account], 1)
                ),
                entry,
            )
            for entry in entries
            for account in self.accounts
            if account in self.drafts[entry.id].texts
        ]  # fmt: skip
        return campaign, threads


@dataclass
class Staff:
    """Writes files, changes them, and says yes."""

    world: World
    files: dict[str, File] = field(default_factory=dict)
    numbers: int = 0

    @property
    def rng(self) -> Random:
        return self.world.rng

    # ------------------------------------------------------------ writing

    def new_campaign(self) -> None:
        rng = self.rng
        self.numbers += 1
        all_of_them = list(self.world.networks)
        accounts = rng.sample(all_of_them, rng.randint(1, len(all_of_them)))
        file = File(f"c{self.numbers}", accounts, self._schedule(), at_once=rng.random() < 0.45)
        file.approvals = rng.choices([1, 2], [6, 1])[0]
        for _ in range(rng.randint(2, 5)):
            self._add_thread(file)
        self.files[file.name] = file
        self.approve(file, "new")

    def edit(self) -> None:
        """Something in a file changes, or nothing does; then it is approved again."""
        if not self.files:
            return
        rng = self.rng
        file = rng.choice(list(self.files.values()))
        change = rng.choices(
            [self._change_words, self._words_return, self._take_out, self._bring_back, self._add_thread, self._move,
             self._correct, self._nothing],
            [20, 8, 10, 15, 15, 20, 10, 5],
        )[0]  # fmt: skip
        change(file)
        if file.drafts:
            self.approve(file, change.__name__.strip("_").replace("_", " "))

    def _add_thread(self, file: File) -> None:
        self.numbers += 1
        name = f"t{self.numbers}"
        draft = Draft(name, self._words(file, file.accounts))
        if not file.at_once and self.rng.random() < 0.5:
            draft.at = self._wall_time(file)
        file.drafts[name] = draft

    def _change_words(self, file: File) -> None:
        draft = self._some(file)
        draft.before.append(draft.texts)
        draft.texts = self._words(file, list(draft.texts))

    def _words_return(self, file: File) -> None:
        draft = self._some(file)
        if draft.before:
            draft.before.append(draft.texts)
            draft.texts = draft.before.pop(self.rng.randrange(len(draft.before)))

    def _take_out(self, file: File) -> None:
        if len(file.drafts) > 1:
            draft = self._some(file)
            file.taken_out[draft.name] = file.drafts.pop(draft.name)

    def _bring_back(self, file: File) -> None:
        if file.taken_out:
            name = self.rng.choice(list(file.taken_out))
            file.drafts[name] = file.taken_out.pop(name)

    def _move(self, file: File) -> None:
        if self.rng.random() < 0.5:
            self._some(file).at = self._wall_time(file)
        else:
            file.schedule = self._schedule(file.schedule.timezone)

    def _correct(self, file: File) -> None:
        """A thread that answers a post that is out, often one of another campaign."""
        judge = self.world.judge
        out = [judge.now.key(row) for row in judge.now.rows.values() if row.state == "sent"]
        out = [key for key in out if key[2] in file.accounts]
        if not out:
            return
        campaign, thread, account, k = self.rng.choice(out)
        self.numbers += 1
        name = f"t{self.numbers}"
        file.drafts[name] = Draft(name, self._words(file, [account]), answers=Address(campaign, thread, account, k))

    def _nothing(self, file: File) -> None:
        """The file is approved again as it is."""

    def _some(self, file: File) -> Draft:
        return self.rng.choice(list(file.drafts.values()))

    def _words(self, file: File, accounts: list[str]) -> dict[str, tuple[str, ...]]:
        """Each account has words of its own; threads of one new file often share whole posts."""
        rng = self.rng
        length = rng.choices([1, 2, 3, 4, 5, 6], [1, 2, 4, 4, 3, 3])[0]
        self.numbers += 1
        shared = 0.5 if file.name not in self.files else 0.05
        told: dict[str, tuple[str, ...]] = {}
        for account in accounts:
            lines = [
                f"{file.name}x{rng.randint(1, 5)}" if rng.random() < shared * (k > 1 or 0.2) else f"{self.numbers}y{k}"
                for k in range(1, length + 1)
            ]
            told[account] = tuple(" ".join(f"{word}{account[:2]}{line}" for word in WORDS) for line in lines)
        return told

    def _schedule(self, zone: str | None = None) -> Schedule:
        rng, long = self.rng, self.world.long
        minutes = [timedelta(minutes=m) for m in (0, 2, 30, 120)]
        gaps = [0, 20, 20, 120, 600] + [3600, 6 * 3600, 26 * 3600] * long
        times = rng.sample(range(24), rng.randint(1, 3) if long else rng.randint(4, 12))
        today = self.world.clock.now().date()
        quiet = (Quiet(today + timedelta(days=2), today + timedelta(days=rng.randint(2, 4)), "holidays"),)
        return Schedule(
            timezone=zone or rng.choice(ZONES),
            slots=tuple(
                SlotRule(tuple(range(7)), time(hour, rng.choice([0, 30]))) for hour in sorted(times)
            ),
            start=rng.choice([None, date(today.year, today.month, today.day)]),
            thread_gap=rng.choice(minutes),
            post_gap=timedelta(seconds=rng.choice(gaps)),
            jitter=rng.choice([timedelta(0), timedelta(minutes=20)]),
            quiet=quiet if rng.random() < 0.1 else (),
            late=timedelta(seconds=rng.choice([600, 5400, 5400, 86400])),
            resume_within=timedelta(seconds=rng.choice([3600, 21600, 864000])),
        )  # fmt: skip

    def _wall_time(self, file: File) -> datetime:
        ahead = self.rng.choice([0.02, 0.2, 1, 5, 20, 24 * 6 if self.world.long else 8])
        at = self.world.clock.now() + timedelta(hours=self.rng.uniform(0, ahead))
        return at.astimezone(ZoneInfo(file.schedule.timezone)).replace(tzinfo=None, second=0, microsecond=0)

    # ------------------------------------------------------------ saying yes

    def approve(self, file: File, what: str) -> None:
        """Plan, show, say yes: others may come in between. Some files need two people."""
        for by in self.rng.sample(PEOPLE, self.rng.randint(1, file.approvals)):
            self._say_yes(file, what, by)

    def _say_yes(self, file: File, what: str, by: str) -> None:
        world = self.world
        campaign, threads = file.compose()
        modes = dict.fromkeys(file.accounts, Mode.LIVE)
        at_once = file.at_once and self.rng.random() < 0.8
        try:
            world.notice_restore()
            with world.store.read() as connection:
                shown = plan(connection, campaign, threads, modes=modes, now=world.clock.now(), at_once=at_once, by=by)
            for thread in threads:
                answered = self._answered(thread.entry.reply_to)
                world.judge.say_yes((file.name, thread.id, thread.account), thread.texts, answered, by, file.approvals)
            now = world.clock.now()
            seal = Seal(by, now, because="it is urgent" if at_once else None)
            done = approve(
                world.store, campaign, threads, modes=modes, now=now, seal=seal, shown=shown, at_once=at_once
            )
        except AmplifierError as exc:
            found = "; ".join(map(str, exc.findings)) if isinstance(exc, FileError) else ""
            world.say(f"approve {file.name} ({what}) refused: {exc.message} {found}")
            world.count("approve: refused")
            return
        world.count("approve: done")
        world.say(f"approve {file.name} ({what}): {[(s.address.thread, s.action.value) for s in done.changes]}")

    def _answered(self, asked: Address | None) -> str | None:
        if asked is None:
            return None
        wanted = (asked.campaign, asked.thread, asked.account, asked.k)
        judge = self.world.judge
        found = [row for row in judge.now.rows.values() if row.state == "sent" and judge.now.key(row) == wanted]
        return found[0].remote_id if found else None
