"""The settings that a pod acted by, in a file beside it: for a start while the `admin` schema cannot be reached.

The defaults would not do then: they may open what an administrator has closed.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path

from admin_settings.stored import Stored, Version
from topology.files import replace_file

# Some forty settings in two rows of text take far less.
MOST_BYTES = 512 * 1024

logger = logging.getLogger(__name__)


def keep(stored: Stored, pod: str, file: Path) -> None:
    """Write down what was stored for all and for one pod, for its owner's eyes only: there may be secrets in it.

    The file is replaced as a whole. That it cannot be written is logged, and nothing else.
    """
    mine = Stored(stored.version, stored.shared, {pod: stored.of_pod(pod)})
    content = json.dumps(asdict(mine)).encode()
    if len(content) > MOST_BYTES:
        logger.warning("%s is not written: %d bytes of settings are more than %d", file, len(content), MOST_BYTES)
        return
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(file, content)
    except OSError as error:
        logger.warning("%s is not written: %s", file, error)


def recall(file: Path) -> Stored | None:
    """What was written down last; None when there is nothing that can be used."""
    try:
        with file.open("rb") as source:
            found = json.loads(source.read(MOST_BYTES + 1))
        return Stored(Version(*found["version"]), dict(found["shared"]), dict(found["per_pod"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        logger.warning("%s cannot be used: %s", file, error)
        return None
