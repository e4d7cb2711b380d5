# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures, one module a subject; bench.py names them. Servers and configurations are those of the end-to-end tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "e2e"))
