"""What every page of the studio needs: the open workspace, its campaigns as they are now, who asks, and an answer."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from starlette.responses import HTMLResponse, RedirectResponse

from amplifier import pages
from amplifier.content.claims.ledger import ledger_path
from amplifier.content.draft import Draft, load_draft
from amplifier.content.namesakes import campaign_files
from amplifier.errors import AmplifierError, FileError, UsageError
from amplifier.model import Mode
from amplifier.pages.words import speaking
from amplifier.publishing import pause
from amplifier.studio.doors import Role
from amplifier.studio.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.datastructures import FormData
    from starlette.responses import Response

    from amplifier.app import App
    from amplifier.content.claims.model import Ledger
    from amplifier.model import Finding
    from amplifier.studio.doors import Person

Stamp = frozenset[tuple[str, int, int, int, int]]
"""Name, times, size and number of every file that a campaign may be made of: another stamp, another draft."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a person who was let in."""

    person: Person
    token: str
    path: str
    names: Mapping[str, str]
    """What stands in the path: the campaign's file, a thread."""
    query: Mapping[str, str]
    form: FormData
    language: str
    refused: Refusal | None = None
    """Why the form of this page was not done, when the page is shown again for that."""
    seen: int = 0
    """The number of the newest change when the page was asked for."""
    looking: bool = True
    """Whether a person has come here; False: an open page looks for what is new, or a browser ahead of its reader."""

    def field(self, name: str) -> str:
        """A field of the form, without the blanks around it; empty where it is missing."""
        value = self.form.get(name)
        return value.strip() if isinstance(value, str) else ""

    def words(self, name: str) -> str:
        """A field as it was written, with plain line ends."""
        value = self.form.get(name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else ""


@dataclass
class Refusal:
    """What was not done, with what was typed: shown beside the form that it was typed into."""

    error: AmplifierError
    action: str
    """The path of the form."""
    typed: Mapping[str, str]
    told: bool = False
    """Whether a page has shown it."""

    @property
    def findings(self) -> Sequence[Finding]:
        return self.error.findings if isinstance(self.error, FileError) else ()

    def tell(self) -> str:
        """Nothing to show, but from now on it counts as shown."""
        self.told = True
        return ""


@dataclass(frozen=True, slots=True)
class Done:
    """What a person has just done, to be told on the next page: a key of the words, its values, and where to go on."""

    key: str
    values: Mapping[str, object]
    link: str = ""
    """A key of the words, too."""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One campaign file: its draft, or what is wrong with it."""

    name: str
    """The file's name without its ending: what stands in addresses."""
    path: Path
    draft: Draft | None
    mistakes: AmplifierError | None


@dataclass
class Desk:
    """The open workspace. Drafts are composed anew only when a file has changed."""

    app: App
    answers: dict[tuple[str, str], tuple[Ledger, Ledger]] = field(default_factory=dict)
    """The last answer about claims by campaign file and person: the ledger before and after it."""
    edits: dict[tuple[str, str], Kept] = field(default_factory=dict)
    """The last change of words by campaign file and person."""
    _done: dict[str, Done] = field(default_factory=dict)
    """What is to be told on the next page, by session."""
    _sheets: dict[str, Sheet] = field(default_factory=dict)
    _stamp: Stamp | None = None
    """What the files were when the sheets were made of them."""
    _elsewhere: frozenset[Path] = frozenset()
    """What campaigns are made of and may lie outside the folders that are looked at."""
    _composing: Lock = field(default_factory=Lock)
    _writing: Lock = field(default_factory=Lock)

    def names(self) -> list[str]:
        """The campaign files, by name."""
        return list(self._paths())

    def sheets(self, *, anew: str = "") -> Mapping[str, Sheet]:
        """All campaign files as they are now, by name; `anew`: this one is read again, whatever is known."""
        with self._composing:
            now = self.stamp()  # before they are read: what is written meanwhile is read the next time
            paths = self._paths()
            known = {name for name, sheet in self._sheets.items() if paths.get(name) == sheet.path}
            stale = (self._stale(now, paths) | {anew}) & paths.keys() | (paths.keys() - known)
            if stale or paths.keys() != self._sheets.keys():
                made = {name: self._compose(name, paths[name]) for name in stale}
                self._sheets = {name: made.get(name) or self._sheets[name] for name in paths}
                self._elsewhere |= frozenset(path for sheet in made.values() for path in self._read(sheet))
            self._stamp = now
            return self._sheets

    def _stale(self, now: Stamp, paths: Mapping[str, Path]) -> set[str]:
        """The campaigns that a change may be about: one where only its own text, article or ledger has changed."""
        if self._stamp is None:
            return set(paths)
        changed = {path for path, *_ in now ^ self._stamp}
        own = {name: {str(path) for path in _files(sheet)} for name, sheet in self._sheets.items()}
        if not changed <= set[str]().union(*own.values()):
            return set(paths)
        wrong = {name for name, sheet in self._sheets.items() if changed and sheet.draft is None}
        return wrong | {name for name in own if changed & own[name]}

    def sheet(self, name: str, *, anew: bool = False) -> Sheet:
        """A campaign file as it is now. Raises `UsageError` for another name."""
        found = self.sheets(anew=name if anew else "")
        if name not in found:
            raise UsageError(f"there is no campaign file {name!r}", f"there are: {', '.join(found) or 'none'}")
        return found[name]

    def draft(self, name: str, *, anew: bool = False) -> Draft:
        """A campaign's draft. Raises what is wrong with its file."""
        sheet = self.sheet(name, anew=anew)
        if sheet.draft is None:
            raise sheet.mistakes or FileError(f"{sheet.path} cannot be read", (), "look at the file")
        return sheet.draft

    def stamp(self) -> Stamp:
        """What the files are now: those of the workspace's folders, and those that campaigns name elsewhere."""
        workspace = self.app.workspace
        found = {
            Path(folder, name)
            for top in (workspace.campaigns, workspace.templates)
            for folder, _, names in os.walk(top, followlinks=True)
            for name in names
            if not name.startswith(".")
        }
        return frozenset(filter(None, map(_stamp, found | self._elsewhere)))

    @contextmanager
    def writing(self) -> Iterator[Kept]:
        """One person at a time writes files here; what goes wrong leaves those that are kept as they were."""
        with self._writing:
            kept = Kept()
            try:
                yield kept
            except BaseException:
                kept.put_back()
                raise

    def _paths(self) -> dict[str, Path]:
        """By the name that stands in addresses: without its ending, unless another file has the same one."""
        found: dict[str, Path] = {}
        for path in campaign_files(self.app.workspace.campaigns):
            if not is_text(path.name):  # no address can name it
                continue
            found[path.name if path.stem in found else path.stem] = path
        return found

    def _read(self, sheet: Sheet) -> frozenset[Path]:
        """What a sheet was made of, or could not be."""
        findings = sheet.mistakes.findings if isinstance(sheet.mistakes, FileError) else ()
        return _files(sheet) | {self.app.workspace.root / found.place.path for found in findings}

    def _compose(self, name: str, path: Path) -> Sheet:
        try:
            return Sheet(name, path, load_draft(path, self.app.workspace.root, self.app.platform), None)
        except AmplifierError as exc:
            return Sheet(name, path, None, exc)

    def modes(self) -> list[Mode]:
        """The modes that an approval made now would give, of all configured accounts and those of the campaigns."""
        names = set(self.app.settings.accounts)
        for sheet in self.sheets().values():
            names |= set(sheet.draft.campaign.accounts) if sheet.draft else set()
        return sorted({self.app.mode_of(name) for name in names}) or [Mode.DRY]

    def show(self, asked: Asked, template: str, status: int = 200, **values: Any) -> Response:
        """A page, in the language of whoever asks."""
        language, say = speaking(asked.language)
        known = {
            "language": language,
            "say": say,
            "person": asked.person,
            "Role": Role,
            "token": asked.token,
            "path": asked.path,
            "here": f"{asked.path}?{urlencode(asked.query)}" if asked.query else asked.path,
            "seen": asked.seen,
            "refused": asked.refused,
            "typed": defaultdict(str, asked.refused.typed if asked.refused else {}),
            "done": self._done.pop(asked.token, None) if asked.looking else None,
            "names": self.names(),
            "modes": self.modes(),
            "stopped": (stopped := self.stopped()),
            "halted": any(one["scope"] == "all" for one in stopped),
            "campaign": None,
        }
        return HTMLResponse(pages.render(f"studio/{template}", known | values), status)

    def tell(self, asked: Asked, key: str, link: str = "", href: str = "", **values: object) -> None:
        """Say on the person's next page what was done, and where to go on from there."""
        self._done[asked.token] = Done(key, values, link, href)

    def stopped(self) -> list[dict[str, object]]:
        """What is paused now; the file PAUSE counts as everything."""
        found = [{**one, "file": False} for one in pause.paused(self.app.store)]
        if self.app.workspace.pause_file.exists():
            found.append({"scope": "all", "name": "", "who": None, "why": "PAUSE", "file": True})
        return found


def is_text(words: str) -> bool:
    """Whether words can be written as UTF-8: a form or the name of a file may hold what cannot."""
    try:
        words.encode()
    except UnicodeEncodeError:
        return False
    return True


def _files(sheet: Sheet) -> frozenset[Path]:
    if sheet.draft is None:
        return frozenset()
    campaign = sheet.draft.campaign
    return frozenset(
        {campaign.article, ledger_path(campaign), *(entry.text for entry in campaign.threads if entry.text)}
    )


def _stamp(path: Path) -> tuple[str, int, int, int, int] | None:
    try:
        about = path.stat()
    except OSError:  # there is none, or none any more
        return None
    return str(path), about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino


def go(path: str) -> Response:
    """Send the browser on after something was done."""
    return RedirectResponse(path, 303)


def at(asked: Asked, page: str = "") -> str:
    """The address of a page of the campaign that is asked about; a file's name may have any sign."""
    return f"/campaigns/{quote(asked.names['campaign'], safe='')}{page}"
