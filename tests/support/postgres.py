"""A private PostgreSQL cluster from the installed server binaries, on a socket in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "amplifier"


def server_binaries() -> Path | None:
    """The newest installed server's bin folder; None where there is none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]), reverse=True
    )
    if found:
        return found[0].parent
    on_path = shutil.which("postgres")
    return Path(on_path).parent if on_path else None


@contextmanager
def private_cluster(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """Yield the URL prefix of a running cluster, `postgresql://…` without a database name.

    With `durable` a commit waits for the disk, as in real life; tests do not wait.
    The server refuses to run as root: then it runs as an unprivileged user that owns the folder.
    """
    binaries = server_binaries()
    if binaries is None:
        msg = "no PostgreSQL server binaries are installed"
        raise RuntimeError(msg)
    data, socket = folder / "data", folder / "s"
    socket.mkdir(parents=True)
    run_as = _unprivileged() if os.geteuid() == 0 else None
    if run_as:
        for path in (folder, socket):
            shutil.chown(path, user=run_as)
        for parent in folder.parents:  # pytest keeps its folders to their owner
            if parent.stat().st_uid == 0 and parent.stat().st_mode & 0o005 != 0o005 and len(parent.parts) > 2:
                parent.chmod(parent.stat().st_mode | 0o055)

    def run(*command: str) -> None:
        subprocess.run(command, check=True, user=run_as, cwd=folder, stdout=subprocess.DEVNULL, timeout=60)

    run(str(binaries / "initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
    fsync = "on" if durable else "off"
    options = f"-c listen_addresses='' -c unix_socket_directories={socket} -c fsync={fsync} -c max_connections=50"
    run(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://{USER}@/{{name}}?host={socket}"
    finally:
        run(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop")


def _unprivileged() -> str:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    msg = "no unprivileged user to run the server as"
    raise RuntimeError(msg)
