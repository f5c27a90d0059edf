"""The pages as staff use them, without a browser: links and forms alone, as where JavaScript is off."""

from __future__ import annotations

import http.client
import io
import json
import os
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from amplifier.content.draft import load_draft
from amplifier.model import Address, Post
from amplifier.publishing import manual, remarks
from amplifier.studio.doors import Person, Role
from tests.support.house import House
from tests.support.studio import Visitor, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.studio import Answer

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{ 7 * 7 }}"


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.environment = {"AMPLIFIER_ACCOUNTS__MAIN__NETWORK": "simulated", "AMPLIFIER_ACCOUNTS__MAIN__HANDLE": "voices"}
    built.write("one", "two", post_gap="0s")
    return built


@pytest.fixture
def visitor(house: House) -> Iterator[Visitor]:
    with served(house) as found:
        yield found.enter()


def states(visitor: Visitor) -> list[str]:
    with visitor.app.store.read() as connection:
        return list(connection.execute(text("SELECT state FROM post_log ORDER BY thread, k")).scalars())


def test_the_one_campaign_is_shown_at_once_as_it_will_look(visitor: Visitor) -> None:
    answer = visitor.get("/")
    assert (answer.status, answer.headers["location"]) == (303, "/campaigns/fence")
    page = visitor.get("/campaigns/fence").page
    told = page.text()
    assert "@voices" in told
    assert "SIMULATED" in told
    assert next(str(item["aria-label"]) for item in page.named("li") if item.get("aria-label")).startswith(
        "Post 1 of 3, "
    )
    assert "left" in told


def test_a_mistake_is_shown_with_its_line_and_gone_when_the_file_is_mended(house: House, visitor: Visitor) -> None:
    whole = house.campaign.read_text("utf-8")
    house.campaign.write_text(whole.replace("language:", "").replace("hashtags: [Fence]", "hashtag: [Fence]"), "utf-8")
    page = visitor.get("/campaigns/fence")
    assert page.status == 200
    assert "The file has mistakes" in page.text
    assert "campaigns/fence.yaml:" in page.text
    assert "did you mean hashtags?" in page.text or "hashtags" in page.text
    assert visitor.get("/campaigns/fence/approve").status == 400
    house.campaign.write_text(whole, "utf-8")
    assert "The file has mistakes" not in visitor.get("/campaigns/fence").text


def test_a_word_is_changed_in_a_card_and_the_change_is_shown_until_it_is_approved(
    house: House, visitor: Visitor
) -> None:
    house.cli("approve", str(house.campaign), "--yes")
    file = house.root / "campaigns/threads/one.md"
    before = [block.strip() for block in file.read_text("utf-8").split("---")]
    visitor.get("/campaigns/fence")
    done = visitor.post(
        "/campaigns/fence/threads/one/save", account="main", k="2", was=before[1], text=f"{before[1]} Indeed."
    )
    assert (done.status, done.headers["location"]) == (303, "/campaigns/fence?from=one-main#one-main-2")
    assert [block.strip() for block in file.read_text("utf-8").split("---")] == [
        before[0],
        f"{before[1]} Indeed.",
        before[2],
    ]
    page = visitor.get("/campaigns/fence").text
    assert "<ins>" in page
    assert "Changed since the last approval" in page
    late = visitor.post("/campaigns/fence/threads/one/save", account="main", k="2", was=before[1], text="mine")
    assert late.status == 400
    assert "somebody else has changed this post" in late.text
    assert "mine" not in file.read_text("utf-8")


def test_a_thread_of_a_template_becomes_a_text_when_a_word_is_changed(house: House, visitor: Visitor) -> None:
    (house.root / "templates/t.j2").write_text("It went so.\n---\nAnd so.\n", "utf-8")
    whole = house.campaign.read_text("utf-8")
    house.campaign.write_text(f"{whole}  - {{id: made, template: t.j2}}\n", "utf-8")
    page = visitor.get("/campaigns/fence").text
    assert "It went so." in page
    was = "And so.\n\nhttps://example.org/fence"
    assert was in page
    done = visitor.post(
        "/campaigns/fence/threads/made/save", account="main", k="2", was=was, text=was.replace("so", "thus")
    )
    assert done.status == 303
    assert "And thus." in (house.root / "campaigns/threads/made.md").read_text("utf-8")
    assert "text: threads/made.md" in house.campaign.read_text("utf-8")


def test_what_is_approved_is_what_was_shown_or_nothing(house: House, visitor: Visitor) -> None:
    page = visitor.get("/campaigns/fence/approve")
    assert "Approve · SIMULATED" in page.page.text()
    [seal] = [field["value"] for field in page.page.named("input") if field.get("name") == "seal"]
    assert seal is not None
    house.text("one", "Another word.")
    late = visitor.post("/campaigns/fence/approve/seal", seal=seal)
    assert (late.status, "have changed since the page was shown" in late.text) == (400, True)
    assert states(visitor) == []
    [seal] = [
        f["value"] for f in visitor.get("/campaigns/fence/approve").page.named("input") if f.get("name") == "seal"
    ]
    assert visitor.post("/campaigns/fence/approve/seal", seal=str(seal), because="read aloud").status == 303
    assert set(states(visitor)) == {"queued", "waiting"}
    with visitor.app.store.read() as connection:
        who = connection.execute(text("SELECT DISTINCT who FROM event WHERE kind = 'approve'")).scalars().all()
    assert who == ["Kim"]
    assert "Nothing to approve" in visitor.get("/campaigns/fence/approve").text


def test_a_note_on_what_to_change_is_kept_with_its_name(visitor: Visitor) -> None:
    visitor.get("/campaigns/fence/approve")
    assert visitor.post("/campaigns/fence/changes", note="").status == 400
    assert visitor.post("/campaigns/fence/changes", note=f"Say who. {HOSTILE}").status == 303
    page = visitor.get("/campaigns/fence/approve")
    assert "Kim: Say who. <script>" in page.page.text()
    assert "<script>alert" not in page.text


def test_pause_stops_everything_and_is_told_on_every_page_until_somebody_says_why_it_goes_on(visitor: Visitor) -> None:
    visitor.get("/live")
    done = visitor.post("/pause", back="/campaigns/fence")
    assert (done.status, done.headers["location"]) == (303, "/campaigns/fence")
    assert visitor.app.overview().halted
    for path in ("/campaigns/fence", "/calendar", "/results", "/live"):
        assert "Paused" in visitor.get(path).page.text()
    assert visitor.post("/resume", why="").status == 400
    assert visitor.post("/resume", why="over", missed="all").status == 400
    assert visitor.post("/resume", why="over", back="//evil.example/").headers["location"] == "/live"
    assert not visitor.app.overview().halted
    assert visitor.post("/resume", why="again").status == 400, "it goes on already"


def test_a_post_has_its_story_and_its_buttons(house: House, visitor: Visitor) -> None:
    house.cli("approve", str(house.campaign), "--yes")
    address = "fence/one/main/1@simulated"
    assert address in visitor.get("/live").text
    page = visitor.get(f"/live/{address}")
    assert "Cancel it" in page.text
    assert "approve" in page.page.text()
    assert visitor.post("/posts/cancel", address=address, why="").status == 400
    assert visitor.post("/posts/cancel", address=address, why=HOSTILE).status == 303
    assert set(states(visitor)[:3]) == {"cancelled"}
    again = visitor.get(f"/live/{address}")
    assert "<script>alert" not in again.text
    assert "Queue it again" in again.text
    assert visitor.post("/posts/retry", address=address, why="mended").status == 303
    assert states(visitor)[0] == "queued"
    for wrong in ("fence/none/main/1", "nonsense", HOSTILE):
        answer = visitor.post("/posts/cancel", address=wrong, why="x")
        assert answer.status == 400
        assert "<script>alert" not in answer.text


def test_a_post_in_doubt_is_resolved_with_where_it_is_or_that_it_is_not(house: House, visitor: Visitor) -> None:
    house.cli("approve", str(house.campaign), "--yes")
    address = Address.parse("fence/one/main/1@simulated")
    assert address is not None
    with visitor.app.store.write() as connection:
        connection.execute(text("UPDATE post SET state = 'unknown' WHERE k = 1 AND id = (SELECT MIN(id) FROM post)"))
        assert manual.find(connection, address)
    assert "is this post there?" in visitor.get(f"/live/{address}").text
    assert visitor.post("/posts/resolve", address=str(address), why="looked").status == 400
    assert (
        visitor.post("/posts/resolve", address=str(address), why="looked", url="https://x.com/v/status/1").status == 400
    )
    assert visitor.post("/posts/resolve", address=str(address), why="looked", not_sent="yes").status == 303
    assert states(visitor)[0] == "queued"


def test_what_is_held_is_seen(house: House, visitor: Visitor) -> None:
    house.cli("approve", str(house.campaign), "--yes")
    with visitor.app.store.write() as connection:
        connection.execute(text("UPDATE post SET state = 'held', why = 'late' WHERE id = (SELECT MIN(id) FROM post)"))
    address = "fence/one/main/1@simulated"
    assert "I have seen it" in visitor.get(f"/live/{address}").text
    assert visitor.post("/posts/acknowledge", address=address).status == 303
    assert "I have seen it" not in visitor.get(f"/live/{address}").text


def test_the_calendar_shows_starts_and_a_form_moves_one_in_the_file(house: House, visitor: Visitor) -> None:
    page = visitor.get("/calendar")
    assert "to be approved" in page.text
    visitor.get("/calendar?month=2026-12")
    was = starts(visitor)["two"]
    done = visitor.post("/calendar/fence/move", thread="two", was=was, at="2027-03-09T10:15")
    assert (done.status, done.headers["location"]) == (303, "/calendar?month=2027-03")
    assert "at: 2027-03-09 10:15" in house.campaign.read_text("utf-8")
    moved = visitor.get("/calendar?month=2027-03").text
    assert "10:15" in moved
    assert "two is to start 2027-03-09 10:15" in moved
    assert visitor.post("/calendar/fence/move", thread="two", was=was, at="2027-03-10T10:15").status == 400, "moved"
    was = starts(visitor, "2027-03")["two"]
    assert visitor.post("/calendar/fence/move", thread="two", was=was, at="soon").status == 400
    assert visitor.post("/calendar/fence/move", thread="none", was=was, at="2027-03-09T10:15").status == 400
    assert visitor.post("/calendar/fence/move", thread="two", was=was, at="").status == 303
    assert "at:" not in house.campaign.read_text("utf-8").split("threads:")[1]
    calendar = visitor.get("/calendar.ics")
    assert calendar.text.startswith("BEGIN:VCALENDAR")
    assert calendar.text.count("BEGIN:VEVENT") == 2


def starts(visitor: Visitor, month: str = "") -> dict[str, str]:
    """The starts that the forms of the calendar were shown with, by thread."""
    fields = visitor.get(f"/calendar?month={month}").page.named("input")
    threads = [str(field["value"]) for field in fields if field.get("name") == "thread"]
    return dict(zip(threads, (str(field["value"]) for field in fields if field.get("name") == "was"), strict=True))


def test_what_has_begun_is_not_moved_whoever_asks(house: House, visitor: Visitor) -> None:
    was = starts(visitor)["one"]
    house.cli("approve", str(house.campaign), "--now", "--yes")
    house.cli("run", "--once")
    before = house.campaign.read_bytes()
    answer = visitor.post("/calendar/fence/move", thread="one", was=was, at="2027-03-09T10:15")
    assert (answer.status, "one has begun" in answer.page.text()) == (400, True)
    assert house.campaign.read_bytes() == before


def test_months_that_are_none_are_the_next_one(visitor: Visitor) -> None:
    for month in ("0000-01", "9999-12", "2026-13", "x", ""):
        answer = visitor.get(f"/calendar?month={month}")
        assert answer.status == 200
        assert answer.text.count("data-day=") in {28, 35, 42}


def test_the_share_kit_is_taken_along_signed(visitor: Visitor) -> None:
    assert "wordings for supporters" in visitor.get("/campaigns/fence/share").text
    answer = visitor.get("/campaigns/fence/share-kit.zip?from=Seoul+Voices")
    names = zipfile.ZipFile(io.BytesIO(answer.body)).namelist()
    assert names == ["share-kit/index.html", "share-kit/texts.txt", "share-kit/qr.svg"]
    assert "Seoul Voices" in zipfile.ZipFile(io.BytesIO(answer.body)).read(names[0]).decode()


def test_results_have_the_report_s_words(house: House, visitor: Visitor) -> None:
    assert "Nothing is out yet." in visitor.get("/results").page.text()
    house.cli("approve", str(house.campaign), "--now", "--yes")
    house.cli("run", "--drain")
    page = visitor.get("/results").page.text()
    assert "The simulated network made these numbers up" in page
    assert "How to read this" in page
    assert "Nothing is out yet." not in page
    assert visitor.get("/results?campaign=none").status == 400
    assert "DRY RUN" in visitor.get("/results?mode=dry").page.text()


@pytest.mark.parametrize("where", ("article", "hashtags", "text", "name"))
def test_whatever_comes_from_files_is_text(house: House, visitor: Visitor, where: str) -> None:
    if where == "text":
        house.text("one", HOSTILE)
    elif where == "article":
        (house.root / "campaigns/articles/fence.txt").write_text(f"{HOSTILE}\n\nMore of it.\n", "utf-8")
    elif where == "hashtags":
        house.campaign.write_text(house.campaign.read_text("utf-8").replace("[Fence]", json.dumps([HOSTILE])), "utf-8")
    else:
        other = house.root / f"campaigns/{HOSTILE.replace('/', '')}.yaml"
        other.write_text(f"name: {HOSTILE}\n", "utf-8")
    for path in (
        "/",
        "/campaigns/fence",
        "/campaigns/fence/approve",
        "/campaigns/fence/claims",
        "/campaigns/fence/share",
        "/calendar",
    ):
        answer = visitor.get(path)
        assert answer.status < 500
        assert "<html" in answer.text or answer.status == 303
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text


def test_a_page_that_is_open_hears_of_changes(house: House, visitor: Visitor) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", visitor.port, timeout=10)
    connection.request("GET", "/events", headers={"cookie": visitor.cookie})
    response = connection.getresponse()
    assert response.getheader("content-type", "").startswith("text/event-stream")

    def told() -> int:
        while True:
            line = response.readline().decode()
            if line.startswith("data: "):
                return int(line.removeprefix("data: "))

    told()
    time.sleep(1)
    house.text("one", "Another word altogether.")
    began, first = time.monotonic(), told()
    assert time.monotonic() - began < 5
    visitor.get("/live")
    visitor.post("/pause")
    assert told() > first
    connection.close()


def test_a_page_knows_what_has_changed_before_it_began_to_listen(house: House, visitor: Visitor) -> None:
    def told() -> str:
        connection = http.client.HTTPConnection("127.0.0.1", visitor.port, timeout=10)
        connection.request("GET", "/events", headers={"cookie": visitor.cookie})
        response = connection.getresponse()
        line = next(line for line in iter(response.readline, b"") if line.startswith(b"data: "))
        connection.close()
        response.close()
        return line.decode().removeprefix("data: ").strip()

    time.sleep(1)
    seen = visitor.get("/campaigns/fence").page.named("main")[0]["data-seen"]
    assert told() == seen, "nothing to show anew"
    house.text("one", "Changed between the page and its stream.")
    time.sleep(2)
    assert told() != seen


def test_the_pages_speak_korean_to_whoever_asks_for_it(visitor: Visitor) -> None:
    visitor.headers = {"accept-language": "ko-KR,ko;q=0.9,en;q=0.5"}
    page = visitor.get("/campaigns/fence").page
    assert "모두 멈추기" in page.text()
    assert page.named("html")[0]["lang"] == "ko"


def test_hundreds_of_threads_come_in_pages_that_are_all_reached(house: House, visitor: Visitor) -> None:
    names = [f"t{n}" for n in range(200)]
    for name in names:
        house.text(name, f"{name} is one of many.\n---\nAnd {name} has two posts.")
    house.write(*names)
    page = visitor.get("/campaigns/fence")
    assert len(page.body) < 150_000
    assert "200 threads, 400 posts" in page.page.text()
    seen: list[str] = []
    path: str | None = "/campaigns/fence"
    while path:
        shown = visitor.get(path).page
        seen += [
            str(one["id"]).removesuffix("-main") for one in shown.named("section") if one.get("class") == "a-thread"
        ]
        more = [link["href"] for link in shown.named("a") if link.get("rel") == "next"]
        path = more[0] if more else None
    assert seen == names


def test_a_post_leads_to_its_sentence_in_the_article(house: House, visitor: Visitor) -> None:
    sentence = "It took her a year to answer it."
    house.text("one", f"{sentence}\n---\nMore of ours.")
    house.write("one")
    page = visitor.get("/campaigns/fence").page
    [link] = {str(one["href"]) for one in page.named("a") if "/article#" in str(one["href"])}
    place = link.partition("#")[2]
    article = visitor.get(link.partition("#")[0]).text
    assert f'<span id="{place}">{sentence}</span>' in article


def test_a_week_is_seven_days(visitor: Visitor) -> None:
    page = visitor.get("/calendar?week=2026-12-10")
    assert page.text.count("data-day=") == 7
    assert "2026-12-07 – 2026-12-13" in page.page.text()
    for week in ("0001-01-01", "9999-12-31", "x", "2026-13-01"):
        assert visitor.get(f"/calendar?week={week}").status == 200


def test_an_account_that_was_refused_is_let_publish_again(house: House, visitor: Visitor) -> None:
    house.cli("approve", str(house.campaign), "--yes")
    with visitor.app.store.write() as connection:
        now = visitor.app.now().isoformat(timespec="microseconds").replace("+00:00", "Z")
        connection.execute(text("UPDATE account SET blocked_at = :now, blocked_why = 'suspended'"), {"now": now})
    assert "Let main publish again" in visitor.get("/live").page.text()
    assert visitor.post("/accounts/unblock", account="main", why="").status == 400
    assert visitor.post("/accounts/unblock", account="main", why="it is well").status == 303
    assert "Let main publish again" not in visitor.get("/live").page.text()


def test_the_words_stand_on_the_page_that_approves_them_and_findings_that_came_later_are_not_passed(
    house: House, visitor: Visitor
) -> None:
    page = visitor.get("/campaigns/fence/approve")
    assert all(post.text in page.page.text() for post in visitor_draft(visitor))
    [seal] = [str(one["value"]) for one in page.page.named("input") if one.get("name") == "seal"]
    whole = house.campaign.read_text("utf-8")
    house.campaign.write_text(whole.replace("post_gap: 0s", "post_gap: 47h"), "utf-8")
    assert visitor.post("/campaigns/fence/approve/seal", seal=seal).status == 400
    assert states(visitor) == []


def test_what_was_typed_stands_in_its_card_again_with_what_is_wrong(house: House, visitor: Visitor) -> None:
    was = next(block.strip() for block in (house.root / "campaigns/threads/one.md").read_text("utf-8").split("---"))
    visitor.get("/campaigns/fence")
    typed = f"{HOSTILE} #{'x' * 290}"
    fields = {"account": "main", "k": "1", "was": was, "text": typed, "from": "one-main"}
    answer = visitor.post("/campaigns/fence/threads/one/save", **fields)
    assert answer.status == 400
    page = answer.page
    assert [text.strip() for name, text in page.texts if name == "textarea" and "x" * 290 in text] == [typed]
    assert [field.get("name") for field in page.named("textarea") if "autofocus" in field] == ["text"]
    assert [one.get("role") for one in page.named("div") if one.get("class") == "refused"] == ["alert"]
    assert page.named("main")[0]["data-here"] == "/campaigns/fence?from=one-main", "where an open page looks for news"
    nowhere = visitor.post("/campaigns/fence/threads/none/save", **fields)
    assert nowhere.status == 400
    assert typed in nowhere.page.text(), "no page has a place for it, and it is not lost"


def test_what_was_done_is_told_once_to_whoever_did_it(house: House, visitor: Visitor) -> None:
    page = visitor.get("/campaigns/fence/approve").page
    [seal] = [str(field["value"]) for field in page.named("input") if field.get("name") == "seal"]
    assert visitor.post("/campaigns/fence/approve/seal", seal=seal).status == 303
    assert "Approved" not in visitor.ask("GET", "/campaigns/fence", sec_fetch_dest="empty").page.text(), "nobody looks"
    told = visitor.get("/campaigns/fence/approve").page.text()
    assert "Approved: 2 threads are queued. The first one starts 20" in told
    assert "Approved" not in visitor.get("/campaigns/fence/approve").page.text()
    was = next(block.strip() for block in (house.root / "campaigns/threads/one.md").read_text("utf-8").split("---"))
    saved = visitor.post("/campaigns/fence/threads/one/save", account="main", k="1", was=was, text=f"{was} " * 9)
    assert saved.status == 303, saved.page.text()
    told = visitor.get("/campaigns/fence").page.text()
    assert "the thread has 4 posts now. The words approved before still go out" in told


def test_a_page_that_is_not_there_is_told_in_the_frame(visitor: Visitor) -> None:
    answer = visitor.get("/nowhere")
    assert answer.status == 404
    assert "There is no such page" in answer.page.text()
    assert "Campaigns" in answer.page.text()
    visitor.cookie = ""
    assert visitor.get("/nowhere").status == 403


def test_live_has_a_row_a_thread_by_the_campaign_s_clocks(house: House, visitor: Visitor) -> None:
    house.cli("approve", str(house.campaign), "--yes")
    page = visitor.get("/live").page
    rows = [str(one["id"]) for one in page.named("details") if str(one.get("id", "")).startswith("on.")]
    assert rows == ["on.fence.one.main.simulated", "on.fence.two.main.simulated"]
    assert "Asia/Seoul" in page.text()
    assert "0 of 3 out" in page.text()
    now = visitor.app.now().isoformat(timespec="microseconds").replace("+00:00", "Z")
    with visitor.app.store.write() as connection:
        posts = "(SELECT p.id FROM post p JOIN thread t ON t.id = p.thread_id WHERE t.name = 'one')"
        connection.execute(text(f"UPDATE post SET due_at = :now, planned_at = :now WHERE id IN {posts}"), {"now": now})
    house.cli("run", "--drain")
    told = visitor.get("/live").page
    assert [head.strip() for head in told.texts_of("h2")][1:] == ["Next", "Out"]
    assert "3 of 3 out" in told.text()
    assert "Asia/Seoul" in visitor.get("/live/fence/one/main/1@simulated").page.text()


def test_the_share_kit_says_what_is_not_approved(house: House, visitor: Visitor) -> None:
    assert "these words may still change" in visitor.get("/campaigns/fence/share").page.text()
    house.cli("approve", str(house.campaign), "--yes")
    assert "these words may still change" not in visitor.get("/campaigns/fence/share").page.text()


def save(visitor: Visitor, k: int, was: str, text: str, thread: str = "one", **more: str) -> Answer:
    fields = {"account": "main", "k": str(k), "was": was, "text": text, "from": f"{thread}-main"}
    return visitor.post(f"/campaigns/fence/threads/{thread}/save", **fields, **more)


def blocks(house: House, thread: str = "one") -> list[str]:
    return [block.strip() for block in (house.root / f"campaigns/threads/{thread}.md").read_text("utf-8").split("---")]


def at_once(*calls: Callable[[], Answer]) -> list[int]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(lambda call: call().status, calls))


def test_two_who_change_a_template_s_thread_at_once_are_both_heard_or_told(house: House, visitor: Visitor) -> None:
    (house.root / "templates/t.j2").write_text("It went so.\n---\nAnd so.\n---\nAnd on.\n", "utf-8")
    house.campaign.write_text(f"{house.campaign.read_text('utf-8')}  - {{id: made, template: t.j2}}\n", "utf-8")
    page = visitor.get("/campaigns/fence?from=made-main").page
    texts = [text.strip() for name, text in page.texts if name == "textarea"]
    first, second = next(text for text in texts if "It went so." in text), "And so."
    told = at_once(
        lambda: save(visitor, 1, first, first.replace("so", "thus"), "made"),
        lambda: save(visitor, 2, second, "And so it was.", "made"),
    )
    assert told == [303, 303]
    assert ["thus" in blocks(house, "made")[0], blocks(house, "made")[1]] == [True, "And so it was."]
    assert not (house.root / "campaigns/threads/fence-made.md").exists()


def test_what_somebody_else_has_changed_is_shown_beside_what_was_typed_and_not_overwritten(
    house: House, visitor: Visitor
) -> None:
    was = blocks(house)[1]
    visitor.get("/campaigns/fence")
    house.text("one", f"{blocks(house)[0]}\n---\nTheirs.\n---\n{blocks(house)[2]}")
    answer = save(visitor, 2, was, "Mine.")
    assert answer.status == 400
    fields = [text.strip() for name, text in answer.page.texts if name == "textarea"]
    assert fields.count("Mine.") == 1
    assert fields.count("Theirs.") == 2, "what the next save is about"
    assert "readonly" in next(one for one in answer.page.named("textarea") if one.get("id") == "yours")


def test_a_change_of_words_is_taken_back_with_the_template_if_there_was_one(house: House, visitor: Visitor) -> None:
    (house.root / "templates/t.j2").write_text("It went so.\n---\nAnd so.\n", "utf-8")
    house.campaign.write_text(f"{house.campaign.read_text('utf-8')}  - {{id: made, template: t.j2}}\n", "utf-8")
    before = house.campaign.read_bytes()
    page = visitor.get("/campaigns/fence?from=made-main").page
    assert visitor.post("/campaigns/fence/threads/undo").status == 400, "nothing was changed yet"
    was = next(text.strip() for name, text in page.texts if name == "textarea" and "And so." in text)
    assert save(visitor, 2, was, was, "made", do="delete").status == 303
    assert "The post is deleted" in visitor.get("/campaigns/fence").page.text()
    assert house.campaign.read_bytes() != before
    assert visitor.post("/campaigns/fence/threads/undo").status == 303
    assert house.campaign.read_bytes() == before
    assert not (house.root / "campaigns/threads/made.md").exists()
    assert save(visitor, 2, was, f"{was} Indeed.", "made").status == 303
    (house.root / "templates/t.j2").unlink()
    left = house.campaign.read_bytes()
    assert visitor.post("/campaigns/fence/threads/undo").status == 400, "its template is gone"
    assert house.campaign.read_bytes() == left
    assert (house.root / "campaigns/threads/made.md").exists()
    assert save(visitor, 1, blocks(house)[0], "Mine.").status == 303
    house.text("one", "Theirs.")
    assert visitor.post("/campaigns/fence/threads/undo").status == 400, "somebody has changed it since"
    assert blocks(house) == ["Theirs."]


def test_words_that_go_out_are_told_where_others_stand(house: House, visitor: Visitor) -> None:
    house.cli("approve", str(house.campaign), "--yes")
    assert "go out at their time, not these" not in visitor.get("/campaigns/fence").page.text()
    assert save(visitor, 2, blocks(house)[1], "Other words.").status == 303
    page = visitor.get("/campaigns/fence").page.text()
    assert "The words approved before still go out at their time" in page, "what was done"
    assert "go out at their time, not these" in page, "beside the thread"
    assert "It goes out with the words approved before" in visitor.get("/calendar").page.text()
    house.cli("approve", str(house.campaign), "--now", "--yes")
    house.cli("run", "--drain")
    house.text("one", "Other words again.\n---\nMore.\n---\nAnd more.")
    assert "What went out had other words" in visitor.get("/campaigns/fence").page.text()


def test_words_of_a_thread_that_has_begun_are_told_to_go_nowhere(house: House, visitor: Visitor) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    with visitor.app.store.write() as connection:
        wanted = "(SELECT p.id FROM post p JOIN thread t ON t.id = p.thread_id WHERE t.name = 'one' AND k = 3)"
        connection.execute(text(f"UPDATE post SET state = 'held', why = 'late' WHERE id = {wanted}"))
    house.cli("run", "--drain", code=1)
    visitor.get("/campaigns/fence")
    assert save(visitor, 3, blocks(house)[2], "Other words.").status == 303
    told = visitor.get("/campaigns/fence").page.text()
    assert "what is left of it goes out as it was approved" in told
    assert "until you approve these" not in told
    assert "The thread has begun with other words than these" in told


def test_a_refused_move_keeps_the_clocks_it_was_typed_by(house: House, visitor: Visitor) -> None:
    whole = house.campaign.read_text("utf-8").replace("name: fence", "name: other")
    whole = whole.replace("Asia/Seoul", "America/New_York").partition("threads:")[0]
    (house.root / "campaigns/other.yaml").write_text(f"{whole}threads:\n  - {{text: threads/one.md}}\n", "utf-8")
    was = starts(visitor)["two"]
    fields = {"thread": "two", "was": was, "zone": "America/New_York", "month": was[:7]}
    answer = visitor.post("/calendar/fence/move", **fields, at="2020-03-09T10:15")
    assert (answer.status, "is past" in answer.page.text()) == (400, True)
    assert "by the clocks of America/New_York" in answer.page.text()
    [zone] = {str(field["value"]) for field in answer.page.named("input") if field.get("name") == "zone"}
    assert zone == "America/New_York"
    moved = visitor.post("/calendar/fence/move", **fields, at="2027-03-09T10:15")
    assert moved.status == 303, moved.page.text()[:400]
    assert moved.headers["location"] == "/calendar?month=2027-03&zone=America%2FNew_York"


def test_no_start_that_the_queue_keeps_is_hidden(house: House, visitor: Visitor) -> None:
    house.cli("approve", str(house.campaign), "--yes")
    whole, was = house.campaign.read_text("utf-8"), starts(visitor)
    assert visitor.post("/calendar/fence/move", thread="two", was=was["two"], at="2027-03-09T10:15").status == 303
    house.text("two", "Other words, moved as well.")
    assert "until the move is approved" in visitor.get(f"/calendar?month={was['two'][:7]}").page.text()
    house.campaign.write_text(whole.replace("  - {text: threads/two.md}\n", "").replace("two", "gone"), "utf-8")
    assert "fence · two" in visitor.get("/calendar").page.text(), "taken out of the file, but not of the queue"
    quiet = "  quiet: [{from: 2026-01-01, to: 2031-01-01, why: nobody}]\n"
    house.campaign.write_text(whole.replace("schedule:\n", f"schedule:\n{quiet}"), "utf-8")
    house.text("three", "One more.")
    house.campaign.write_text(house.campaign.read_text("utf-8") + "  - {text: threads/three.md}\n", "utf-8")
    told = visitor.get("/calendar").page.text()
    assert "Not shown, for its mistakes: fence" in told
    assert "fence · one" in told
    (house.root / "campaigns/other.yaml").write_text(whole.replace("name: fence", "name: other"), "utf-8")
    home = visitor.get("/").page.text()
    assert "All is approved." not in home
    assert "no free slot" in home
    assert "next" in home, "when the queue goes on"


def test_two_who_move_a_start_at_once_do_not_undo_each_other(house: House, visitor: Visitor) -> None:
    was = starts(visitor)["two"]
    ways = ("2027-03-09T10:15", "2027-03-10T10:15")
    calls = [partial(visitor.post, "/calendar/fence/move", thread="two", was=was, at=at) for at in ways]
    assert at_once(*calls) == [303, 400]


def test_a_start_that_comes_twice_on_the_campaign_s_clocks_is_refused(house: House, visitor: Visitor) -> None:
    whole = house.campaign.read_text("utf-8")
    house.campaign.write_text(whole.replace("Asia/Seoul", "Europe/Berlin"), "utf-8")
    fields = {"thread": "two", "was": starts(visitor)["two"], "zone": "UTC"}
    answer = visitor.post("/calendar/fence/move", **fields, at="2027-10-31T01:30")
    assert (answer.status, "comes twice in Europe/Berlin" in answer.page.text()) == (400, True)
    assert visitor.post("/calendar/fence/move", **fields, at="2027-10-31T00:30").status == 303
    assert "at: 2027-10-31 02:30" in house.campaign.read_text("utf-8")


def test_what_the_queue_keeps_stands_in_the_calendar(house: House, visitor: Visitor) -> None:
    house.cli("approve", str(house.campaign), "--yes")
    was = starts(visitor)["two"]
    assert visitor.post("/calendar/fence/move", thread="two", was=was, at="2027-03-09T10:15").status == 303
    assert "until the move is approved" in visitor.get(f"/calendar?month={was[:7]}").page.text()
    house.campaign.write_text("broken: [\n", "utf-8")
    told = visitor.get("/calendar").page.text()
    assert "these still start" in told
    assert "fence · two" in told


def test_the_calendar_has_a_name_of_its_own_for_each_entry_and_none_for_twins(house: House, visitor: Visitor) -> None:
    whole = house.campaign.read_text("utf-8")
    house.text("may-one", "Another one.")
    for name, thread in (("news", "may-one"), ("news-may", "one")):
        text = whole.replace("name: fence", f"name: {name}").replace("Asia/Seoul", "Europe/Berlin")
        (house.root / f"campaigns/{name}.yaml").write_text(
            f"{text.partition('threads:')[0]}threads:\n  - {{text: threads/{thread}.md}}\n", "utf-8"
        )
    page = visitor.get("/calendar").page
    ids = [str(one["id"]) for _, one in page.attributes if one.get("id")]
    assert len(ids) == len(set(ids))
    assert "/calendar?month=" in str(
        [one["href"] for one in page.named("a") if "zone=Europe/Berlin" in str(one["href"])]
    )
    assert "Starts by the clocks of Europe/Berlin" in visitor.get("/calendar?zone=Europe/Berlin").page.text()
    assert visitor.get("/calendar?zone=<b>").status == 200
    (house.root / "campaigns/old-copy.yaml").write_text(whole, "utf-8")
    told = visitor.get("/calendar").page.text()
    assert "Not shown, for its mistakes: fence, old-copy" in told


def test_live_tells_what_was_cut_what_stands_still_and_what_waits_for_a_name(house: House, visitor: Visitor) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    visitor.get("/live")
    assert visitor.post("/posts/cancel", address="fence/one/main/2@simulated", why="enough").status == 303
    with visitor.app.store.write() as connection:
        wanted = "(SELECT p.id FROM post p JOIN thread t ON t.id = p.thread_id WHERE t.name = 'two' AND k = 1)"
        connection.execute(text(f"UPDATE post SET state = 'held', why = 'late' WHERE id = {wanted}"))
    house.cli("run", "--drain", code=1)
    page = visitor.get("/live").page
    assert "1 of 3 out, 2 cancelled" in page.text()
    assert "/live/fence/one/main/2@simulated" in [one["href"] for one in page.named("a")], "it can be brought back"
    heads = [head.strip() for head in visitor.get("/live").page.texts_of("h2")]
    assert heads[1:] == ["Held", "Standing still", "Out"], heads
    with visitor.app.store.write() as connection:
        connection.execute(text(f"UPDATE post SET why = 'second approval' WHERE id = {wanted}"))
        connection.execute(text("UPDATE campaign SET timezone = 'Mars/Olympus'"))
    heads = [head.strip() for head in visitor.get("/live").page.texts_of("h2")]
    assert "Waiting for another yes" in heads
    assert "Held" not in heads
    assert visitor.get("/live/fence/one/main/1@simulated").status == 200


def test_who_publishes_was_last_seen_and_what_is_due_is_missed(house: House, visitor: Visitor) -> None:
    assert "last seen: never" in visitor.get("/live").page.text()
    house.cli("approve", str(house.campaign), "--now", "--yes")
    with visitor.app.store.write() as connection:
        connection.execute(text("UPDATE post SET due_at = '2020-01-01T00:00:00.000000Z'"))
    assert "ask your operator to start amplifier run" in visitor.get("/live").page.text()
    visitor.post("/pause")
    assert "ask your operator to start amplifier run" not in visitor.get("/live").page.text(), "it is meant to be so"


def test_what_an_approval_answers_is_no_open_request(house: House, visitor: Visitor) -> None:
    visitor.get("/campaigns/fence/approve")
    other = Visitor(visitor.port, visitor.app, visitor.doors).enter(Person("Lee", Role.EDITOR))
    other.get("/campaigns/fence/approve")
    assert other.post("/campaigns/fence/changes", note="Say who.").status == 303, "whoever edits may ask"
    for page in ("/campaigns/fence", "/campaigns/fence/approve"):
        assert "Changes were asked for" in visitor.get(page).page.text()
    house.cli("approve", str(house.campaign), "--yes")
    assert "Changes were asked for" not in visitor.get("/campaigns/fence").page.text()
    assert "Say who." in visitor.get("/campaigns/fence/approve").page.text(), "it stays known"


def test_half_a_yes_answers_no_request(house: House, visitor: Visitor) -> None:
    house.campaign.write_text("approvals: 2\n" + house.campaign.read_text("utf-8"), "utf-8")
    visitor.get("/campaigns/fence/approve")
    assert visitor.post("/campaigns/fence/changes", note="Say who.").status == 303
    house.cli("approve", str(house.campaign), "--yes", "--by", "Lee")
    assert "Changes were asked for" in visitor.get("/campaigns/fence").page.text()
    house.cli("approve", str(house.campaign), "--yes", "--by", "Ann")
    assert "Changes were asked for" not in visitor.get("/campaigns/fence").page.text()


def test_of_several_campaigns_each_says_what_it_waits_for(house: House, visitor: Visitor) -> None:
    whole = house.campaign.read_text("utf-8")
    (house.root / "campaigns/other.yaml").write_text(whole.replace("name: fence", "name: other"), "utf-8")
    (house.root / "campaigns/wrong.yaml").write_text("name: [\n", "utf-8")
    told = visitor.get("/").page.text()
    assert told.count("2 threads to approve") == 2
    assert "The file has mistakes" in told
    house.cli("approve", str(house.campaign), "--yes")
    told = visitor.get("/").page.text()
    assert (told.count("2 threads to approve"), told.count("All is approved.")) == (1, 1)


def test_of_two_yes_one_is_told_as_one(house: House, visitor: Visitor) -> None:
    house.campaign.write_text("approvals: 2\n" + house.campaign.read_text("utf-8"), "utf-8")
    page = visitor.get("/campaigns/fence/approve").page
    [seal] = [str(field["value"]) for field in page.named("input") if field.get("name") == "seal"]
    assert visitor.post("/campaigns/fence/approve/seal", seal=seal).status == 303
    told = visitor.get("/campaigns/fence/approve").page.text()
    assert "1 more name is needed before anything is queued" in told
    assert "You have said yes. It waits for another person's." in told


@pytest.mark.parametrize(
    ("path", "fields"),
    (
        ("/campaigns/fence/threads/one/save", {"account": "main", "k": "1" * 5000, "was": "x", "text": "y"}),
        ("/posts/cancel", {"address": f"fence/one/main/{'1' * 5000}", "why": "x"}),
        ("/posts/cancel", {}),
        ("/campaigns/fence/claims/answer", {}),
        ("/campaigns/fence/threads/one/save", {}),
        ("/calendar/fence/move", {}),
        ("/calendar/{x}/move", {"thread": "{0}", "at": "{}"}),
        ("/accounts/unblock", {}),
        ("/resume", {"scope": "account"}),
    ),
)
def test_forms_of_no_page_are_refused_in_words(visitor: Visitor, path: str, fields: dict[str, str]) -> None:
    visitor.get("/live")
    answer = visitor.post(path, **fields)
    assert answer.status == 400
    assert "Not done" in answer.page.text()


def test_what_is_no_text_is_refused(visitor: Visitor) -> None:
    visitor.get("/live")
    lines = ["--b", 'content-disposition: form-data; name="token"', "", visitor.token, "--b"]
    lines += ['content-disposition: form-data; name="why"', "", "\\ud800", "--b--", ""]
    kind = "multipart/form-data; boundary=b; charset=unicode_escape"
    body = "\r\n".join(lines).encode()
    answer = visitor.ask("POST", "/pause", body, content_type=kind, origin=visitor.origin, sec_fetch_site="same-origin")
    assert answer.status in {400, 403}
    assert not visitor.app.overview().halted


def test_a_file_whose_name_is_no_text_is_passed_over(house: House, visitor: Visitor) -> None:
    try:
        Path(os.fsdecode(os.fsencode(house.root) + b"/campaigns/bad\xff.yaml")).write_text("name: x\n", "utf-8")
    except OSError:
        pytest.skip("this file system takes no such name")
    assert visitor.get("/").status == 303
    assert visitor.get("/calendar").status == 200


def test_what_was_done_waits_for_whoever_looks(house: House, visitor: Visitor) -> None:
    visitor.get("/live")
    visitor.post("/pause")
    visitor.ask("HEAD", "/live")
    visitor.ask("GET", "/live", sec_purpose="prefetch")
    assert "You have paused everything." in visitor.get("/live").page.text()


def visitor_draft(visitor: Visitor) -> list[Post]:
    workspace = visitor.app.workspace
    draft = load_draft(workspace.campaigns / "fence.yaml", workspace.root, visitor.app.platform)
    return [post for thread in draft.threads for post in thread.posts]


def test_a_text_that_lies_elsewhere_is_never_old(house: House, visitor: Visitor) -> None:
    (house.root / "texts").mkdir()
    text_file = house.root / "texts/one.md"
    text_file.write_text("Old words.\n---\nMore.\n", "utf-8")
    house.campaign.write_text(house.campaign.read_text("utf-8").replace("threads/one.md", "../texts/one.md"), "utf-8")
    assert "Old words." in visitor.get("/campaigns/fence").text
    text_file.write_text("New words.\n---\nMore.\n", "utf-8")
    assert "New words." in visitor.get("/campaigns/fence").text


@pytest.mark.parametrize("typed", ("a\u202eb", "He ran.\x0bHe lived.", f"#{'x' * 290}"))
def test_words_that_would_break_the_file_are_not_written(house: House, visitor: Visitor, typed: str) -> None:
    file = house.root / "campaigns/threads/one.md"
    before, was = file.read_bytes(), next(block.strip() for block in file.read_text("utf-8").split("---"))
    visitor.get("/campaigns/fence")
    answer = visitor.post("/campaigns/fence/threads/one/save", account="main", k="1", was=was, text=typed)
    assert answer.status == 400
    assert file.read_bytes() == before
    assert "The file has mistakes" not in visitor.get("/campaigns/fence").text


def test_one_campaign_that_is_paused_leaves_the_big_button_and_is_ended_by_its_own(
    house: House, visitor: Visitor
) -> None:
    house.cli("approve", str(house.campaign), "--yes")
    house.cli("pause", "--campaign", "fence")
    page = visitor.get("/live").page.text()
    assert "Pause everything" in page
    assert "Paused: fence" in page
    assert visitor.post("/resume", why="over", scope="all").status == 400
    assert visitor.post("/resume", why="over", scope="campaign", name="fence").status == 303
    assert "Paused" not in visitor.get("/live").page.text()


def test_a_post_that_waits_with_a_reason_is_listed_with_it(house: House, visitor: Visitor) -> None:
    house.campaign.write_text("approvals: 2\n" + house.campaign.read_text("utf-8"), "utf-8")
    house.cli("approve", str(house.campaign), "--yes", "--by", "Ann")
    answer = visitor.get("/live")
    assert answer.status == 200
    assert "second approval" in answer.text
    heads = [head.strip() for head in answer.page.texts_of("h2")]
    assert heads[1:] == ["Waiting for another yes"], "and nothing is held that a person has to look at"
    for k in (1, 2):
        assert "Queue it again" not in visitor.get(f"/live/fence/one/main/{k}@simulated").text, "no way around a yes"


def test_remarks_are_in_the_stories_of_their_campaign_alone(house: House, visitor: Visitor) -> None:
    house.cli("approve", str(house.campaign), "--yes")
    visitor.get("/campaigns/fence/approve")
    visitor.post("/campaigns/fence/changes", note="shorter")
    assert "shorter" in visitor.get("/live/fence/one/main/1@simulated").text
    remarks.remark(visitor.app.store, remarks.Remark.ASKED, "Kim", visitor.app.now(), why="longer", campaign="other")
    assert "longer" not in visitor.get("/live/fence/one/main/1@simulated").text


@pytest.mark.parametrize("at", ("0001-01-01T00:00", "9999-12-31T00:00", "2020-01-01T00:00", "2027-03-09T10:15+00:00"))
def test_a_start_that_cannot_be_is_refused_and_nothing_is_written(house: House, visitor: Visitor, at: str) -> None:
    before = house.campaign.read_bytes()
    was = starts(visitor)["two"]
    answer = visitor.post("/calendar/fence/move", thread="two", was=was, at=at, zone="Asia/Seoul", month="2026-12")
    assert answer.status == 400
    assert "Not done" in answer.page.text()
    assert "data-day" in answer.text, "on the page of the form"
    assert house.campaign.read_bytes() == before


def test_a_start_is_moved_by_the_clocks_of_the_page(house: House, visitor: Visitor) -> None:
    fields = {"thread": "two", "was": starts(visitor)["two"], "at": "2027-03-09T20:00"}
    assert visitor.post("/calendar/fence/move", **fields, zone="UTC").status == 303
    assert "at: 2027-03-10 05:00" in house.campaign.read_text("utf-8")


@pytest.mark.parametrize("name", ("a#b", "a?b", "a%41b", "한국 1"))
def test_a_file_may_have_any_name(house: House, visitor: Visitor, name: str) -> None:
    other = house.root / f"campaigns/{name}.yaml"
    other.write_text(house.campaign.read_text("utf-8").replace("name: fence", "name: other"), "utf-8")
    links = [str(one["href"]) for one in visitor.get("/").page.named("a") if str(one["href"]).startswith("/campaigns/")]
    pages = [link for link in links if not link.endswith(("/approve", "/claims"))]
    assert len(pages) == 2
    assert [visitor.get(link).status for link in links] == [200] * len(links)
    assert all("one" in visitor.get(link).page.text() for link in pages)
    for page in pages:
        for form, field in (("/approve/seal", "because"), ("/threads/one/save", "text")):
            refused = visitor.post(f"{page}{form}", account="main", k="1", **{field: "typed by hand"})
            assert refused.status == 400
            assert "typed by hand" in refused.text
        framed = visitor.post(f"{page}/approve/seal", because="typed by hand")
        assert framed.page.named("main")[0]["data-here"] == f"{page}/approve"
        assert "read aloud" not in framed.text
        assert [one for one in framed.page.named("input") if one.get("value") == "typed by hand"]
