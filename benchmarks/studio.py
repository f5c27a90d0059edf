"""The studio's page of 200 threads, from a process of its own: the last byte, the first paint, its bytes."""

from __future__ import annotations

import gzip
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from amplifier.cli.loopback import HOST
from benchmarks.measure import note, row, seconds
from tests.support.house import House
from tests.support.studio_process import running

if TYPE_CHECKING:
    from tests.support.studio import Visitor

THREADS = 200
POSTS = 4
ROUNDS = 15
LIMIT_MS, LIMIT_KB = 300, 150
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAGE = "/campaigns/fence"
PAINTED = "performance.getEntriesByName('first-contentful-paint').map(entry => entry.startTime)[0]"


def run() -> None:
    """Print the rows: warm, which is how staff find it all day."""
    with tempfile.TemporaryDirectory(prefix="amp") as folder:
        house = House.build(Path(folder) / "w", **{f"t{number}": _thread(number) for number in range(THREADS)})
        with running(house) as studio:
            visitor = studio.visitor
            cold = seconds(lambda: visitor.get(PAGE))
            times = [seconds(lambda: visitor.get(PAGE)) * 1000 for _ in range(ROUNDS)]
            answer = visitor.get(PAGE)
            if answer.status != 200:
                raise SystemExit(f"{PAGE}: {answer.status}")
            _told(f"{THREADS} threads of {POSTS} posts: last byte of their page, warm", times)
            size = len(answer.body) / 1000
            row("its bytes", f"{size:.0f} KB", f"< {LIMIT_KB} KB", met=size < LIMIT_KB)
            if CHROMIUM:
                _told("first paint in headless chromium, warm", _painted(visitor, CHROMIUM))
            else:
                note("no chromium on this machine: its first paint was not measured")
            note(f"when the files were new to it: {cold * 1000:.0f} ms; compressed it would be {_packed(answer.body)}")


def _told(what: str, times: list[float]) -> None:
    middle = statistics.median(times)
    row(what, f"{middle:.0f} ms", f"< {LIMIT_MS} ms", met=middle < LIMIT_MS)
    note(f"{min(times):.0f} to {max(times):.0f} ms in {len(times)} rounds")


def _packed(body: bytes) -> str:
    return f"{len(gzip.compress(body, 6)) / 1000:.0f} KB"


def _painted(visitor: Visitor, chromium: str) -> list[float]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - where there is no browser it is not needed

    name, _, key = visitor.cookie.partition("=")
    found: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": name, "value": key, "domain": HOST, "path": "/"}])
        page = context.new_page()
        for turn in range(ROUNDS + 1):
            page.goto(f"{visitor.origin}{PAGE}")
            while not (painted := page.evaluate(PAINTED)):  # asked by us: the page's policy lets nothing wait for it
                page.wait_for_timeout(5)
            if turn:  # the first one warms the browser
                found.append(painted)
        browser.close()
    return found


def _thread(number: int) -> str:
    """As long as threads are in life, and no two alike."""
    posts = (
        f"Part {k} of what the sister at fence {number} told: on day {number * 7 + k} she saw {number + k * 31} people "
        f"in the rain, and {'one guard looked away' if (number + k) % 2 else 'nobody said a word'} for a minute. #Fence"
        for k in range(1, POSTS + 1)
    )
    return "\n---\n".join(posts)
