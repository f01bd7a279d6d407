"""What belongs to the installation: health, metrics and static files."""

from __future__ import annotations

from pods.views import instance, site_files
from routing.declare import Patterns, any_pod, prefix, route, routes

urlpatterns: Patterns = [
    route("-/health", instance.health, any_pod(), name="health"),
    route("-/readiness", instance.readiness, any_pod(), name="readiness"),
    route("-/metrics", instance.metrics, any_pod(), name="metrics"),
    route("-/manifest.json", site_files.manifest, any_pod(), name="manifest"),
    route("robots.txt", site_files.robots, any_pod(), name="robots"),
    route("favicon.ico", site_files.favicon, any_pod(), name="favicon"),
    route("favicon.png", site_files.icon, any_pod(), name="icon"),
    route("apple-touch-icon.png", site_files.touch_icon, any_pod(), name="touch-icon"),
    route("apple-touch-icon-precomposed.png", site_files.touch_icon, any_pod()),
    *routes(
        """
            -/liveness health_check health_check/<rest:rest> -/offline -/pwa-icons -/whats_new
            -/sandbox/mermaid -/sandbox/swagger humans.txt security.txt 404.html 422.html 500.html 502.html 503.html
            deploy.html slash-command-logo.png
        """,
        any_pod(),
    ),
    *prefix("assets", any_pod()),
    *prefix("static", any_pod()),
    *prefix("help", any_pod()),
    *prefix("-/speedscope", any_pod()),
    *prefix("-/emojis", any_pod()),
]
