"""The certificate: what a move has moved, when, and that nothing was lost; signed with the cluster's secret."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings

from moves.exceptions import CertificateInvalid
from moves.journey import Journey
from moves.verify import Comparison

SALT = b"moves.certificate"
SIGNATURE = "signature"


def make(journey: Journey, found: Comparison | None, compared_at: str) -> dict[str, Any]:
    """Return the signed certificate of a move; `found` is None when both sides could not be compared."""
    move, routes = journey.move, journey.routes
    ((path, name),) = routes.run("SELECT path, name FROM organizations WHERE id = %s", (move.organization_id,))
    ((measured,),) = routes.run("SELECT measured FROM organization_moves WHERE id = %s", (move.id,))
    events = routes.run(
        "SELECT at, who, state, attempt, text FROM organization_move_events WHERE move_id = %s ORDER BY id", (move.id,)
    )
    told: dict[str, Any] = {
        "move": str(move.id),
        "organization": {"id": move.organization_id, "path": path, "name": name},
        "source": move.source,
        "target": move.target,
        "asked_by": move.asked_by,
        "asked_at": move.created_at.isoformat(),
        "release": settings.RELEASE,
        "fingerprint": move.schema_fingerprint,
        "epoch": move.flipped_epoch,
        "flipped_at": move.flipped_at.isoformat() if move.flipped_at else None,
        "attempts": move.attempt,
        "restarts": move.restarts,
        "pause_ms": measured.get("pause_ms"),
        "forecast_ms": (move.rehearsal or {}).get("forecast_ms"),
        "compared": compared_at,
        "equal": found.equal if found else None,
        "differences": [str(difference) for difference in found.differences] if found else [],
        "rows": found.rows if found else None,
        "tables": found.sums if found else {},
        "events": [
            {"at": at.isoformat(), "who": who, "state": state, "attempt": attempt, "text": text}
            for at, who, state, attempt, text in events
        ],
    }
    return told | {SIGNATURE: sign(told)}


def sign(told: dict[str, Any]) -> str:
    """Return the signature of a certificate without one."""
    key = hashlib.sha256(SALT + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, _canonical(told), hashlib.sha256).hexdigest()


def check(certificate: dict[str, Any]) -> None:
    """Raise `CertificateInvalid` unless this cluster has signed the certificate as it is."""
    told = {key: value for key, value in certificate.items() if key != SIGNATURE}
    if not hmac.compare_digest(str(certificate.get(SIGNATURE, "")), sign(told)):
        raise CertificateInvalid(
            "the signature is not this cluster's, or the certificate was changed after it was signed"
        )


def _canonical(told: dict[str, Any]) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
