# SPDX-License-Identifier: GPL-3.0-or-later
"""Real servers, simulators and the program under test, each in a temporary folder and on a free port of 127.0.0.1."""
