"""What a cluster needs of your own PostgreSQL servers and of the environment: the statements that make it, and what is
missing of it. Embedded servers get it from the supervisor.
"""

from __future__ import annotations

from operations.preflight.look import Missing, lines_of, look
from operations.preflight.statements import script

__all__ = ["Missing", "lines_of", "look", "script"]
