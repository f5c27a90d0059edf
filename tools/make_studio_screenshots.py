"""Take pictures of the studio as staff see it, light and dark, for a desk and for a telephone.

Needs Chromium (apt-get install chromium fonts-dejavu). The pictures lie in build/screenshots; the one in the README is
made anew with them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
from make_screenshots import BROWSERS, LARGEST, OUT, ROOT, UPPER, demo

if TYPE_CHECKING:
    from playwright.sync_api import Page

README_PICTURE = ROOT / "docs" / "studio.png"
PAGES = {
    "threads": "/campaigns/dmz-escape",
    "article": "/campaigns/dmz-escape/article",
    "claims": "/campaigns/dmz-escape/claims",
    "approve": "/campaigns/dmz-escape/approve",
    "share": "/campaigns/dmz-escape/share",
    "calendar": "/calendar",
    "live": "/live",
    "story": "/live/dmz-escape/story/main/1@simulated",
    "results": "/results",
}
WIDTHS = (1280, 400)
SCHEMES = ("light", "dark")


def main() -> int:
    """Run the demo, open the studio on it, and take every picture."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("there is no Chromium: apt-get install chromium fonts-dejavu")
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="amplifier-pictures-") as scratch, sync_playwright() as playwright:
        workspace = demo(Path(scratch))
        command = [sys.executable, "-m", "amplifier", "-C", str(workspace), "studio", "--no-browser", "--port", "0"]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as studio:
            try:
                entrance = studio.stdout.readline().strip() if studio.stdout else ""
                page = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"]).new_page()
                page.goto(entrance)
                page.wait_for_url("**/campaigns/**")
                shoot(page, entrance.partition("/enter/")[0])
            finally:
                studio.terminate()
    size = README_PICTURE.stat().st_size
    print(f"{README_PICTURE.relative_to(ROOT)}: {size:,} bytes")
    return 0 if size <= LARGEST else 1


def shoot(page: Page, origin: str) -> None:
    """Every page, in every width and scheme."""
    for name, path in PAGES.items():
        for width in WIDTHS:
            for scheme in SCHEMES:
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.goto(origin + path)
                goal = OUT / f"studio-{name}-{width}-{scheme}.png"
                page.screenshot(path=goal, full_page=True)
                print(goal.relative_to(ROOT))
    page.set_viewport_size({"width": UPPER[0], "height": UPPER[1]})
    page.emulate_media(color_scheme="light")
    page.goto(origin + PAGES["threads"])
    page.screenshot(path=README_PICTURE)


if __name__ == "__main__":
    sys.exit(main())
