# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparator of the fidelity figure. It reads with Debian's python3-icalendar and python3-recurring-ical-events and
uses no code of Caravan's."""
