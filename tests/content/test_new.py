from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from amplifier.content.article import load_article
from amplifier.content.campaign import load_campaign
from amplifier.content.compose import compose
from amplifier.content.new import NewCampaign, draft, machine_timezone, write_new
from amplifier.errors import ConfigurationError, FileError, UsageError
from amplifier.model import Campaign, errors
from amplifier.workspace import Workspace

REPOSITORY = Path(__file__).parents[2]
ARTICLE = REPOSITORY / "campaigns" / "articles" / "dmz-escape.txt"
TEXT = "A Day at the Border\n\nHe ran to the border, and they shot at him. He lived in North Korea.\n"
KOREAN = "판문점의 하루\n\n그는 국경을 향해 달렸다. 동료 병사들이 총을 쏘았다.\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = tmp_path.resolve() / "workspace"
    (root / "campaigns" / "articles").mkdir(parents=True)
    shutil.copytree(REPOSITORY / "templates", root / "templates")
    return Workspace(root)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "elsewhere"
    folder.mkdir()
    return folder


def write(path: Path, text: str = TEXT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def loaded(made: NewCampaign, workspace: Workspace) -> Campaign:
    campaign, findings = load_campaign(made.path, workspace.root)
    assert findings == ()
    return campaign


def test_a_draft_for_the_sample_article_passes_the_check_to_the_last_post(workspace: Workspace) -> None:
    made = write_new(ARTICLE, workspace, timezone="Asia/Seoul")
    assert made == NewCampaign(
        workspace.campaigns / "dmz-escape.yaml", workspace.articles / "dmz-escape.txt", copied=True
    )
    assert made.article.read_bytes() == ARTICLE.read_bytes()
    campaign = loaded(made, workspace)
    assert (campaign.name, campaign.language, campaign.accounts) == ("dmz-escape", "en", ("main",))
    assert campaign.hashtags == ("NorthKorea", "DMZ", "SouthKorea")
    assert campaign.schedule.timezone == "Asia/Seoul"
    assert campaign.schedule.start is None
    assert [f"{rule.days} {rule.at:%H:%M}" for rule in campaign.schedule.slots] == ["(1, 3) 09:30"]
    assert [thread.id for thread in campaign.threads] == ["story", "timeline", "qa", "facts", "quote", "call-to-action"]
    article = load_article(campaign.article, workspace.root, campaign.language)
    threads = compose(campaign, article, {})
    assert len(threads) == 6
    assert not errors(finding for thread in threads for finding in thread.findings)


def test_every_line_of_a_draft_has_its_comment_and_the_defaults_are_the_models_own(workspace: Workspace) -> None:
    made = write_new(write(workspace.articles / "day.txt"), workspace)
    lines = made.path.read_text("utf-8").splitlines()
    assert lines[0] == "# yaml-language-server: $schema=campaign.schema.json"
    assert [line for line in lines if "#" not in line] == ["schedule:"]
    assert "how it began, told in two to four posts" in made.path.read_text("utf-8")
    schedule = loaded(made, workspace).schedule
    bare = write(workspace.campaigns / "bare.yaml", BARE)
    campaign, _ = load_campaign(bare, workspace.root)
    assert campaign.schedule == schedule


BARE = """\
name: bare
article: articles/day.txt
accounts: [main]
schedule: {timezone: ZONE, slots: [{days: [tue, thu], at: "09:30"}]}
threads: [{template: story.j2}]
""".replace("ZONE", machine_timezone())


def test_what_is_given_is_not_guessed(workspace: Workspace) -> None:
    made = write_new(
        write(workspace.articles / "day.txt"),
        workspace,
        name="my-name",
        language="de",
        timezone="Europe/Berlin",
        link="https://example.org/a#b",
        accounts=("main", "second_one"),
    )
    campaign = loaded(made, workspace)
    assert made.path.name == "my-name.yaml"
    assert campaign.name == "my-name"
    assert campaign.language == "de"
    assert campaign.schedule.timezone == "Europe/Berlin"
    assert campaign.link == "https://example.org/a#b"
    assert campaign.accounts == ("main", "second_one")


def test_name_and_language_come_from_the_text(workspace: Workspace, elsewhere: Path) -> None:
    english = loaded(write_new(write(elsewhere / "x.txt"), workspace), workspace)
    assert (english.name, english.article.name) == ("a-day-at-the-border", "a-day-at-the-border.txt")
    korean = loaded(write_new(write(elsewhere / "panmunjom.MD", "# " + KOREAN), workspace), workspace)
    assert (korean.name, korean.language, korean.article.name) == ("panmunjom", "ko", "panmunjom.md")
    assert (korean.hashtags, korean.link) == ((), None)


@pytest.mark.parametrize("name", ("2026", "null", "true", "no", "1e3", "0x1f"))
def test_a_name_that_yaml_takes_for_something_else_stays_a_name(workspace: Workspace, name: str) -> None:
    assert loaded(write_new(write(workspace.articles / "a.txt"), workspace, name=name), workspace).name == name


@pytest.mark.parametrize(
    "name",
    ('it\'s a "day".txt', "a: b #c.txt", "기사.txt", "[x].txt", "- a.txt"),
)
def test_an_article_beside_the_campaign_is_used_where_it_is_whatever_its_name(workspace: Workspace, name: str) -> None:
    article = write(workspace.campaigns / "mine" / name)
    made = write_new(article, workspace)
    assert made == NewCampaign(workspace.campaigns / "a-day-at-the-border.yaml", article, copied=False)
    assert loaded(made, workspace).article == article
    assert list(workspace.articles.iterdir()) == []


@pytest.mark.parametrize("name", ("new\nline.txt", "del\x7f.txt", "bidi\u202e.txt", "latin-1 \udce9.txt"))
def test_an_article_whose_name_cannot_be_shown_is_to_be_renamed(workspace: Workspace, name: str) -> None:
    article = write(workspace.articles / name)
    with pytest.raises(UsageError, match="cannot be seen"):
        write_new(article, workspace)


def test_an_article_is_known_to_lie_beside_the_campaign_by_whatever_way_it_is_named(
    workspace: Workspace, elsewhere: Path
) -> None:
    article = write(workspace.articles / "a.txt")
    (elsewhere / "way").symlink_to(workspace.root)
    ways = (
        elsewhere / "way" / "campaigns" / "articles" / "a.txt",
        workspace.templates / ".." / "campaigns/articles/a.txt",
    )
    for n, way in enumerate(ways):
        assert write_new(way, workspace, name=f"way-{n}").article == article
    outside = write(workspace.root / "b.txt")
    assert (
        write_new(workspace.campaigns / ".." / "b.txt", workspace, name="b").article
        == workspace.articles / outside.name
    )


def test_an_article_elsewhere_in_the_workspace_is_copied_beside_the_campaign(workspace: Workspace) -> None:
    made = write_new(write(workspace.root / "notes" / "a.txt"), workspace)
    assert made.copied
    assert loaded(made, workspace).article == workspace.articles / "a-day-at-the-border.txt"


def test_a_link_to_an_article_elsewhere_is_followed_and_the_text_copied(workspace: Workspace, elsewhere: Path) -> None:
    write(elsewhere / "one" / "a.txt")
    (elsewhere / "two").mkdir()
    (elsewhere / "two" / "link.txt").symlink_to(elsewhere / "one" / "a.txt")
    made = write_new(elsewhere / "two" / "link.txt", workspace)
    assert not made.article.is_symlink()
    assert made.article.read_text("utf-8") == TEXT


def test_a_link_in_the_workspace_that_leaves_it_is_refused(workspace: Workspace, elsewhere: Path) -> None:
    write(elsewhere / "a.txt")
    (workspace.articles / "a.txt").symlink_to(elsewhere / "a.txt")
    with pytest.raises(FileError):
        write_new(workspace.articles / "a.txt", workspace)
    assert list(workspace.campaigns.glob("*.yaml")) == []


def test_a_link_that_stays_in_the_workspace_is_used_as_it_is(workspace: Workspace) -> None:
    write(workspace.root / "notes" / "a.txt")
    link = workspace.articles / "a.txt"
    link.symlink_to(workspace.root / "notes" / "a.txt")
    made = write_new(link, workspace)
    assert made.article == link
    assert loaded(made, workspace).article == link


def test_nothing_is_overwritten(workspace: Workspace, elsewhere: Path) -> None:
    article = write(elsewhere / "a.txt")
    made = write_new(article, workspace)
    made.path.write_text("edited", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already") as caught:
        write_new(article, workspace)
    assert "--name" in caught.value.hint
    assert made.path.read_text("utf-8") == "edited"
    again = write_new(article, workspace, name="second")
    assert again.article == workspace.articles / "second.txt"
    made.path.unlink()
    assert write_new(article, workspace) == NewCampaign(made.path, made.article, copied=False)
    made.path.unlink()
    with pytest.raises(UsageError, match="exists already"):
        write_new(write(elsewhere / "a.txt", TEXT + "More.\n"), workspace)
    assert made.article.read_text("utf-8") == TEXT
    assert not made.path.exists()


def test_a_dangling_link_with_the_campaign_s_name_is_left_alone(workspace: Workspace, elsewhere: Path) -> None:
    (workspace.campaigns / "day.yaml").symlink_to(elsewhere / "nowhere")
    with pytest.raises(UsageError, match="exists already"):
        write_new(write(elsewhere / "a.txt"), workspace, name="day")
    assert not (elsewhere / "nowhere").exists()


@pytest.mark.parametrize("name", ("Day", "a b", "../up", "", "-a"))
def test_a_given_name_has_to_be_one(workspace: Workspace, name: str) -> None:
    article = write(workspace.articles / "a.txt")
    if not name:
        assert write_new(article, workspace, name=name).path.name == "a-day-at-the-border.yaml"
        return
    with pytest.raises(UsageError, match="is no name"):
        write_new(article, workspace, name=name)


@pytest.mark.parametrize("content", (b"", b"\xff\xfe\x00", b"\x00" * 99, b"title only"))
def test_an_article_that_cannot_be_used_is_said_before_anything_is_written(
    workspace: Workspace, elsewhere: Path, content: bytes
) -> None:
    article = elsewhere / "a.txt"
    article.write_bytes(content)
    (elsewhere / "loop.txt").symlink_to(elsewhere / "loop.txt")
    for path in (article, elsewhere / "missing.txt", write(elsewhere / "a.docx"), elsewhere, elsewhere / "loop.txt"):
        with pytest.raises(FileError):
            write_new(path, workspace)
    assert [path for path in workspace.campaigns.rglob("*") if path.is_file()] == []


def test_shipped_templates_stand_in_reading_order_and_the_workspaces_own_behind_a_mark(workspace: Workspace) -> None:
    write(workspace.templates / "zoom.j2", "{{ title }}\n")
    write(workspace.templates / "after.j2", "{#- after: what came of it. #}\n")
    made = write_new(write(workspace.articles / "a.txt"), workspace)
    names = [thread.template for thread in loaded(made, workspace).threads]
    assert names == ["story.j2", "timeline.j2", "qa.j2", "facts.j2", "quote.j2", "call_to_action.j2"]
    own = [" ".join(line.split()) for line in made.path.read_text("utf-8").splitlines()[-2:]]
    assert own == ["# - {template: after.j2} # what came of it", "# - {template: zoom.j2} # one thread"]


def test_where_all_templates_are_the_workspaces_own_they_are_used(workspace: Workspace) -> None:
    for path in workspace.templates.glob("*.j2"):
        path.unlink()
    write(workspace.templates / "mine.j2", "{{ sentences[0] }}\n")
    made = write_new(write(workspace.articles / "a.txt"), workspace)
    assert [thread.template for thread in loaded(made, workspace).threads] == ["mine.j2"]


def test_without_a_template_there_is_nothing_to_draft(workspace: Workspace) -> None:
    shutil.rmtree(workspace.templates)
    workspace.templates.mkdir()
    with pytest.raises(UsageError, match="has no template"):
        write_new(write(workspace.articles / "a.txt"), workspace)


def test_where_nothing_can_be_written_nothing_is_left(workspace: Workspace, elsewhere: Path) -> None:
    article = write(elsewhere / "a.txt")
    with pytest.raises(ConfigurationError, match="File name too long"):
        write_new(article, workspace, name="x" * 300)
    workspace.articles.rmdir()
    workspace.articles.write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="cannot write"):
        write_new(article, workspace)
    assert [path.name for path in workspace.campaigns.iterdir()] == ["articles"]


def test_a_copy_goes_again_when_the_campaign_cannot_be_written(workspace: Workspace, elsewhere: Path) -> None:
    name = "x" * 251  # with .txt 255 bytes, the longest there is; with .yaml one more
    with pytest.raises(ConfigurationError, match="cannot write"):
        write_new(write(elsewhere / "a.txt"), workspace, name=name)
    assert list(workspace.articles.iterdir()) == []
    own = write(workspace.articles / "own.txt")
    with pytest.raises(ConfigurationError, match="cannot write"):
        write_new(own, workspace, name=name)
    assert own.read_text("utf-8") == TEXT


@pytest.mark.parametrize("titled", (True, False))
def test_an_untitled_article_gets_a_place_for_its_title(titled: bool) -> None:
    text = draft("a.txt", name="a", titled=titled, language="en", timezone="UTC", templates=[("story.j2", "a story")])
    assert ("title" in text) is not titled


@pytest.mark.parametrize("setting", ("Asia/Seoul", "Nowhere/City", "!"))
def test_the_machine_s_zone_is_a_name_we_can_use_and_asking_says_nothing(setting: str) -> None:
    code = "import amplifier.content.new as new; print(new.machine_timezone())"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "TZ": setting}
    )
    zone = told.stdout.strip()
    assert told.stderr == ""
    assert ZoneInfo(zone).key == zone
    assert (zone == setting) == (setting == "Asia/Seoul")
