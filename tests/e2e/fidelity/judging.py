# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a server holds to the figures: refused by Exchange, lossless, lossy with a reason, failed."""

from collections import Counter
from dataclasses import dataclass, field

from .comparing import compare_series
from .losses import BESIDE_THE_FIGURE, Difference, reason_for
from .reading import Unreadable, read_series


@dataclass
class Verdict:
    """The figures of a set of files."""
    files: int = 0
    series: int = 0
    unreadable: list = field(default_factory=list)      #: series whose times python3-icalendar could not read
    expressible: int = 0            #: series that Exchange holds whole, says the simulator's import report
    lossless_expressible: int = 0   #: of those
    refused: Counter = field(default_factory=Counter)   #: reason -> series that Exchange cannot hold
    lossless: int = 0
    losses: Counter = field(default_factory=Counter)    #: reason -> series that lost something for it
    failures: list = field(default_factory=list)        #: texts: differences without a reason
    notes: list = field(default_factory=list)           #: texts: what a Python library could not expand

    @property
    def imported(self):
        """Series that Exchange holds at all."""
        return self.series - sum(self.refused.values())

    @property
    def lossless_share(self):
        """Of what Exchange can express."""
        return self.lossless_expressible / self.expressible if self.expressible else 0.0

    def figures(self):
        """What is committed in expected_losses.json."""
        return {"files": self.files, "series": self.series, "refused": dict(sorted(self.refused.items())),
                "imported": self.imported, "lossless": self.lossless, "expressible": self.expressible,
                "lossless_expressible": self.lossless_expressible, "losses": dict(sorted(self.losses.items())),
                "unreadable_series": sorted(self.unreadable),
                "not_expanded_by_a_library": len(self.notes)}

    def __str__(self):
        return (f"{self.files} files, {self.series} readable series, {self.imported} of them in Exchange, {self.lossless} of "
                f"these lossless; {self.expressible} that Exchange can express whole, {self.lossless_expressible} of these "
                f"lossless ({100 * self.lossless_share:.2f} %); {len(self.failures)} failures\n"
                f"refused by Exchange: {dict(self.refused)}\nlosses: {dict(self.losses)}\n"
                f"python libraries: {len(self.notes)} notes")


def read_target(resources):
    """UID -> series of everything in a calendar; a resource that cannot be read is a failure of its own."""
    found, failures = {}, []
    for name, text in resources.items():
        try:
            series = read_series(text)
        except Unreadable as error:
            failures.append(f"{name}: not readable: {error}")
            continue
        if len(series) != 1:
            failures.append(f"{name}: {len(series)} UIDs in one resource")
        for uid, one in series.items():
            if uid in found:
                failures.append(f"{uid} lies in two resources")
            found[uid] = one
    return found, failures


def judge(sources, report, resources_of):
    """`report` is the simulator's import report; resources_of(source) gives the stored texts of its calendar."""
    verdict = Verdict()
    refused, lost = {}, {}
    for row in report["series"]:
        mark = (row["mailbox"], row["uid"])
        if row["result"] == "not_expressible":
            refused.setdefault(mark, []).append(row["reason"])
        else:
            lost.setdefault(mark, set()).update(row["losses"])
    for source in sources:
        verdict.files += 1
        target, failures = read_target(resources_of(source))
        verdict.failures += [f"{source.name}: {failure}" for failure in failures]
        for uid, series in source.series.items():
            if not series.readable:
                verdict.unreadable.append(f"{source.name}: {uid}")
                target.pop(uid, None)
                continue
            verdict.series += 1
            mark = (source.address, uid)
            whole_file = refused.get((source.address, ""))
            _judge_series(verdict, source, series, target.pop(uid, None), refused.get(mark) or whole_file, lost.get(mark))
        verdict.failures += [f"{source.name}: {uid}: not in the source" for uid in target]
    return verdict


def _judge_series(verdict, source, series, target, refusals, reported):
    if reported is None:
        if refusals is None:
            verdict.failures.append(f"{source.name}: {series.uid}: the simulator knows nothing of it")
            return
        verdict.refused[refusals[0]] += 1
        if target is not None:
            verdict.failures.append(f"{source.name}: {series.uid}: refused by Exchange ({refusals[0]}), yet on CalDAV")
        return
    whole = not reported - BESIDE_THE_FIGURE and not refusals
    verdict.expressible += whole
    if target is None and not series.masters and len(series.overrides) > 1:
        verdict.losses["orphans_share_a_uid"] += 1
        return
    if target is None:
        verdict.failures.append(f"{source.name}: {series.uid}: lost")
        return
    differences, notes = compare_series(series, target)
    verdict.notes += [f"{source.name}: {uid}: {what}: {why}" for uid, what, why in notes]
    reasons = set()
    for difference in differences:
        reason = _partly_refused(difference, refusals) or reason_for(difference, reported, source.address)
        if reason is None:
            verdict.failures.append(f"{source.name}: {difference}")
        else:
            reasons.add(reason)
    verdict.losses.update(reasons)
    if not differences:
        verdict.lossless += 1
        verdict.lossless_expressible += whole


def _partly_refused(difference: Difference, refusals):
    """Of several masters or orphans under one UID Exchange took some and refused others."""
    return "partly_refused" if refusals and difference.field == "series" else None
