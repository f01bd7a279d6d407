"""Make the databases of a cluster agree again after one of them was replaced by an older one, such as a restored backup
(docs/backups.md).

Each step may be repeated, and a run that died is simply run again: the pods do not start before it is done
(routing/marks.py).
"""

from __future__ import annotations

from operations.reconcile.pod import reconcile_pod
from operations.reconcile.shared import reconcile_shared

__all__ = ["reconcile_pod", "reconcile_shared"]
