"""Errors as JSON lines, like the request log."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from pods.outage import is_outage

LONGEST_TEXT = 8192


class FaultsOnly(logging.Filter):
    """Keeps only our own errors: refusals are in the request log, outages in the readiness."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record came with an exception that no outage explains."""
        error = record.exc_info[1] if record.exc_info else None
        return error is not None and not is_outage(error)


class JsonFormatter(logging.Formatter):
    """One line for each record, its traceback included and cut to a bound."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage()[:LONGEST_TEXT],
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)[-LONGEST_TEXT:]
        return json.dumps(entry)
