# SPDX-License-Identifier: GPL-3.0-or-later
"""Killing a run at a chosen moment, and counting what the kills may have cost."""

import signal
import subprocess
import time

#: Series that the engine commits together (PassOptions::batch): what one kill may make it write again.
BATCH = 64


def killed_after(program, seconds, *arguments):
    """Starts a command and kills it (SIGKILL) after that long, unless it ended before. Tells whether it was killed."""
    run = program.start(*arguments)
    try:
        run.communicate(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGKILL)
        run.communicate()
        return run.returncode == -signal.SIGKILL


def timed(act):
    """(what act() gave, seconds it took)."""
    began = time.monotonic()
    return act(), time.monotonic() - began
