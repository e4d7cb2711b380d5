# SPDX-License-Identifier: GPL-3.0-or-later
"""The occurrences of a series over five years. python3-recurring-ical-events says first; where it fails, or where its two
sides differ, python3-dateutil gives a second opinion, and the disagreement is listed."""

from datetime import datetime, timedelta

import icalendar
import pytz
import recurring_ical_events
from dateutil.rrule import rruleset, rrulestr

from .reading import When, attach

YEARS = timedelta(days=5 * 365 + 2)


class CannotExpand(Exception):
    """The library gave up on this series."""


def window(series):
    """From a day before the earliest start over five years, as naive datetimes."""
    starts = []
    for event in series.events:
        for moment in (event.start, event.recurrence_id):
            if moment is not None:
                wall = moment.wall
                starts.append(wall if isinstance(wall, datetime) else datetime(wall.year, wall.month, wall.day))
    try:
        first = min(starts) - timedelta(days=1)
        return first, first + YEARS
    except OverflowError as error:
        raise CannotExpand("out of Python's range of years") from error


def key(start, end):
    """A pair in UTC or as dates; a day without a length is a whole day, as everywhere in this comparator."""
    first, last = When(start), When(end)
    if first.is_date and last.is_date and last.value <= first.value:
        last = first.plus(timedelta(days=1))
    return first.utc, last.utc


def inside(moment, limits):
    as_time = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day)
    return limits[0] <= as_time < limits[1]


def by_library(series, limits):
    """Sorted (start, end) pairs, in UTC or as dates, as python3-recurring-ical-events expands the series."""
    if len(series.events) == 1 and not series.events[0].recurring:
        event = series.events[0]
        return [(event.start.utc, event.end.utc)]
    calendar = icalendar.Calendar()
    for event in series.events:
        calendar.add_component(event.component)
    try:
        found = recurring_ical_events.of(calendar).between(limits[0] - timedelta(days=2), limits[1] + timedelta(days=2))
    except Exception as error:  # whatever its parts raise
        raise CannotExpand(f"recurring_ical_events: {type(error).__name__}: {str(error)[:80]}") from error
    pairs = []
    for event in found:
        start = event["DTSTART"].dt
        end = event["DTEND"].dt if "DTEND" in event else start
        pair = key(start, end)
        if inside(pair[0], limits):
            pairs.append(pair)
    return sorted(pairs, key=repr)


def by_dateutil(series, limits):
    """The same by python3-dateutil: walls from the rule, then the zone."""
    if len(series.masters) != 1:
        return sorted(((event.start.utc, event.end.utc) for event in series.events), key=repr)
    master = series.masters[0]
    zone = None if master.start.is_date else master.start.value.tzinfo
    wall = master.start.wall
    wall = wall if isinstance(wall, datetime) else datetime(wall.year, wall.month, wall.day)
    rules = rruleset()
    rules.rdate(wall)
    try:
        for rule in as_list(master.component.get("RRULE")):
            rules.rrule(rrulestr(_with_local_until(rule, master.start), dtstart=wall))
        for name, add in (("RDATE", rules.rdate), ("EXDATE", rules.exdate)):
            for moment in listed(master.component.get(name)):
                add(_wall_in(moment, master.start))
        for override in series.overrides:
            rules.exdate(_wall_in(override.recurrence_id, master.start))
        walls = rules.between(limits[0] - timedelta(days=2), limits[1] + timedelta(days=2), inc=True)
    except Exception as error:
        raise CannotExpand(f"dateutil: {type(error).__name__}: {str(error)[:80]}") from error
    length = master.end.utc - master.start.utc
    pairs = []
    for moment in walls:
        start = When(moment.date() if master.start.is_date else attach(moment, zone))
        end = start.utc + length
        pairs.append((start.utc, end))
    pairs += [(override.start.utc, override.end.utc) for override in series.overrides]
    return sorted((pair for pair in pairs if inside(pair[0], limits)), key=repr)


def as_list(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def listed(value):
    """The moments of EXDATE or RDATE lines."""
    for group in as_list(value):
        for item in getattr(group, "dts", []):
            content = item.dt[0] if isinstance(item.dt, tuple) else item.dt
            yield When(content)


def _wall_in(moment, start):
    """A moment as the wall time of the series' own zone."""
    if moment.is_date or moment.floating or start.is_date or start.floating:
        wall = moment.wall
    else:
        wall = moment.value.astimezone(start.value.tzinfo).replace(tzinfo=None)
    return wall if isinstance(wall, datetime) else datetime(wall.year, wall.month, wall.day)


def _with_local_until(rule, start):
    """The rule's text with UNTIL as a wall time, which is what dateutil wants beside a naive start."""
    parts = []
    for part in rule.to_ical().decode().split(";"):
        name, _, value = part.partition("=")
        if name == "UNTIL":
            moment = rule["UNTIL"][0]
            if not isinstance(moment, datetime):
                value = f"{moment:%Y%m%d}T235959"
            else:
                if moment.tzinfo is not None and not start.is_date and not start.floating:
                    moment = moment.astimezone(start.value.tzinfo)
                elif moment.tzinfo is not None and start.is_date:
                    moment = moment.astimezone(pytz.utc)
                value = f"{moment:%Y%m%dT%H%M%S}"
        parts.append(f"{name}={value}")
    return "RRULE:" + ";".join(parts)
