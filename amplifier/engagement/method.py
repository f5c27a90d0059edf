"""How a report's numbers came about, and what they cannot say: the notes under every report. Pure."""

from __future__ import annotations

from amplifier.engagement.variants import LEAST_CHANCE, LEAST_THREADS
from amplifier.model import Mode

MODES = {
    Mode.LIVE.value: "These are posts in mode live: the numbers are the network's own.",
    Mode.SIMULATED.value: "The simulated network made these numbers up; they say nothing about readers.",
    Mode.DRY.value: "A dry run goes to the outbox, which tells no numbers.",
}
"""What the numbers of a mode are."""
NOTES = f"""\
– means not told, not read or not known. It is never 0: what was told as 0 is shown as 0. ≥ stands before a sum that
was told for some of its posts only, ≤ before a price where counts are missing. An age that posts have not reached is
“not yet”, and a post that a thread does not have is an empty field.

Totals are each post's newest reading, whatever its age. All that is compared is compared at one age. A reading counts
for an age only when it was taken within a fifth of that age after it, or within 10 minutes; a later one is kept, and
counts for no age.

A gap is an age that passed without a reading. Nothing is interpolated: what is missing stays missing, and a thread has
a number at an age only when each of its posts that are out was told.

Gone is a post that the network says no longer exists. It keeps the counts that were told last.

Interactions are likes, reposts, replies, quotes and bookmarks together, where all five were told. A rate is
interactions per impression. Impressions are what the network counts as shown: they are not people, and not reading.

For hooks, templates and hours the thread is the case, however often it was shown: its posts share their readers and
their day. A rate is the mean of threads' rates, each counting once; its 95 % interval comes from how much threads
differ. With fewer than {LEAST_THREADS} threads it is too early to tell, and nobody wins with a probability under
{LEAST_CHANCE * 100:.0f} %.

Threads go out on different days and hours, with different words. A difference between two is not yet an effect.

Corrections answer a post that is out. They are left out of every comparison.

Costs follow the dated price list. What reading costs is kept by day and campaign, not by thread; it is at most that,
as a network bills the readings of a post once a day. Reading how many follow an account belongs to no campaign: it is
in the view cost_log, and not in these costs."""


def notes(mode: str, since: str | None) -> tuple[str, ...]:
    """The notes to a report in this mode, on threads that began at `since` (UTC) or later."""
    limited = (
        f"Only threads that began on {(since or '')[:16].replace('T', ' ')} UTC or later. What reading cost is that "
    )
    limited += "of these days, and holds the readings of older threads too."
    return (MODES[mode], *([limited] if since else []), *(" ".join(note.split()) for note in NOTES.split("\n\n")))
