"""The proxies that the router is compared with, each with one worker: Envoy without our filters, and nginx."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def without_lua(bootstrap: Json, *, port: int, admin: Path, pod: str) -> Json:
    """A router's bootstrap with everything but its Lua: every request goes to one pod."""
    plain = _moved(bootstrap, port=port, admin=admin)
    manager = _manager(plain)
    manager["http_filters"] = _without_lua(manager["http_filters"])
    [host] = manager["route_config"]["virtual_hosts"]
    del host["typed_per_filter_config"]
    for route in host["routes"]:
        del route["route"]["inline_cluster_specifier_plugin"]
        route["route"]["cluster"] = pod
    return plain


LUA = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"
LEAST_LUA = """
function envoy_on_request(handle) handle:headers():replace("x-gitlab-pod-target", "{pod}") end
function envoy_on_response(handle) end
"""


def least_lua(bootstrap: Json, *, port: int, admin: Path, pod: str) -> Json:
    """A router's bootstrap with the least Lua that can choose a pod: it always chooses the same."""
    least = _moved(bootstrap, port=port, admin=admin)
    lua = {"@type": LUA, "default_source_code": {"inline_string": LEAST_LUA.format(pod=pod)}}
    for each in _manager(least)["http_filters"]:
        if each["name"] == "envoy.filters.http.lua":
            each["typed_config"] = lua
    return least


def bare(bootstrap: Json, *, port: int, admin: Path, pod: str) -> Json:
    """The least that Envoy can be as a proxy: no log, no header touched, no retry, no limit of ours."""
    plain = without_lua(bootstrap, port=port, admin=admin, pod=pod)
    manager = _manager(plain)
    kept = {key: manager[key] for key in ("@type", "stat_prefix")}
    router_filter = manager["http_filters"][-1]
    manager.clear()
    route = {"match": {"prefix": "/"}, "route": {"cluster": pod}}
    routes = {"name": "all", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]}
    manager |= kept | {"http_filters": [router_filter], "route_config": routes}
    return plain


def _moved(bootstrap: Json, *, port: int, admin: Path) -> Json:
    # Not a deep copy, which would keep two routes one where they share a part.
    moved: Json = json.loads(json.dumps(bootstrap))
    moved["admin"]["address"]["pipe"]["path"] = str(admin)
    resources = moved["static_resources"]
    resources["listeners"] = [each for each in resources["listeners"] if each["name"] == "people"]
    resources["listeners"][0]["address"]["socket_address"]["port_value"] = port
    resources["clusters"] = [each for each in resources["clusters"] if "outlier_detection" not in each]
    for cluster in resources["clusters"]:
        # It asks pods every second, whatever comes; here the least work for a request is looked for.
        cluster.pop("health_checks", None)
        for options in cluster.get("typed_extension_protocol_options", {}).values():
            options["http_filters"] = _without_lua(options["http_filters"])
    return moved


def _without_lua(filters: list[Json]) -> list[Json]:
    """A filter may stand within another, which decides whether it runs."""
    return [each for each in filters if "filters.http.lua" not in json.dumps(each)]


def _manager(bootstrap: Json) -> Json:
    [listener] = bootstrap["static_resources"]["listeners"]
    manager: Json = listener["filter_chains"][0]["filters"][0]["typed_config"]
    return manager


NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-errors.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 100000000;
  upstream pod {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://pod; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


def nginx_command(folder: Path, *, port: int, upstream: int) -> list[str] | None:
    """What starts nginx with `proxy_pass` to a port of this machine; None where it is not installed."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        return None
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port, upstream=upstream), encoding="ascii")
    return [program, "-c", str(configuration), "-p", str(folder)]
