from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from amplifier.errors import AmplifierError, ConfigurationError, UsageError
from amplifier.workspace import Workspace, find_workspace, init_workspace, starter_root

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def make(root: Path) -> Path:
    (root / "campaigns").mkdir(parents=True)
    (root / "templates").mkdir()
    return root


def tree(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


# ---------------------------------------------------------------- finding


def test_the_option_wins_over_the_environment_and_that_over_the_folders(place: Path) -> None:
    one, two, three = (make(place / name) for name in ("one", "two", "three"))
    assert find_workspace(one, three / "campaigns" / "a.yaml", three, str(two)).root == one
    assert find_workspace(None, three / "campaigns" / "a.yaml", three, str(two)).root == two
    assert find_workspace(None, three / "campaigns" / "a.yaml", one, None).root == three
    assert find_workspace(None, None, one / "campaigns", "").root == one


def test_a_relative_option_starts_from_the_current_folder(place: Path) -> None:
    make(place / "one")
    assert find_workspace(Path("one"), None, place).root == place / "one"
    assert find_workspace(None, Path("one/campaigns/a.yaml"), place).root == place / "one"
    assert find_workspace(None, Path("../one/campaigns/a.yaml"), place / "campaigns").root == place / "one"


def test_a_file_from_elsewhere_is_for_the_workspace_of_the_current_folder(place: Path) -> None:
    make(place / "one")
    (place / "article.txt").write_text("text")
    assert find_workspace(None, place / "article.txt", place / "one" / "templates").root == place / "one"


def test_the_nearest_folder_with_both_folders_is_the_workspace(place: Path) -> None:
    make(place)
    (place / "inner" / "campaigns").mkdir(parents=True)
    assert find_workspace(None, None, place / "inner" / "campaigns").root == place
    (place / "inner" / "templates").mkdir()
    assert find_workspace(None, None, place / "inner" / "campaigns").root == place / "inner"
    (place / "other" / "templates").mkdir(parents=True)
    (place / "other" / "campaigns").write_text("a file, no folder")
    assert find_workspace(None, None, place / "other").root == place


def test_a_campaign_that_is_a_link_belongs_where_the_link_is(place: Path) -> None:
    make(place / "one")
    make(place / "two")
    (place / "two" / "campaigns" / "a.yaml").write_text("name: a")
    link = place / "one" / "campaigns" / "a.yaml"
    link.symlink_to(place / "two" / "campaigns" / "a.yaml")
    assert find_workspace(None, link, place).root == place / "one"


@pytest.mark.parametrize(("explicit", "environ"), ((Path("nowhere"), None), (None, "nowhere")))
def test_a_named_folder_that_is_none_is_an_error_even_inside_a_workspace(
    place: Path, explicit: Path | None, environ: str | None
) -> None:
    make(place)
    with pytest.raises(ConfigurationError, match=r"nowhere .* is not a workspace") as caught:
        find_workspace(explicit, None, place, environ)
    assert caught.value.exit_code == 78
    assert "amplifier init nowhere" in caught.value.hint


def test_no_workspace_is_a_configuration_error_that_names_the_next_step(place: Path) -> None:
    with pytest.raises(ConfigurationError, match="no workspace") as caught:
        find_workspace(None, None, place)
    assert caught.value.exit_code == 78
    assert "amplifier init DIR" in caught.value.hint


def test_everything_lies_inside_the_workspace(place: Path) -> None:
    workspace = Workspace(place)
    names = [name for name in dir(Workspace) if isinstance(getattr(Workspace, name), property)]
    paths = {name: getattr(workspace, name) for name in names}
    assert len(set(paths.values())) == len(paths) == 12
    assert all(path.is_relative_to(place) for path in paths.values())
    assert paths["database"].name == "amplifier.db"
    assert paths["pause_file"].name == "PAUSE"
    assert paths["lock_file"].parent == paths["private"] == place / ".amplifier"


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, amplifier.workspace; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pydantic", "sqlmodel", "sqlalchemy", "jinja2", "tweepy", "ruamel", "click"} & set(loaded)


# ---------------------------------------------------------------- making one


def test_the_starter_files_of_a_checkout_are_the_repository_s_own() -> None:
    assert starter_root() == REPOSITORY


def test_a_new_workspace_has_the_starter_files_and_is_one(place: Path) -> None:
    workspace = init_workspace(place / "deep" / "new")
    assert workspace.root == place / "deep" / "new"
    assert find_workspace(None, None, workspace.articles) == workspace
    shipped = REPOSITORY / "campaigns" / "articles" / "dmz-escape.txt"
    assert (workspace.articles / "dmz-escape.txt").read_bytes() == shipped.read_bytes()
    assert {path.name for path in workspace.templates.iterdir()} == {
        path.name for path in (REPOSITORY / "templates").glob("*.j2")
    }
    assert workspace.threads.is_dir()
    assert (workspace.root / ".env.example").is_file()
    assert not [name for name in tree(workspace.root) if "amplifier-init" in name]


def test_git_keeps_settings_databases_and_their_copies_out_and_the_rest_in(place: Path) -> None:
    git = shutil.which("git")
    if not git:
        pytest.skip("git is not installed")
    root = init_workspace(place / "new").root
    subprocess.run([git, "init", "-q", str(root)], check=True)
    private = [
        ".env", ".env.local", "amplifier.db", "amplifier.db-wal", "amplifier.db-shm", "amplifier.db-journal",
        "amplifier.db.before-0002", "outbox/posts.jsonl", "simulated/main.json", ".amplifier/run.lock", "PAUSE",
        "backups/amplifier-20261201T003000Z.db",
    ]  # fmt: skip
    public = [".env.example", ".gitignore", "campaigns/a.yaml", "campaigns/articles/a.txt", "templates/story.j2"]
    told = subprocess.run(
        [git, "-C", str(root), "check-ignore", *private, *public], capture_output=True, text=True, check=False
    )
    assert told.stdout.split() == private


def test_an_empty_folder_is_filled_in_place(place: Path) -> None:
    before = place.stat().st_ino
    init_workspace(place)
    assert place.stat().st_ino == before
    assert (place / "campaigns").is_dir()


@pytest.mark.parametrize("name", (".git", "notes.txt", "campaigns"))
def test_a_folder_in_use_is_refused_and_left_alone(place: Path, name: str) -> None:
    (place / name).mkdir()
    with pytest.raises(UsageError, match=f"is not empty: it holds {name}") as caught:
        init_workspace(place)
    assert caught.value.exit_code == 2
    assert tree(place) == [name]


def test_a_full_folder_is_not_listed_to_the_end(place: Path) -> None:
    for name in "abcdef":
        (place / name).touch()
    with pytest.raises(UsageError, match="it holds a, b, c and 3 more"):
        init_workspace(place)


def test_a_file_or_a_dangling_link_in_the_way_is_refused(place: Path) -> None:
    (place / "file").write_text("text")
    (place / "link").symlink_to(place / "nowhere")
    for name in ("file", "link"):
        with pytest.raises(UsageError, match="is not a folder"):
            init_workspace(place / name)
    assert tree(place) == ["file", "link"]


def test_below_a_file_nothing_can_be_made_and_nothing_is_left(place: Path) -> None:
    (place / "file").write_text("text")
    with pytest.raises(AmplifierError, match="cannot make a workspace"):
        init_workspace(place / "file" / "new")
    assert tree(place) == ["file"]


def test_a_failure_in_the_middle_leaves_nothing_half_made(place: Path) -> None:
    package = place / "installed" / "amplifier"
    shutil.copytree(REPOSITORY / "amplifier", package, ignore=shutil.ignore_patterns("__pycache__"))
    starter = make(package / "starter")
    (starter / "campaigns" / "a.yaml").write_text("name: a")
    (starter / ".env.example").mkdir()  # copied last, and no file: the copy fails
    (place / "empty").mkdir()
    for target in (place / "deep" / "new", place / "empty"):
        told = run_init(package.parent, target)
        assert "ConfigurationError" in told.stderr
        assert "cannot make a workspace" in told.stderr
    assert not (place / "deep").exists()
    assert tree(place / "empty") == []


def test_a_wheel_s_starter_files_come_without_settings_databases_links_or_anything_hidden(place: Path) -> None:
    package = place / "installed" / "amplifier"
    shutil.copytree(REPOSITORY / "amplifier", package, ignore=shutil.ignore_patterns("__pycache__"))
    starter = make(package / "starter")
    make(package.parent)  # folders of these names beside the installed package are somebody else's
    secret = place / "secret.txt"
    secret.write_text("secret")
    kept = ["campaigns/a.yaml", "campaigns/campaign.schema.json", "campaigns/articles/a.md", "templates/story.j2"]
    dropped = [
        ".env", "amplifier.db", "campaigns/.env", "campaigns/amplifier.db", "campaigns/.hidden/a.yaml",
        "templates/.env", "templates/story.j2.orig",
    ]  # fmt: skip
    for name in (*kept, *dropped):
        (starter / name).parent.mkdir(parents=True, exist_ok=True)
        (starter / name).write_text("text")
        (starter / name).chmod(0o400)
    (starter / "campaigns" / "articles" / "link.txt").symlink_to(secret)
    (starter / "campaigns" / "linked").symlink_to(place)
    told = run_init(package.parent, place / "new")
    assert told.returncode == 0, told.stderr
    files = [name for name in tree(place / "new") if (place / "new" / name).is_file()]
    assert files == sorted([*kept, ".gitignore"])
    assert all((place / "new" / name).stat().st_mode & 0o777 == 0o644 for name in files)


def run_init(python_path: Path, target: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys, pathlib, amplifier.workspace as w; w.init_workspace(pathlib.Path(sys.argv[1]))"
    return subprocess.run(
        [sys.executable, "-c", code, str(target)],
        capture_output=True,
        text=True,
        check=False,
        cwd=python_path,
        env={"PYTHONPATH": str(python_path)},
        umask=0o022,
    )


def test_the_files_that_it_lives_by_are_known_also_by_another_name(place: Path) -> None:
    workspace = Workspace(make(place / "w"))
    link = place / "link.csv"
    link.symlink_to(workspace.database)
    own = (
        link,
        "amplifier.db",
        "amplifier.db-wal",
        ".env",
        "campaigns/a.yaml",
        "templates/x.j2",
        "backups/b",
        "outbox/p",
    )
    assert all(workspace.lives_by(workspace.root / path) for path in own)
    others = ("report.html", "exports/post_log.csv", "my.env", "sub/amplifier.db", "../w.csv")
    assert not any(workspace.lives_by(workspace.root / path) for path in others)
