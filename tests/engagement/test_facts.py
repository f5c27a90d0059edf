"""What exported tables tell about posts."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.files import FORBIDDEN, SHOWN
from amplifier.content.utm import Utm, tagged
from amplifier.engagement.facts import COUNTS, Facts, Tag, read_facts
from amplifier.errors import FileError
from amplifier.networks.port import METRICS, Metrics, Untold

NEW = (
    "Post id,Date,Post text,Post Link,Impressions,Likes,Engagements,Bookmarks,Shares,New follows,Replies,Reposts,"
    "Profile visits,Detail Expands,URL Clicks,Hashtag Clicks,Permalink Clicks\n"
)
OLD = (
    "Tweet id,Tweet permalink,Tweet text,time,impressions,engagements,engagement rate,retweets,replies,likes,"
    "user profile clicks,url clicks,hashtag clicks,detail expands,permalink clicks,promoted impressions\n"
)
BY_DAY = (
    "Date,Impressions,Likes,Engagements,Bookmarks,Shares,New follows,Unfollows,Replies,Reposts,Profile visits,"
    "Create Post,Video views,Media views\n"
    '"Tue, Mar 10, 2026",2871,24,43,0,1,0,2,1,1,2,2,0,0\n'
)
ID, OTHER = "1789012345678901234", "1789012345678905678"
LINK = f"https://x.com/main/status/{ID}"
PARTLY = Untold.NOT_IN_FILE


def facts(text: str) -> Facts:
    return read_facts(text.encode(), "f.csv")


def told(text: str) -> dict[str | Tag, Metrics]:
    return {fact.of: fact.metrics for fact in facts(text).rows}


def notes(text: str) -> list[str]:
    return [note.message for note in facts(text).notes]


def mistakes(text: str) -> list[str]:
    with pytest.raises(FileError) as caught:
        facts(text)
    assert caught.value.exit_code == 3
    assert all(finding.hint for finding in caught.value.findings)
    return [f"{finding.place}: {finding.message}" for finding in caught.value.findings]


# ---------------------------------------------------------------- X's analytics of posts


def test_the_export_of_today_is_read() -> None:
    text = f'{NEW}{ID},"Tue, Jul 14, 2026","Two\nlines, and ""more""",{LINK},1042,12,40,3,7,1,2,0,5,9,4,1,0\n'
    found = facts(text)
    assert found.kind == "posts"
    (fact,) = found.rows
    assert (str(fact.place), fact.of) == ("f.csv:2:1", ID)
    assert fact.metrics == Metrics(
        impressions=1042, likes=12, engagements=40, bookmarks=3, replies=2, reposts=0, profile_clicks=5, link_clicks=4,
        untold=PARTLY,
    )  # fmt: skip
    assert notes(text) == [
        "left out, since we keep no such counts: Shares, New follows, Detail Expands, Hashtag Clicks, Permalink Clicks"
    ]


def test_the_export_of_earlier_years_is_read() -> None:
    text = f'{OLD}"{ID}","{LINK}","Said",2022-11-30 09:30 +0000,1042.0,40.0,0.038,3.0,2.0,12.0,5.0,4.0,0,1,1,-\n'
    assert told(text) == {
        ID: Metrics(
            impressions=1042, engagements=40, reposts=3, replies=2, likes=12, profile_clicks=5, link_clicks=4,
            untold=PARTLY,
        )
    }  # fmt: skip


def test_all_our_counts_in_whatever_words_and_case() -> None:
    names = "POST_ID,likes,Reposts,replies,Quote Tweets,bookmarks,IMPRESSIONS,url_clicks,Profile  Clicks,engagements"
    assert told(f"{names}\n{ID},1,2,3,4,5,6,7,8,9\n") == {ID: Metrics(1, 2, 3, 4, 5, 6, 7, 8, 9)}


def test_what_is_empty_is_not_told_and_zero_is_zero() -> None:
    text = "Post id,Likes,Replies,Reposts\n1,0,,-\n2,,,\n3,0,0,0\n"
    assert told(text) == {
        "1": Metrics(likes=0, untold=PARTLY | Untold.NOT_TOLD),
        "3": Metrics(likes=0, replies=0, reposts=0, untold=PARTLY),
    }
    assert notes(text) == ["1 row left out: no counts at all"]


def test_a_link_alone_names_a_post() -> None:
    assert list(told(f"Tweet permalink,Likes\n{LINK}/photo/1,2\n")) == [ID]


def test_of_two_columns_for_one_count_the_nearer_is_taken_and_the_other_named() -> None:
    text = f"Post id,Profile visits,User profile clicks\n{ID},9,4\n"
    assert told(text)[ID].profile_clicks == 4
    assert notes(text) == ["left out, since we keep no such counts: Profile visits"]


@pytest.mark.parametrize(
    ("written", "sign", "count"),
    (
        ("12.0", ",", 12), ("12.00", ",", 12), ('"1,234"', ",", 1234), ('"1,234,567.0"', ",", 1234567),
        ("1 234", ",", 1234), ("1\u202f234", ";", 1234), ("1\u00a0234", ",", 1234), ("1'234", ",", 1234),
        ("1.234", ";", 1234), ("1.234,0", ";", 1234), ("12,0", ";", 12), ("12.0", ";", 12), ("1.000", ";", 1000),
        ("0012", ",", 12), ("n/a", ",", None), ("–", ",", None),
    ),
)  # fmt: skip
def test_counts_as_programs_write_them(written: str, sign: str, count: int | None) -> None:
    assert told(f"Post id{sign}Likes{sign}Replies\n{ID}{sign}{written}{sign}1\n")[ID].likes == count


@pytest.mark.parametrize(
    ("written", "sign"),
    (
        ("12.5", ","), ("1.234", ","), ("1.000", ","), ('"1,23"', ","), ("1,234", ";"), ("-3", ","), ("1.1K", ","),
        ("1E+05", ","), ("many", ","), ("4%", ","), ("1000000000000000", ","), ("١٢", ","), ("²", ","),
    ),
)  # fmt: skip
def test_what_may_not_be_the_count_is_refused_not_guessed(written: str, sign: str) -> None:
    (mistake,) = mistakes(f"Post id{sign}Likes{sign}Replies\n{ID}{sign}{written}{sign}1\n")
    shown = written.strip('"')
    assert mistake.startswith(f"f.csv:2:{len(ID) + 2}: “{shown}” is no count")


@pytest.mark.parametrize(
    ("written", "sign", "meanings"),
    (
        ("5.000", ",", "5000 or 5"), ("1.234", ",", "1234 or 1.234"), ("5,000", ";", "5000 or 5"),
        ("12,340", ";", "12340 or 12.340"),
    ),
)  # fmt: skip
def test_thousands_that_may_be_a_fraction_are_refused_with_what_they_may_mean(
    written: str, sign: str, meanings: str
) -> None:
    (mistake,) = mistakes(f"Post id{sign}Likes\n{ID}{sign}{written}\n")
    assert mistake.endswith(f"“{written}” is no count: it may be {meanings}")


def test_a_count_of_thousands_of_digits_is_refused_in_few_words() -> None:
    long, idle = "9" * 5000, "0" * 5000
    (mistake,) = mistakes(f"Post id,Likes\n{ID},{long}\n")
    assert mistake.endswith("9…” is no count")
    assert len(mistake) < 120
    assert told(f"Post id,Likes\n{ID},{idle}12\n")[ID].likes == 12
    (mistake,) = mistakes(f"Post id,Likes\n{long},1\n")
    assert mistake.endswith("9…” is no post's id")
    assert len(mistake) < 120


@given(count=st.integers(0, 10**15 - 1), sign=st.sampled_from(",;"))
def test_a_whole_number_is_itself_however_its_thousands_are_parted(count: int, sign: str) -> None:
    for written in (f"{count}", f"{count}.0", f'"{count:,}"' if sign == "," else f"{count:,}".replace(",", ".")):
        assert told(f"Post id{sign}Likes\n{ID}{sign}{written}\n")[ID].likes == count


@pytest.mark.parametrize("damaged", ("1.78901E+18", "1,78901E+18", "1.7E18", "1789012345678901234.0"))
def test_an_id_that_a_spreadsheet_has_rounded_is_a_mistake_with_the_way_out(damaged: str) -> None:
    (mistake,) = mistakes(f"Post id;Likes\n{damaged};1\n")
    assert mistake == f"f.csv:2:1: “{damaged}” was a post's id"
    with pytest.raises(FileError) as caught:
        facts(f"Post id;Likes\n{damaged};1\n")
    assert "import the column as text" in caught.value.findings[0].hint


def test_ids_that_all_end_in_zeros_have_been_rounded_too() -> None:
    assert len(mistakes("Post id,Likes\n1789012345678900000,1\n1789012345678910000,1\n")) == 2
    assert len(told(f"Post id,Likes\n1789012345678900000,1\n{ID},1\n")) == 2
    assert list(told("Post id,Likes\n1000,1\n")) == ["1000"]


@pytest.mark.parametrize("damaged", ("1.78901E+18", "1789012345678900000", "", f'"=""{ID}"""', f"'{ID}"))
def test_a_link_beside_it_has_the_id_whole(damaged: str) -> None:
    text = f"Post id,Post Link,Likes\n{damaged},{LINK},1\n{OTHER},https://x.com/a/status/{OTHER},2\n"
    assert list(told(text)) == [ID, OTHER]
    is_rounded = damaged[:1] == "1"
    assert notes(text) == (
        ["1 row: a spreadsheet has rounded the ids; the links have them whole"] if is_rounded else []
    )


def test_an_id_and_a_link_of_two_posts_are_a_mistake() -> None:
    other = "1680000000000000000"
    assert mistakes(f"Post id,Post Link,Likes\n{other},{LINK},1\n") == [
        f"f.csv:2:1: the id {other} and the link {ID} are two posts"
    ]


def test_the_same_row_twice_is_one_and_other_counts_of_one_post_are_a_mistake() -> None:
    assert len(told(f"Post id,Likes\n{ID},1\n{ID},1\n")) == 1
    assert mistakes(f"Post id,Likes\n{ID},1\n{OTHER},1\n{ID},2\n") == [
        f"f.csv:4:1: the post {ID} stands in line 2 with other counts"
    ]


def test_a_row_without_an_id_is_counted_and_left_out() -> None:
    text = f"Post id,Date,Likes\n{ID},today,1\n,today,3\n"
    assert list(told(text)) == [ID]
    assert notes(text) == ["1 row left out: no post id"]


def test_every_mistake_is_told_at_once_in_the_order_of_the_lines() -> None:
    text = f"Post id,Likes,Likes,Replies\nabc,1,1,1\n{ID},x,1,y\n1.7E+18,1,1,1\n{OTHER},1,1\n"
    assert mistakes(text) == [
        "f.csv:1:15: there are two columns Likes",
        "f.csv:2:1: “abc” is no post's id",
        f"f.csv:3:{len(ID) + 2}: “x” is no count",
        f"f.csv:3:{len(ID) + 6}: “y” is no count",
        "f.csv:4:1: “1.7E+18” was a post's id",
        "f.csv:5:1: has 3 cells, and the first row has 4",
    ]


@pytest.mark.parametrize("word", ("Total", "TOTALS", "Grand total", "Total:"))
def test_a_row_of_totals_is_left_out(word: str) -> None:
    text = f"Post id,Post Link,Likes\n{ID},{LINK},1\n{word},,1\n"
    assert list(told(text)) == [ID]
    assert notes(text) == ["1 row left out: a total of the others"]


@pytest.mark.parametrize("host", ("x.com", "www.x.com", "mobile.x.com", "twitter.com", "mobile.twitter.com", "X.com"))
def test_a_link_to_a_post_is_one_to_x(host: str) -> None:
    for link in (f"https://{host}/main/status/{ID}", f"{host}/main/status/{ID}"):
        assert list(told(f"Post Link,Likes\n{link},2\n")) == [ID]


@pytest.mark.parametrize(
    "link",
    (
        f"https://evil.example/main/status/{ID}", f"https://x.com.evil.example/u/status/{ID}", f"/u/status/{ID}",
        f"https://evil.example/x.com/status/{ID}", f"https://x.com@evil.example/u/status/{ID}", "https://[x.com/status/1",
    ),
)  # fmt: skip
def test_a_link_to_elsewhere_names_no_post(link: str) -> None:
    (mistake,) = mistakes(f"Post Link,Likes\n{link},2\n")
    assert mistake.startswith("f.csv:2:1: “")
    assert mistake.endswith("” is no link to a post")
    assert list(told(f"Post id,Post Link,Likes\n{OTHER},{link},2\n")) == [OTHER]


ESCAPES = "\x1b]0;pwn\x07\x1b[2J\u202e\x9b"


def test_nothing_of_a_file_that_a_terminal_would_obey_is_said() -> None:
    said = [
        *notes(f"Post id,{ESCAPES},Likes\n{ID},1,2\n"),
        *notes(f'utm_content,"\r\nvisits",{ESCAPES}\nday-1,2,\n'),
        *notes(f"utm_content,clicks\n{ESCAPES},2\n"),
        *notes(f"utm_content,campaign,clicks\nday-1,{ESCAPES},2\n"),
        *mistakes(f"Post id,Likes\n{ID},{ESCAPES}\n"),
        *mistakes(f"Post id,Likes\n{ESCAPES},1\n"),
        *mistakes(f"Post id,Likes\nsimulated-{ESCAPES}-1,1\n"),
        *mistakes(f"Post id,Likes,a{ESCAPES},a{ESCAPES}\n{ID},1,1,1\n"),
        *mistakes(f"{ESCAPES},b\n{ID},1\n"),
        *mistakes(f"Post Link,Likes\n{ESCAPES},1\n"),
    ]
    (fact,) = facts("url,clicks\nhttps://e.org?utm_content=day-1&utm_source=%1b[2J%E2%80%AE,2\n").rows
    for line in (*said, str(fact.of)):
        assert not FORBIDDEN.search(line)
        assert "\n" not in line


def test_a_file_of_mistakes_alone_is_told_in_a_few() -> None:
    found = mistakes("Post id,Likes\n" + "x,y\n1\n" * 3000)
    assert len(found) == 2 * (SHOWN + 1)
    assert found[-1].endswith("and 2980 more like this, from here on")
    rounded = mistakes("Post id,Likes\n" + "".join(f"17890123456{n:04}0000,1\n" for n in range(3000)))
    assert len(rounded) == SHOWN + 1
    assert rounded[-1].endswith("and 2980 more like this, from here on")


def test_of_many_columns_that_we_do_not_keep_the_first_are_named() -> None:
    names = [f"c{n}" for n in range(30)]
    (note,) = notes(f"Post id,Likes,{','.join(names)}\n{ID},1{',' * 30}\n")
    assert note.endswith("c18, c19 and 10 more")


def test_counts_by_day_are_known_and_refused() -> None:
    assert mistakes(BY_DAY) == ["f.csv:1:1: tells counts by day, not by post: it has no post ids"]


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("Beitrags-ID,Impressionen\n1,2\n", "has neither a column Post id nor utm_content, but Beitrags-ID, Impres"),
        (f"Post id,Date\n{ID},today\n", "has no column with counts that we keep"),
        ("utm_content,bounces\nday-1,2\n", "has no column of clicks, but utm_content, bounces"),
        ("url,bounces\nhttps://e.org,2\n", "has neither a column Post id nor utm_content, but url, bounces"),
    ),
)
def test_another_table_is_refused_by_what_it_lacks(text: str, expected: str) -> None:
    (mistake,) = mistakes(text)
    assert mistake.startswith(f"f.csv:1:1: {expected}")


# ---------------------------------------------------------------- clicks on tagged links


def clicks(count: int) -> Metrics:
    return Metrics(link_clicks=count, untold=PARTLY)


def test_clicks_are_read_by_the_tag_of_their_link() -> None:
    text = "utm_source,utm_campaign,utm_content,Clicks\nx,dmz-escape,day-one-3,7\nx,dmz-escape,story-12,0\n"
    assert facts(text).kind == "clicks"
    assert told(text) == {
        Tag("day-one", 3, "dmz-escape", "x"): clicks(7),
        Tag("story", 12, "dmz-escape", "x"): clicks(0),
    }
    assert notes(text) == []


def test_what_a_web_statistic_calls_them_is_said() -> None:
    text = (
        "# ----------------\n# Free form 1\n# 20261201-20261208\n\n"
        "Session manual ad content,Session campaign,Session source / medium,Sessions,Total users\n"
        ",,,120,90\nday-1,dmz-escape,x / (not set),7,5\nbanner,dmz-escape,x / social,3,3\n"
        "(not set),(direct),(direct) / (none),50,50\n"
    )
    assert told(text) == {Tag("day", 1, "dmz-escape", "x"): clicks(7)}
    assert notes(text) == [
        "Sessions are taken for clicks on links",
        "3 rows left out: no utm_content of a post, but “nothing”, “banner”, “(not set)”",
    ]


@pytest.mark.parametrize(
    "url",
    (
        "https://example.org/a?b=c&utm_source=X&utm_campaign=dmz-escape&utm_content=day-1#d",
        "/a?utm_content=day-1&utm_campaign=dmz-escape&utm_source=x",
        tagged("https://example.org/%EA%B8%B0?q=%26", Utm("x", "dmz-escape", "day", "example.org"), 1),
    ),
)
def test_the_tag_may_stand_in_the_link_itself(url: str) -> None:
    assert told(f"Long URL,Total clicks\n{url},7\nhttps://example.org/b,3\nhttps://[,1\n") == {
        Tag("day", 1, "dmz-escape", "x"): clicks(7)
    }


def test_a_column_of_its_own_comes_before_the_link_and_what_nobody_tells_is_none() -> None:
    assert told("url,utm_content,clicks\nhttps://e.org?utm_content=b-2&utm_campaign=c,a-1,7\n") == {
        Tag("a", 1, "c", None): clicks(7)
    }
    assert told("utm_content,clicks\na-1,7\n") == {Tag("a", 1, None, None): clicks(7)}


def test_rows_of_one_post_are_added_up() -> None:
    text = "utm_content,device,clicks\na-1,phone,7\nb-1,phone,1\na-1,desk,5\na-1,tv,\n"
    assert told(text) == {Tag("a", 1, None, None): clicks(12), Tag("b", 1, None, None): clicks(1)}
    assert notes(text) == [
        "1 row left out: no clicks told",
        "1 row added to an earlier one of the same post: each link, day or device has its own",
    ]


@pytest.mark.parametrize(
    "content", ("banner", "day-", "-1", "day-0", "day-01", "day-1-", "Day-1", "day--1", "day-1000")
)
def test_what_is_no_tag_of_ours_is_left_out(content: str) -> None:
    assert told(f"utm_content,clicks\n{content},7\nday-2,1\n") == {Tag("day", 2, None, None): clicks(1)}


@pytest.mark.parametrize("none", ("(not set)", "-", ""))
def test_a_campaign_that_is_not_set_is_none(none: str) -> None:
    assert told(f"utm_content,campaign,clicks\nday-5,{none},7\n") == {Tag("day", 5, None, None): clicks(7)}
    link = "https://e.org?utm_content=day-5&utm_campaign=c&utm_source=x"
    assert told(f"url,utm_content,utm_campaign,utm_source,clicks\n{link},{none},{none},{none},7\n") == {
        Tag("day", 5, "c", "x"): clicks(7)
    }


def test_a_campaign_in_another_case_is_the_same() -> None:
    text = "utm_content,campaign,clicks\nday-5,DMZ-Escape,7\nday-5,dmz-escape,1\n"
    assert told(text) == {Tag("day", 5, "dmz-escape", None): clicks(8)}


def test_a_campaign_that_is_none_of_ours_is_named_with_its_place() -> None:
    text = "utm_content,campaign,clicks\nday-4,a,1\nday-5,DMZ Escape,7\nday-6,(direct),2\nday-7,DMZ Escape,1\n"
    (note,) = facts(text).notes
    assert str(note.place) == "f.csv:3:7"
    assert note.message == "3 rows left out: a post's utm_content, but no campaign's name: “DMZ Escape”, “(direct)”"
    text = "url,clicks\nhttps://e.org?utm_content=day-1&utm_campaign=A%20B,2\n"
    (note,) = facts(text).notes
    assert (str(note.place), note.message) == (
        "f.csv:2:1", "1 row left out: a post's utm_content, but no campaign's name: “A B”",
    )  # fmt: skip


def test_clicks_that_add_up_to_more_than_a_count_can_be_are_a_mistake() -> None:
    most = 10**15 - 1
    assert told(f"utm_content,clicks\nday-5,{most - 1}\nday-5,1\n") == {Tag("day", 5, None, None): clicks(most)}
    found = mistakes("utm_content,clicks\n" + f"day-5,{most}\n" * 3)
    assert found == [
        "f.csv:3:7: with it, the clicks of day-5 are too many for a count",
        "f.csv:4:7: with it, the clicks of day-5 are too many for a count",
    ]


SLUGS = st.from_regex(r"[a-z0-9]{1,4}(-[a-z0-9]{1,4}){0,2}", fullmatch=True)


@given(thread=SLUGS, campaign=SLUGS, k=st.integers(1, 25), count=st.integers(0, 10**6), in_link=st.booleans())
def test_a_tag_that_was_put_on_a_link_leads_back_to_its_post(
    thread: str, campaign: str, k: int, count: int, *, in_link: bool
) -> None:
    link = tagged("https://example.org/a?b#c", Utm("x", campaign, thread, "example.org"), k)
    out = io.StringIO()
    rows: list[list[object]] = [["url", "clicks"], [link, count]]
    if not in_link:
        parts = dict(part.split("=") for part in link.partition("#")[0].split("&")[1:])
        rows = [[*parts, "clicks"], [*parts.values(), count]]
    csv.writer(out).writerows(rows)
    assert told(out.getvalue()) == {Tag(thread, k, campaign, "x"): clicks(count)}


def test_the_counts_are_those_of_the_ledger() -> None:
    """A count that we begin to keep has a word here, too."""
    assert set(COUNTS) == set(METRICS)
