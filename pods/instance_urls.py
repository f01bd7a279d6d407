"""What belongs to the installation: health, metrics and static files."""

from __future__ import annotations

from pods.views import instance
from routing.declare import Patterns, any_pod, prefix, route, routes

urlpatterns: Patterns = [
    route("-/health", instance.health, any_pod(), name="health"),
    route("-/readiness", instance.readiness, any_pod(), name="readiness"),
    route("-/metrics", instance.metrics, any_pod(), name="metrics"),
    *routes(
        """
            -/liveness health_check health_check/<rest:rest> -/manifest.json
            -/offline -/pwa-icons -/graphql-explorer -/whats_new -/sandbox/mermaid -/sandbox/swagger robots.txt
            humans.txt security.txt favicon.ico favicon.png 404.html 422.html 500.html 502.html 503.html
            deploy.html apple-touch-icon.png apple-touch-icon-precomposed.png slash-command-logo.png
        """,
        any_pod(),
    ),
    *prefix("assets", any_pod()),
    *prefix("static", any_pod()),
    *prefix("help", any_pod()),
    *prefix("-/speedscope", any_pod()),
    *prefix("-/emojis", any_pod()),
]
