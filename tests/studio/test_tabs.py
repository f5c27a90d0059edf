"""More windows than a browser has connections for one host: each is shown, and each hears of what happens."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.house import House
from tests.support.studio import served

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine (apt-get install chromium)"),
]
WINDOWS = 9


def test_ninth_window_opens_and_every_window_hears_of_a_pause(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - where there is no browser it is not needed

    with served(House.build(tmp_path / "w")) as visitor, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context()
        context.set_default_timeout(20_000)
        first = context.new_page()
        first.goto(f"{visitor.origin}/enter/{visitor.code()}")
        first.wait_for_url("**/campaigns/fence")
        windows = [first, *(context.new_page() for _ in range(WINDOWS - 1))]
        for window in windows:
            window.goto(f"{visitor.origin}/live")
        windows[-1].get_by_role("button", name="Pause everything").first.click()
        for window in windows:
            window.locator("text=/Paused/i").first.wait_for(timeout=40_000)
        browser.close()
