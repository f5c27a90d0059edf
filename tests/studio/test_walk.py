"""A person's whole way in a real browser: a mistake in a file, a yes, a post that is out, a pause, what came of it."""

from __future__ import annotations

import re
import shutil
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from amplifier.store.types import instant_text
from amplifier.workspace import init_workspace
from tests.support.house import House
from tests.support.studio import KIM, Visitor, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine (apt-get install chromium)"),
]
PAGES = ("", "/article", "/claims", "/approve", "/share")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - where there is no browser it is not needed

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.environment = {"AMPLIFIER_ACCOUNTS__MAIN__NETWORK": "simulated", "AMPLIFIER_ACCOUNTS__MAIN__HANDLE": "voices"}
    built.write("one", post_gap="5s")
    return built


@pytest.fixture
def visitor(house: House) -> Iterator[Visitor]:
    with served(house) as found:
        yield found


def opened(browser: Browser, visitor: Visitor, *, scripts: bool = True) -> Page:
    """A new window that has come in; whatever its console complains of fails the test."""
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.complaints = complaints  # type: ignore[attr-defined]
    page.goto(f"{visitor.origin}/enter/{visitor.code(KIM)}")
    page.wait_for_url("**/campaigns/**")
    return page


def until(page: Page, there: Callable[[], bool], *, scripts: bool) -> None:
    """Wait for what the page shows; without scripts a person loads it again."""
    deadline = time.monotonic() + 30
    while not there() and time.monotonic() < deadline:
        page.wait_for_timeout(300)
        if not scripts:
            page.reload()
    assert there()


@pytest.mark.parametrize("scripts", (True, False))
def test_from_a_mistake_to_results(browser: Browser, house: House, visitor: Visitor, scripts: bool) -> None:
    whole = house.campaign.read_text("utf-8")
    house.campaign.write_text(whole.replace("hashtags:", "hashtagz:"), "utf-8")
    page = opened(browser, visitor, scripts=scripts)
    page.get_by_role("heading", name="The file has mistakes").wait_for()
    assert "hashtags" in page.inner_text("main")

    house.campaign.write_text(whole, "utf-8")
    if scripts:
        page.get_by_role("heading", name="one").first.wait_for()  # by itself
    else:
        page.reload()
    card = page.locator("#one-main-2")
    card.locator("summary", has_text="Edit").click()
    field = card.locator("textarea:visible")
    assert field.count() == 1, "one field, and no other that looks like it"
    if scripts:
        field.fill(f"{field.input_value()} Truly.")
        before = int(card.locator(".count b").inner_text().removesuffix(" left"))
        assert card.locator(".counting").inner_text() == f"{before - 7} left"
    else:
        field.fill(f"{field.input_value()} Truly.")
    card.get_by_role("button", name="Save").click()
    page.wait_for_url("**/campaigns/fence*")
    assert "Truly." in page.locator("#one-main-2 .said").first.inner_text()
    assert "Truly." in (house.root / "campaigns/threads/one.md").read_text("utf-8")

    page.get_by_role("status").get_by_role("link", name="Approve").click()  # where the note of the save leads
    page.get_by_role("button", name="Approve · SIMULATED").click()
    page.get_by_text("Nothing to approve").wait_for()

    page.get_by_role("status").get_by_text("Approved: 1 thread is queued").wait_for()
    page.get_by_role("navigation").get_by_role("link", name="Live").click()
    page.get_by_text("0 of 3 out").wait_for()
    now = {"now": instant_text(datetime.now(UTC))}
    with visitor.app.store.write() as connection:
        connection.execute(text("UPDATE post SET due_at = :now, planned_at = :now"), now)
    run = house.start("run", "--drain")
    out = page.locator(".course .sent")
    until(page, lambda: out.count() == 1, scripts=scripts)

    page.get_by_role("button", name="Pause everything").click()
    page.get_by_role("link", name="Paused · Resume").wait_for()
    time.sleep(6)
    page.reload()
    assert out.count() == 1, "nothing goes out while it is paused, in the middle of a thread"
    page.get_by_label("Why it resumes (recorded)").fill("over")
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Pause everything").wait_for()
    run.communicate(timeout=30)  # it ended with the pause
    run = house.start("run", "--drain")
    until(page, lambda: out.count() == 3, scripts=scripts)
    run.communicate(timeout=30)
    house.process("collect", "--now")

    page.get_by_role("link", name="Results").click()
    page.get_by_text("The simulated network made these numbers up").first.wait_for()
    assert page.complaints == []  # type: ignore[attr-defined]
    page.context.close()


def test_nothing_stands_in_the_way_of_anybody(browser: Browser, house: House, visitor: Visitor) -> None:
    """axe-core on every page, light and dark, wide and narrow; and no page is wider than its window."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - as above

    house.cli("approve", str(house.campaign), "--now", "--yes")
    house.cli("run", "--once")
    house.text("two", "A thread that has not been approved yet. " * 9)
    house.write("one", "two", post_gap="5s")
    page = opened(browser, visitor)
    paths = [f"/campaigns/fence{path}" for path in PAGES]
    paths += [
        "/calendar",
        "/calendar?week=2026-12-10",
        "/live",
        "/live/fence/one/main/1@simulated",
        "/results",
        "/campaigns/none",
    ]
    wrong: list[str] = []

    def look(what: str) -> None:
        for width in (400, 1280):
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=scheme)
                found = Axe().run(page).response["violations"]
                wrong.extend(f"{what} {width} {scheme}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in found)
                if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    wrong.append(f"{what} {width}: wider than its window")

    for path in paths:
        page.goto(f"{visitor.origin}{path}")
        look(path)
    page.goto(f"{visitor.origin}/campaigns/fence/claims")
    page.get_by_role("button", name="Find what the article claims").click()
    page.get_by_role("status").get_by_text("The article was read").wait_for()
    look("what was done")
    page.get_by_label("verified").check()
    page.get_by_label("Date").fill("soon")
    page.get_by_role("button", name="Save the answer").click()
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("Date").input_value() == "soon"
    look("an answer that is refused")
    page.goto(f"{visitor.origin}/campaigns/fence?from=two-main")
    page.locator("#two-main-1 summary", has_text="Edit").click()
    page.locator("#two-main-1 textarea:visible").fill(f"#{'x' * 290}")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()
    page.wait_for_function("document.activeElement.name === 'text'")  # where it was written
    look("words that are refused")
    page.goto(f"{visitor.origin}/live")
    for one in page.locator("main details").all():
        one.evaluate("one => { one.open = true; }")
    look("live, opened")
    assert wrong == []
    assert [said for said in page.complaints if "400" not in said] == []  # type: ignore[attr-defined]
    page.context.close()


def test_everything_can_be_reached_by_keyboard(browser: Browser, visitor: Visitor) -> None:
    page = opened(browser, visitor)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        reached.add(page.evaluate("(document.activeElement.innerText || document.activeElement.name || '').trim()"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"
    assert {"Campaigns", "Threads", "Live", "Pause everything", "Approve", "Edit post 1 of one"} <= {
        text.replace("\n", " ") for text in reached
    }
    page.context.close()


def test_a_start_is_dragged_to_another_day(browser: Browser, house: House, visitor: Visitor) -> None:
    page = opened(browser, visitor)
    page.goto(f"{visitor.origin}/calendar")
    entry = page.locator("[data-thread=one]").first
    day = page.locator(".day:not(.other):not(:has(.entry))").last
    wanted = day.get_attribute("data-day")
    entry.hover()
    page.mouse.down()
    day.hover()
    day.hover()  # a browser asks twice whether it may be dropped there
    page.mouse.up()
    page.wait_for_url(re.compile(r"/calendar\?month="))
    assert f"at: {wanted} " in house.campaign.read_text("utf-8")
    page.context.close()


def test_what_was_refused_stays_as_it_was_typed_while_files_change(
    browser: Browser, house: House, visitor: Visitor
) -> None:
    page = opened(browser, visitor)
    page.locator("#one-main-2 summary", has_text="Edit").click()
    field = page.locator("#one-main-2 textarea:visible")
    field.fill(f"#{'x' * 290}")
    assert "it will be split" in page.locator("#one-main-2 .counting").inner_text()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()
    house.text("two", "Another thread, saved by somebody else.")
    house.write("one", "two")
    over = page.locator("#one-main-2 .counting").inner_text()
    field.press("End")
    field.press("a")
    assert int(page.locator("#one-main-2 .counting").inner_text().split()[0]) == int(over.split()[0]) + 1
    field.press("Backspace")
    house.process("pause")
    page.get_by_role("link", name="Paused · Resume").wait_for()  # told to whoever is typing, too
    assert field.input_value() == f"#{'x' * 290}"
    assert page.locator("#two-main").count() == 0, "the page is as it was"
    field.fill("Now it is well.")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("status").get_by_text("Saved in campaigns/threads/one.md").wait_for()
    assert page.locator("#two-main").count() == 1
    house.text("two", "Another thread, saved once more.")
    page.get_by_text("Another thread, saved once more.").first.wait_for()
    assert page.get_by_text("Saved in campaigns/threads/one.md").count() == 1, "it is told until the page is left"
    page.context.close()


def test_what_belongs_to_an_answer_appears_with_it(browser: Browser, tmp_path: Path) -> None:
    with served(House(init_workspace(tmp_path / "sample").root)) as visitor:
        page = opened(browser, visitor)
        page.goto(f"{visitor.origin}/campaigns/dmz-escape/claims")
        shown_with_each_answer(page)
        page.context.close()


def shown_with_each_answer(page: Page) -> None:
    parts = {
        "verified": {"title"},
        "disputed": {"title", "say", "because"},
        "contradicted": {"title", "say"},
        "rhetorical": set[str](),
    }
    for status, wanted in parts.items():
        page.keyboard.press(status[0])
        shown = {name for name in ("title", "say", "because") if page.locator(f"[name={name}]").is_visible()}
        assert shown == wanted, status


def test_a_wording_is_copied_by_one_button(browser: Browser, house: House, visitor: Visitor) -> None:
    page = opened(browser, visitor)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{visitor.origin}/campaigns/fence/share")
    page.get_by_role("button", name="Copy").first.click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#wording-1").text_content()
    for _ in range(2):
        with page.expect_download() as download:
            page.get_by_role("button", name="Download the share kit").click()
        assert download.value.suggested_filename == "fence-share-kit.zip"
    page.context.close()


def test_a_yes_that_is_no_longer_for_what_is_shown_cannot_be_given(
    browser: Browser, house: House, visitor: Visitor
) -> None:
    page = opened(browser, visitor)
    page.goto(f"{visitor.origin}/campaigns/fence/approve")
    page.get_by_label("Reason (optional, recorded)").fill("read aloud")  # while somebody is writing, too
    house.text("one", "Other words.")
    page.get_by_role("alert").get_by_text("Something has changed").wait_for()
    assert page.get_by_role("button", name="Approve · SIMULATED").is_disabled()
    page.get_by_role("link", name="Show the new version").click()
    page.get_by_text("Other words.").first.wait_for()
    assert page.get_by_role("button", name="Approve · SIMULATED").is_enabled()
    page.context.close()
