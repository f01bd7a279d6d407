"""Faults as JSON lines, like the requests beside them."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

LONGEST_TEXT = 8192


class JsonFormatter(logging.Formatter):
    """One line for each record, its traceback included and cut to a bound."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage()[:LONGEST_TEXT],
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)[-LONGEST_TEXT:]
        return json.dumps(said)
