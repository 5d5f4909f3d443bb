"""The readable API page: Swagger UI from an installed package, no content from elsewhere, no inline script."""

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

from chassis.http.preconditions import known_tags
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

CSP = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self' {issuer}"
PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>一网通办 API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
STYLE = """/* What Swagger UI leaves to do on a phone: nothing is wider than the page, what is tapped is large. */
body { margin: 0; }
@media (max-width: 640px) {
  .swagger-ui { overflow-wrap: anywhere; }
  .swagger-ui .wrapper { padding: 0 0.5rem; }
  .swagger-ui .opblock-summary-operation-id { display: none; }
  .swagger-ui .opblock-body, .swagger-ui .model-box, .swagger-ui section.models { overflow-x: auto; }
  .swagger-ui code, .swagger-ui pre { overflow-wrap: anywhere; white-space: pre-wrap; }
  .swagger-ui .btn, .swagger-ui select, .swagger-ui input[type="text"], .swagger-ui .opblock-summary,
  .swagger-ui .opblock-summary-control, .swagger-ui .operation-filter-input { min-height: 44px; }
  .swagger-ui .authorization__btn { min-width: 44px; min-height: 44px; }
}
"""
START = """// A lock stands where signing in is needed: not where the contract lets a caller without it in as well.
const locks = () => ({
  wrapComponents: {
    OperationSummary: (Summary, { React }) => (given) => {
      const asked = given.operationProps.get("security");
      const optional = asked && asked.some((one) => one.isEmpty());
      const shown = optional ? given.operationProps.set("security", asked.clear()) : given.operationProps;
      return React.createElement(Summary, { ...given, operationProps: shown });
    },
  },
});
const page = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  displayOperationId: true,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  plugins: [locks],
  oauth2RedirectUrl: location.origin + %s,
});
page.initOAuth({ clientId: %s, scopes: %s, usePkceWithAuthorizationCodeGrant: true });
"""
SIGNED_IN_PATH = "/docs/signed-in.html"
SIGNED_IN = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>已登录</title></head>
<body><script src="/docs/signed-in.js"></script></body></html>
"""
SIGNED_IN_JS = """// Hands the authorization code back to the API page that opened this window.
const asked = window.opener.swaggerUIRedirectOauth2;
const answer = Object.fromEntries(new URLSearchParams(location.search));
if (answer.state === asked.state && answer.code) {
  delete asked.auth.state;
  asked.auth.code = answer.code;
  asked.callback({ auth: asked.auth, redirectUrl: asked.redirectUrl });
} else {
  asked.errCb({ authId: asked.auth.name, source: "auth", level: "error", message: answer.error || "登录未完成" });
}
window.close();
"""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How the API page signs a reader in: as which client, at which issuer, and what it asks for."""

    client: str
    issuer: str
    scopes: tuple[str, ...]


def add_pages(api: FastAPI, *, document: dict[str, Any], sign_in: SignIn) -> None:
    """Add `/openapi.json` and `/docs` to the gateway's own app."""
    origin = "/".join(sign_in.issuer.split("/")[:3])
    start = START % tuple(json.dumps(one) for one in (SIGNED_IN_PATH, sign_in.client, " ".join(sign_in.scopes)))
    headers = {"content-security-policy": CSP.format(issuer=origin), "x-content-type-options": "nosniff"}
    assets = resources.files("fastapi_offline").joinpath("static")
    text = json.dumps(document, ensure_ascii=False)
    contents = {
        "/openapi.json": (text.encode(), "application/json"),
        "/docs": (PAGE.encode(), "text/html; charset=utf-8"),
        "/docs/start.js": (start.encode(), "text/javascript; charset=utf-8"),
        "/docs/page.css": (STYLE.encode(), "text/css; charset=utf-8"),
        SIGNED_IN_PATH: (SIGNED_IN.encode(), "text/html; charset=utf-8"),
        "/docs/signed-in.js": (SIGNED_IN_JS.encode(), "text/javascript; charset=utf-8"),
        "/docs/swagger-ui-bundle.js": (assets.joinpath("swagger-ui-bundle.js").read_bytes(), "text/javascript"),
        "/docs/swagger-ui.css": (assets.joinpath("swagger-ui.css").read_bytes(), "text/css"),
    }

    async def first() -> Response:
        return RedirectResponse("/docs")

    api.add_api_route("/", first, include_in_schema=False)
    for path, (content, kind) in contents.items():
        _add(api, path, content, {**headers, "content-type": kind})


def _add(api: FastAPI, path: str, content: bytes, headers: dict[str, str]) -> None:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**headers, "etag": tag, "cache-control": "no-cache"}  # kept, and asked after each time

    async def serve(request: Request) -> Response:
        if known_tags(request.headers.getlist("if-none-match")).have_alike(tag):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers)

    api.add_api_route(path, serve, include_in_schema=False)
