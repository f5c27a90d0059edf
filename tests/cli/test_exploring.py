"""`explore` as a process: what it answers over HTTP, while rows come in, and how it ends."""

from __future__ import annotations

import http.client
import json
import signal
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from amplifier.cli.exploring import metadata_of
from amplifier.engagement.explore import GROWTH, OWN_BUSINESS, UNKNOWN
from amplifier.engagement.questions import questions
from amplifier.store.engine import open_store
from tests.conftest import new_database
from tests.support.house import House, Stage
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator


class Page:
    """What one request was answered with."""

    def __init__(self, port: int, path: str, *, host: str | None = None, method: str = "GET") -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, path, headers={"Host": host or f"127.0.0.1:{port}"})
        answer = connection.getresponse()
        self.status = answer.status
        self.text = answer.read().decode()
        connection.close()

    @property
    def data(self) -> Any:
        assert self.status == 200, (self.status, self.text[:500])
        return json.loads(self.text)


@contextmanager
def exploring(house: House, *options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = house.start("explore", "--no-open", "--port", "0", *options)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("http://127.0.0.1:"), (line, process.stderr and process.stderr.read())
        yield process, int(line.strip().rstrip("/").rpartition(":")[2])
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    built = Stage.open(House.build(tmp_path_factory.mktemp("exploring") / "w % of #1?"))
    built.approve(at_once=True)
    yield built
    built.app.close()


@pytest.fixture(scope="module")
def port(stage: Stage) -> Iterator[int]:
    with exploring(stage.house) as (_, found):
        yield found


def sql(port: int, statement: str, **values: str) -> Page:
    return Page(port, f"/amplifier.json?{urlencode({'sql': statement, '_shape': 'array', **values})}")


def test_views_are_answered_while_rows_come_in(stage: Stage, port: int) -> None:
    path = "/amplifier/post_log.json?_shape=array&state=sent&_size=max"
    assert Page(port, path).data == []
    stage.run()  # the daemon's work, in this process, while the server runs in its own
    assert [row["state"] for row in Page(port, path).data] == ["sent"] * 7
    thread_status = Page(port, "/amplifier/thread_status.json?_shape=array").data
    assert {row["state"] for row in thread_status} == {"sent"}


def test_every_question_is_a_page_with_an_answer(stage: Stage, port: int) -> None:
    for question in questions():
        query = urlencode({"mode": "dry", "campaign": "", "_shape": "array"})
        assert isinstance(Page(port, f"/amplifier/{question.name}.json?{query}").data, list), question.name
        page = Page(port, f"/amplifier/{question.name}?mode=dry")
        assert page.status == 200
        assert question.title in page.text
    assert len(Page(port, "/amplifier/log.json?mode=dry&_shape=array").data) == 7
    assert Page(port, "/amplifier/log.json?_shape=array").data == []
    assert sql(port, GROWTH, mode="dry", campaign="").data == []


def test_what_is_not_known_is_counted_also_where_nothing_is_missing(stage: Stage, port: int) -> None:
    shown = metadata_of(stage.app.store)["plugins"]["datasette-dashboards"]["results"]["charts"]["unknown"]["query"]
    assert {row["what"]: row["times"] for row in sql(port, shown, mode="live", campaign="").data} == dict.fromkeys(
        UNKNOWN, 0
    )
    out = {row["what"]: row["times"] for row in sql(port, shown, mode="dry", campaign="").data}
    assert out == dict.fromkeys(UNKNOWN, 0) | {"not read yet": 7}


def test_every_page_has_the_banner_of_a_rehearsal_and_only_where_there_was_one(tmp_path: Path, port: int) -> None:
    assert "simulated.css" not in Page(port, "/").text
    house = House.build(tmp_path / "w")
    store = open_store(None, house.root / "amplifier.db")
    add_thread(store, [SENT], mode="simulated")
    store.close()
    pages = ("/", "/amplifier", "/amplifier/post_log", "/amplifier/best?mode=live", "/-/dashboards/results?mode=live")
    with exploring(house) as (_, found):
        for path in pages:
            assert "/amplifier-files/simulated.css" in Page(found, path).text, path
        assert "SIMULATED" in Page(found, "/amplifier-files/simulated.css").text
        assert "thread_results" in Page(found, "/amplifier-files/explore.js").text


def test_pages_and_charts_ask_nothing_of_other_machines(port: int) -> None:
    for path in ("/", "/amplifier", "/amplifier/engagement_latest", "/-/dashboards/results?mode=dry"):
        page = Page(port, path)
        assert page.status == 200
        assert "/amplifier-files/explore.css" in page.text
        head = page.text.split("<footer")[0]
        fetched = [part.split('"')[0] for name in ('src="', 'href="http') for part in head.split(name)[1:]]
        assert all(address.startswith("/") for address in fetched if "127.0.0.1" not in address), fetched
    assert "prefers-color-scheme: dark" in Page(port, "/amplifier-files/explore.css").text


def test_nothing_is_written(stage: Stage, port: int) -> None:
    for statement in ("DELETE FROM post", "WITH x AS (SELECT 1) DELETE FROM post", "PRAGMA journal_mode = DELETE"):
        assert sql(port, statement).status == 400, statement
    assert Page(port, "/amplifier/post_log", method="POST").status == 405
    assert len(stage.posts()) == 7
    assert sql(port, "SELECT COUNT(*) AS n FROM post").data == [{"n": 7}]


def test_a_question_may_not_take_for_ever(port: int) -> None:
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT MAX(x) FROM c"
    told = sql(port, endless)
    assert told.status == 400
    assert "interrupted" in told.text.lower()


def test_amplifiers_own_business_has_no_page_and_the_file_cannot_be_taken(port: int) -> None:
    for table in OWN_BUSINESS:
        assert Page(port, f"/amplifier/{table}").status == 403
    assert Page(port, "/amplifier.db").status == 403


def test_another_name_for_this_machine_is_refused(port: int) -> None:
    refused = Page(port, "/amplifier/post_log.json", host="news.example.org")
    assert refused.status == 421
    assert "fence" not in refused.text
    assert Page(port, "/", host=f"localhost:{port}").status == 200


@pytest.mark.parametrize("sign", (signal.SIGTERM, signal.SIGINT))
def test_it_ends_when_it_is_told_to(stage: Stage, sign: signal.Signals) -> None:
    with exploring(stage.house) as (process, port):
        assert Page(port, "/").status == 200
        process.send_signal(sign)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0, said
        assert "Traceback" not in said
        with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            pass


def test_only_this_machine_is_listened_to(port: int) -> None:
    text = "".join(Path(f"/proc/net/{name}").read_text("ascii") for name in ("tcp", "tcp6"))
    local = [line.split()[1] for line in text.splitlines() if f":{port:04X} " in line and " 0A " in line]
    assert local == [f"0100007F:{port:04X}"]


def test_a_port_that_is_taken_is_said_and_the_usual_one_is_not_insisted_on(stage: Stage, port: int) -> None:
    told = stage.house.process("explore", "--no-open", "--port", str(port), code=2)
    assert f"port {port} cannot be used: Address already in use" in told.stderr


@pytest.mark.postgresql
def test_on_postgresql_it_says_what_to_do_instead(tmp_path: Path, cluster: str, migrated_database: str) -> None:
    house = House.build(tmp_path / "w")
    house.environment = {"AMPLIFIER_DATABASE_URL": new_database(cluster, migrated_database)}
    told = house.cli("explore", "--no-open", code=78)
    assert "amplifier sql --question NAME answers the same questions" in told.stderr


def test_without_the_extra_one_line_names_it(stage: Stage) -> None:
    hidden = stage.house.root / "hidden"
    hidden.mkdir()
    (hidden / "datasette_dashboards.py").write_text("raise ImportError\n")
    stage.house.environment = {"PYTHONPATH": str(hidden)}
    try:
        told = stage.house.process("explore", "--no-open", code=78)
    finally:
        stage.house.environment = {}
    assert "type: make analyst, in the folder" in told.stderr
    assert told.stdout == ""
