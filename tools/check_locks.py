"""Are the lock files whole? Every dependency pinned as pyproject.toml allows, every pin hashed, no address anywhere."""

from __future__ import annotations

import re
import sys
import tomllib
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==(\S+)")


def main() -> int:
    """Print every problem; the number of them is the exit code's truth."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = project["project"]["dependencies"]
    groups = project["dependency-groups"]
    run, problems = read(ROOT / "requirements" / "run.txt")
    dev, more = read(ROOT / "requirements" / "dev.txt")
    problems += more
    problems += missing("run.txt", run, [*wanted, *groups["build"], *project["build-system"]["requires"]])
    problems += missing("dev.txt", dev, [*wanted, *groups["dev"]])
    analyst, more = read(ROOT / "requirements" / "analyst.txt")
    extras = project["project"]["optional-dependencies"].values()
    problems += more + missing("analyst.txt", analyst, [*wanted, *chain.from_iterable(extras)])
    problems += [
        f"{name} is {version} in {file} and {dev.get(name, 'absent')} in dev.txt"
        for file, pins in (("run.txt", run), ("analyst.txt", analyst))
        for name, version in pins.items()
        if dev.get(name) != version
    ]
    for problem in problems:
        print(problem)
    if problems:
        print("next: make lock")
    else:
        print(f"locks are whole: {len(run)} packages to run, {len(analyst)} to analyse, {len(dev)} to develop")
    return 1 if problems else 0


def read(path: Path) -> tuple[dict[str, str], list[str]]:
    """The pins of a lock file, and what is wrong with it."""
    pins: dict[str, str] = {}
    problems: list[str] = []
    blocks = re.split(r"\n(?=[A-Za-z0-9])", path.read_text("utf-8"))
    for block in blocks:
        found = PIN.match(block)
        if found:
            pins[canonicalize_name(found[1])] = found[2]
            if "--hash=sha256:" not in block:
                problems.append(f"{path.name}: {found[1]} has no hash")
        if re.search(r"https?://|--index-url|--find-links", block):
            problems.append(f"{path.name}: names an address: {block.splitlines()[0]}")
    return pins, problems


def missing(lock: str, pins: dict[str, str], wanted: list[str]) -> list[str]:
    """What pyproject.toml asks for and the lock does not give."""
    problems = []
    for line in wanted:
        requirement = Requirement(line)
        pinned = pins.get(canonicalize_name(requirement.name))
        if pinned is None:
            problems.append(f"{lock}: {requirement.name} is not locked")
        elif not requirement.specifier.contains(pinned, prereleases=True):
            problems.append(f"{lock}: {requirement.name} {pinned} is not {requirement.specifier}")
    return problems


if __name__ == "__main__":
    sys.exit(main())
