"""Where things lie: finding a workspace, and making a new one from the starter files."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from amplifier.errors import ConfigurationError, UsageError

STARTER_FILES = {
    "campaigns": frozenset({".yaml", ".yml", ".json", ".md", ".txt"}),
    "templates": frozenset({".j2"}),
}
"""What `init` copies from each folder, by suffix: never settings, a database or anything hidden."""

GITIGNORE = """\
# settings with credentials
.env
.env.*
!.env.example
# the database, its journals and its copies
*.db
*.db-*
*.db.*
# what Amplifier writes while it runs
.amplifier/
PAUSE
backups/
exports/
outbox/
simulated/
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder that holds `campaigns/`, `templates/`, `.env` and the database; `root` is absolute."""

    root: Path

    @property
    def campaigns(self) -> Path:
        return self.root / "campaigns"

    @property
    def articles(self) -> Path:
        return self.campaigns / "articles"

    @property
    def threads(self) -> Path:
        """Threads written by hand."""
        return self.campaigns / "threads"

    @property
    def templates(self) -> Path:
        return self.root / "templates"

    @property
    def env_file(self) -> Path:
        return self.root / ".env"

    @property
    def database(self) -> Path:
        """The SQLite file that is used unless `AMPLIFIER_DATABASE_URL` says otherwise."""
        return self.root / "amplifier.db"

    @property
    def outbox(self) -> Path:
        """Where dry runs go."""
        return self.root / "outbox"

    @property
    def simulated(self) -> Path:
        """The timelines of the simulated network."""
        return self.root / "simulated"

    @property
    def pause_file(self) -> Path:
        """While this file exists nothing is published, whatever the database says."""
        return self.root / "PAUSE"

    @property
    def private(self) -> Path:
        """What Amplifier keeps for itself."""
        return self.root / ".amplifier"

    @property
    def backups(self) -> Path:
        """Copies of the database."""
        return self.root / "backups"

    def lives_by(self, path: Path) -> bool:
        """Whether a file is one that Amplifier works with: nothing that it tells may be written over it."""
        found = path.resolve()
        folders = (self.campaigns, self.templates, self.private, self.backups, self.outbox, self.simulated)
        names = (self.database.name, self.env_file.name)  # and what SQLite and editors keep beside them
        beside = found.parent == self.root.resolve() and found.name.startswith(names)
        return beside or any(found.is_relative_to(folder.resolve()) for folder in folders)

    @property
    def lock_file(self) -> Path:
        """Held by `run --once`, so that a slow cron does not pile up."""
        return self.private / "run.lock"


def find_workspace(
    explicit: Path | None, named_file: Path | None, cwd: Path, environ_workspace: str | None = None
) -> Workspace:
    """The workspace that a command is about.

    `explicit` (`-C/--workspace`) wins over `environ_workspace` (`AMPLIFIER_WORKSPACE`); else it is looked for upwards
    from the file named, then upwards from `cwd`. Raises `ConfigurationError` when there is none.
    """
    for given, what in ((explicit, "-C/--workspace"), (environ_workspace, "AMPLIFIER_WORKSPACE")):
        if given:
            root = (cwd / Path(given).expanduser()).resolve()
            if not _is_workspace(root):
                raise ConfigurationError(
                    f"{given} ({what}) is not a workspace: it needs the folders campaigns/ and templates/",
                    f"name another folder, or type: amplifier init {given}",
                )
            return Workspace(root)
    beginnings = [cwd / named_file, cwd] if named_file else [cwd]
    for beginning in beginnings:
        # not resolved before the search: a campaign that is a link belongs to the workspace it is linked into
        path = Path(os.path.normpath(beginning.absolute()))
        for folder in (path, *path.parents):
            if _is_workspace(folder):
                return Workspace(folder.resolve())
    raise ConfigurationError(
        f"no workspace: neither {beginnings[0]} nor a folder above it has campaigns/ and templates/",
        "type: amplifier init DIR, then work there, or name one with -C DIR",
    )


def starter_root() -> Path:
    """The folder with the starter files: `amplifier/starter/` in a wheel, else the repository."""
    package = Path(__file__).resolve().parent
    for root in (package / "starter", package.parent):
        if _is_workspace(root):
            return root
    raise ConfigurationError("the starter files are missing from this installation", "install amplifier again")


def init_workspace(target: Path) -> Workspace:
    """Make a workspace of a missing or empty folder from the starter files.

    All or nothing: after a failure the folder is as it was before. Raises `UsageError` for a folder that is in use and
    `ConfigurationError` where nothing can be written.
    """
    _refuse_in_use(target)
    made: list[Path] = []
    try:
        for folder in reversed([folder for folder in (target, *target.parents) if not folder.exists()]):
            folder.mkdir()
            made.append(folder)
        _fill(target)
    except BaseException as exc:
        for folder in reversed(made):
            folder.rmdir()
        if not isinstance(exc, OSError):
            raise
        raise ConfigurationError(
            f"cannot make a workspace in {target}: {exc.strerror or exc}", "choose another folder"
        ) from exc
    return Workspace(target.resolve())


def _is_workspace(folder: Path) -> bool:
    try:
        return (folder / "campaigns").is_dir() and (folder / "templates").is_dir()
    except OSError:
        return False


def _refuse_in_use(target: Path) -> None:
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise UsageError(f"{target} is not a folder", "name a missing or an empty folder")
    try:
        names = sorted(path.name for path in target.iterdir())
    except OSError as exc:
        raise ConfigurationError(f"cannot read {target}: {exc.strerror}", "choose another folder") from exc
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        raise UsageError(
            f"{target} is not empty: it holds {', '.join(names[:3])}{more}", "name a missing or an empty folder"
        )


def _fill(target: Path) -> None:
    """Copy beside the goal on the same disk, then move; the two folders that make a workspace come last."""
    stage = Path(tempfile.mkdtemp(prefix=".amplifier-init-", dir=target))
    moved: list[Path] = []
    try:
        _copy_starter(starter_root(), stage)
        for path in sorted(stage.iterdir(), key=lambda path: (path.name in STARTER_FILES, path.name)):
            goal = target / path.name
            path.rename(goal)
            moved.append(goal)
        stage.rmdir()
    except BaseException:
        for path in (*moved, stage):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        raise


def _copy_starter(starter: Path, stage: Path) -> None:
    # copyfile, not copy: an installation may be read-only, and the copies belong to staff
    for folder, suffixes in STARTER_FILES.items():
        for path in sorted((starter / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file() and not _hidden_or_linked(path, starter):
                goal = stage / path.relative_to(starter)
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, goal)
    for folder in ("campaigns/articles", "campaigns/threads", "templates"):
        (stage / folder).mkdir(parents=True, exist_ok=True)
    (stage / ".gitignore").write_text(GITIGNORE, encoding="utf-8")
    with suppress(FileNotFoundError):
        shutil.copyfile(starter / ".env.example", stage / ".env.example")


def _hidden_or_linked(path: Path, starter: Path) -> bool:
    inside = path.relative_to(starter)
    steps = [starter / Path(*inside.parts[: depth + 1]) for depth in range(len(inside.parts))]
    return any(step.name.startswith(".") or step.is_symlink() for step in steps)
