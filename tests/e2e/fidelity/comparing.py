# SPDX-License-Identifier: GPL-3.0-or-later
"""One series as the source file has it against the same series as the CalDAV server holds it."""

from datetime import datetime, timedelta

from . import expansion
from .losses import Difference
from .reading import offset_at

PLAIN = ("title", "text", "html", "place", "start", "end", "all_day", "busy", "class", "importance", "categories",
         "reminder", "organizer", "attachments", "links", "cancelled")


def compare_series(source, target):
    """(differences, notes): notes name the series that one of the libraries could not expand, or saw otherwise."""
    notes = []
    if len(source.masters) == 1:
        return _with_master(source, target, notes), notes
    if source.masters:
        return _one_of_several(source, target, notes), notes
    return _orphans(source, target), notes


def _with_master(source, target, notes):
    differences = []
    master = source.masters[0]
    if len(target.masters) != 1:
        return [Difference(source.uid, "", "series", "one master", f"{len(target.masters)} masters", master)]
    differences += compare_event(master, target.masters[0], "")
    theirs = {override.recurrence_id.utc: override for override in target.overrides}
    for override in source.overrides:
        name = str(override.recurrence_id.utc)
        other = theirs.pop(override.recurrence_id.utc, None)
        if other is None:
            differences.append(Difference(source.uid, name, "exception", "changed occurrence", "none", override))
        else:
            differences += compare_event(override, other, name)
    for extra in theirs.values():
        differences.append(Difference(source.uid, str(extra.recurrence_id.utc), "exception", "none",
                                      "changed occurrence", master))
    return differences + _occurrences(source, target, master, notes)


def _one_of_several(source, target, notes):
    """A file with several masters under one UID: one of them must have come through whole."""
    best = None
    for master in source.masters:
        alone = type(source)(source.uid, [master], source.overrides)
        for candidate in (alone, type(source)(source.uid, [master], [])):
            found = _with_master(candidate, target, [])
            if best is None or len(found) < len(best):
                best = found
    lost = Difference(source.uid, "", "series", f"{len(source.masters)} masters", "one of them", source.masters[0])
    return [*best, lost]


def _orphans(source, target):
    """Invitations to single occurrences; a server may refuse RECURRENCE-ID without a master, and a second one."""
    differences = []
    left = list(target.events)
    for orphan in source.overrides:
        match = next((event for event in left if event.recurrence_id and
                      event.recurrence_id.utc == orphan.recurrence_id.utc), None)
        match = match or next((event for event in left if event.recurrence_id is None and
                               event.start.utc == orphan.start.utc), None)
        name = str(orphan.recurrence_id.utc)
        if match is None:
            differences.append(Difference(source.uid, name, "series", "an occurrence alone", "none", orphan))
            continue
        left.remove(match)
        if match.recurrence_id is None:
            differences.append(Difference(source.uid, name, "recurrence_id", name, "none", orphan))
        differences += compare_event(orphan, match, name)
    for extra in left:
        differences.append(Difference(source.uid, "", "series", "none", str(extra.start.utc), source.overrides[0]))
    return differences


def compare_event(source, target, occurrence):
    """Field by field: a master against a master, an override against an override."""
    uid = source.uid
    differences = [Difference(uid, occurrence, name, source.values[name], target.values[name], source)
                   for name in PLAIN if not _equal(name, source, target)]
    if not source.start.is_date and not target.start.is_date and _offsets(source) != _offsets(target):
        differences.append(Difference(uid, occurrence, "zone", str(source.start.value.tzinfo),
                                      str(target.start.value.tzinfo), source))
    for address, person in source.attendees.items():
        other = target.attendees.get(address)
        if other is None:
            differences.append(Difference(uid, occurrence, "attendee.missing", address, None, source, address))
            continue
        differences += [Difference(uid, occurrence, f"attendee.{name}", person[name], other[name], source, address)
                        for name in ("role", "kind", "answer") if person[name] != other[name]]
    differences += [Difference(uid, occurrence, "attendee.extra", None, address, source, address)
                    for address in target.attendees if address not in source.attendees]
    return differences


def _equal(name, source, target):
    mine, theirs = source.values[name], target.values[name]
    if name == "text" and source.values["html"]:
        return "".join(mine.split()) == "".join(theirs.split()) or not mine
    if name in ("start", "end") and source.start.floating:
        moment = target.start if name == "start" else target.end
        return (source.start if name == "start" else source.end).wall == moment.wall
    return mine == theirs


def _offsets(event):
    """The zone by its rule: hours east of UTC at the start and, in a series, all along the two years after it."""
    zone = event.start.value.tzinfo
    if zone is None:
        return "floating"
    walls = [event.start.wall]
    if event.recurring:
        walls += [event.start.wall + timedelta(days=days) for days in range(11, 731, 19)]
    try:
        return [offset_at(zone, wall) for wall in walls if wall < datetime(2100, 1, 1)]
    except (OverflowError, ValueError):
        return "beyond the library"


def _occurrences(source, target, master, notes):
    try:
        limits = expansion.window(source)
    except expansion.CannotExpand as error:
        notes.append((source.uid, "not expanded", str(error)))
        return []
    opinions = []
    for expand in (expansion.by_library, expansion.by_dateutil):
        try:
            mine, theirs = expand(source, limits), expand(target, limits)
        except expansion.CannotExpand as error:
            notes.append((source.uid, "not expanded", str(error)))
            continue
        if master.start.floating:
            theirs = _as_walls(theirs, target.masters[0].start.value.tzinfo)
        opinions.append((mine, theirs))
        if mine == theirs:
            break
    if not opinions:
        return []
    mine, theirs = opinions[-1]
    if mine != theirs:
        missing = [pair for pair in mine if pair not in theirs]
        extra = [pair for pair in theirs if pair not in mine]
        return [Difference(source.uid, "", "occurrences", f"{len(mine)}, of which missing: {missing[:3]}",
                           f"{len(theirs)}, of which extra: {extra[:3]}", master)]
    if len(opinions) > 1:
        notes.append((source.uid, "libraries differ", "recurring_ical_events says different, dateutil says equal"))
    return []


def _as_walls(pairs, zone):
    """Instants as wall times in the target's zone, to be compared with floating ones."""
    if zone is None:
        return pairs
    import pytz
    turn = lambda moment: pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None)  # noqa: E731
    return [(turn(start), turn(end)) for start, end in pairs]
