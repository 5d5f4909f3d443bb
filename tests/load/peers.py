"""The proxies that the gateway is measured beside, told to do as much of its work as they can."""

import json
from pathlib import Path
from typing import Any

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.err error;
events {{ worker_connections 1024; }}
http {{
  log_format told escape=json '{{"at":"$time_iso8601","path":"$uri","status":$status,"s":$request_time}}';
  access_log {folder}/nginx.log told buffer=64k flush=1s;
  limit_req_zone $http_authorization zone=share:10m rate=1000000r/s;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  upstream answer {{ server 127.0.0.1:{upstream}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port};
    keepalive_requests 1000000000;
    location / {{
      limit_req zone=share burst=1000000 nodelay;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Request-Id $request_id;
      proxy_pass http://answer;
    }}
  }}
}}
"""


def nginx(program: str, folder: Path, port: int, upstream: int, _issuer: str, _keys: str) -> list[str]:
    """Return how nginx is started: a share for each caller, a JSON line for each request, no look at the token."""
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, port=port, upstream=upstream))
    return [program, "-c", str(file), "-e", str(folder / "nginx.err")]


def envoy(program: str, folder: Path, port: int, upstream: int, issuer: str, keys: str) -> list[str]:
    """Return how Envoy is started: one worker, token checked, a share for all, a JSON line for each request."""
    filters = [
        _http(
            "jwt_authn",
            "jwt_authn.v3.JwtAuthentication",
            providers={
                "issuer": {
                    "issuer": issuer,
                    "audiences": ["yiwang"],
                    "local_jwks": {"inline_string": keys},
                    "jwt_cache_config": {"jwt_cache_size": 100},
                }
            },
            rules=[{"match": {"prefix": "/"}, "requires": {"provider_name": "issuer"}}],
        ),
        _http(
            "local_ratelimit",
            "local_ratelimit.v3.LocalRateLimit",
            stat_prefix="share",
            token_bucket={"max_tokens": 10**9, "tokens_per_fill": 10**9, "fill_interval": "1s"},
            filter_enabled={"default_value": {"numerator": 100}},
            filter_enforced={"default_value": {"numerator": 100}},
        ),
        _http("router", "router.v3.Router"),
    ]
    line = {"at": "%START_TIME%", "path": "%REQ(:PATH)%", "status": "%RESPONSE_CODE%", "ms": "%DURATION%"}
    log = _typed(
        "envoy.access_loggers.file",
        "access_loggers.file.v3.FileAccessLog",
        path=str(folder / "envoy.log"),
        log_format={"json_format": line},
    )
    route = {"match": {"prefix": "/"}, "route": {"cluster": "answer"}}
    manager = _typed(
        "envoy.filters.network.http_connection_manager",
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="in",
        access_log=[log],
        http_filters=filters,
        route_config={"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
    )
    cluster = {
        "name": "answer",
        "type": "STATIC",
        "load_assignment": {
            "cluster_name": "answer",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(upstream)}}]}],
        },
    }
    listener = {"address": _address(port), "filter_chains": [{"filters": [manager]}]}
    file = folder / "envoy.json"
    file.write_text(json.dumps({"static_resources": {"listeners": [listener], "clusters": [cluster]}}))
    return [program, "-c", str(file), "--concurrency", "1", "-l", "error", "--disable-hot-restart"]


def _http(name: str, kind: str, **told: Any) -> dict[str, Any]:
    return _typed(f"envoy.filters.http.{name}", f"filters.http.{kind}", **told)


def _typed(name: str, kind: str, **told: Any) -> dict[str, Any]:
    return {"name": name, "typed_config": {"@type": f"type.googleapis.com/envoy.extensions.{kind}", **told}}


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


PEERS = {"nginx": nginx, "envoy": envoy}
