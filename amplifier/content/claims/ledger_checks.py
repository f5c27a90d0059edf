"""Check what the values of a ledger mean together: quotes in their sentences, ids, signatures, words to use instead.

These checks read the raw values and pass over what has the wrong kind (that is reported elsewhere), so that one
mistake never hides another.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from amplifier.content.claims.anchor import holds, same, span_of
from amplifier.content.claims.model import Status
from amplifier.content.files import error, nearest, shown
from amplifier.model import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from amplifier.content.yaml_file import Loc, YamlFile
    from amplifier.model import Article, Campaign, Place

SIGNED = (Status.VERIFIED.value, Status.RHETORICAL.value)
"""What counts only with a name in `checked_by`."""
NAMED = 8
"""At most so many ids in one line."""


def check(file: YamlFile, starts: Sequence[int | None], campaign: Campaign, article: Article) -> Iterator[Finding]:
    """Yield what is wrong or worth knowing; `starts` are the anchors of the entries under `sentences:`."""
    command = shown(campaign.path, campaign.workspace)
    yield from _article(file, campaign)
    yield from _repeated(file, article)
    yield from _left(file, starts, command)
    for loc, sentence in file.entries(("sentences",)):
        yield from _said(file, loc, sentence)
        yield from _claims(file, loc, sentence)
    yield from _ids(file)
    yield from _unsigned(file, command)


def _article(file: YamlFile, campaign: Campaign) -> Iterator[Finding]:
    name = _text(file.data.get("article"))
    if name and (campaign.path.parent / name).resolve() != campaign.article.resolve():
        message = f"article: {name} is not the article of {shown(campaign.path, campaign.workspace)}"
        hint = f"the claims are looked up in {shown(campaign.article, campaign.path.parent)}; write that here"
        yield Finding(Level.WARNING, message, file.place(("article",)), hint)


def _repeated(file: YamlFile, article: Article) -> Iterator[Finding]:
    """A sentence stands as often as the article has it: an entry too many would never be read."""
    room = Counter(same(sentence.text) for sentence in article.sentences)
    first: dict[str, int] = {}
    for loc, sentence in file.entries(("sentences",)):
        place = file.place((*loc, "text"))
        text = same(_text(sentence.get("text")))
        room[text] -= 1
        if text and text in first and room[text] < 0:
            hint = "put the claims together under one of them, and delete the other"
            yield error(place, f"the sentence stands twice; the first is in line {first[text]}", hint)
        first.setdefault(text, place.line)


def _left(file: YamlFile, starts: Sequence[int | None], command: str) -> Iterator[Finding]:
    seen: set[str] = set()
    places: list[Place] = []
    for loc, sentence in file.entries(("sentences",)):
        text = same(_text(sentence.get("text")))
        if text and starts[int(loc[-1])] is None and text not in seen:
            places.append(file.place((*loc, "text")))
        seen.add(text)
    if places:
        lines = ", ".join(str(place.line) for place in places[:NAMED])
        more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
        message = (
            "the article does not have this sentence any more"
            if len(places) == 1
            else f"the article does not have {len(places)} sentences any more: lines {lines}{more}"
        )
        yield Finding(Level.WARNING, message, places[0], f"carry their claims over: amplifier claims scan {command}")


def _said(file: YamlFile, loc: Loc, sentence: dict[str, Any]) -> Iterator[Finding]:
    text, say = _text(sentence.get("text")), _text(sentence.get("say"))
    if not say:
        return
    place = file.place((*loc, "say"))
    if same(say) == same(text):
        yield error(place, "say: is the sentence itself", "write other words, or delete the key")
    if sentence.get("drop") is True:
        yield error(place, "say: the sentence is dropped, so nothing is said", "delete say or drop")
    for _, claim in file.entries((*loc, "claims")):
        quote = _text(claim.get("quote"))
        if claim.get("status") == Status.CONTRADICTED.value and holds(say, quote):
            message = f"say: still has “{quote}”, which claim {claim.get('id')} calls contradicted"
            yield Finding(Level.WARNING, message, place, "say it without these words, or look at the claim again")


def _claims(file: YamlFile, loc: Loc, sentence: dict[str, Any]) -> Iterator[Finding]:
    text = _text(sentence.get("text"))
    for here, claim in file.entries((*loc, "claims")):
        quote = _text(claim.get("quote"))
        if text and quote and not span_of(quote, text):
            hint = "copy the words from the sentence, without leaving any out"
            yield error(file.place((*here, "quote")), f"quote: “{quote}” does not stand in the sentence", hint)
        if _text(claim.get("because")) and not _text(claim.get("checked_by")):
            message = f"because: the reason of {claim.get('id')} counts only with a name"
            yield Finding(Level.WARNING, message, file.place((*here, "because")), "write who says so into checked_by")


def _ids(file: YamlFile) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for loc, _ in file.entries(("sentences",)):
        for here, claim in file.entries((*loc, "claims")):
            name = _text(claim.get("id"))
            place = file.place((*here, "id"))
            if name in first:
                hint = "choose another id for one of them"
                yield error(place, f"id {name!r} stands twice; the first is in line {first[name]}", hint)
            elif name:
                first[name] = place.line
    for loc, _ in file.entries(("wordings",)):
        names = file.value((*loc, "claims"))
        for n, name in enumerate(names if isinstance(names, list) else ()):
            if _text(name) and name not in first:
                near = nearest(name, list(first))
                hint = f"did you mean {near}?" if near else "write the id of a claim in this file"
                yield error(file.place((*loc, "claims", n)), f"claims: there is no claim {name}", hint)


def _unsigned(file: YamlFile, command: str) -> Iterator[Finding]:
    found = [
        (file.place((*here, "status")), _text(claim.get("id")))
        for loc, _ in file.entries(("sentences",))
        for here, claim in file.entries((*loc, "claims"))
        if claim.get("status") in SIGNED and not _text(claim.get("checked_by"))
    ]
    if found:
        ids = ", ".join(name for _, name in found[:NAMED])
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        verb = "is" if len(found) == 1 else "are"
        message = f"{ids}{more} {verb} not signed: nobody is named in checked_by"
        hint = f"open the sources and sign: amplifier claims review {command}"
        yield Finding(Level.WARNING, message, found[0][0], hint)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
