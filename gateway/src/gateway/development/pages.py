"""The development provider's two pages: choosing a test person, and why a request is refused. They fit a phone.

No script, nothing from elsewhere; every text that came with the request is escaped.
"""

from collections.abc import Iterable, Mapping
from html import escape

from fastapi.responses import HTMLResponse

STYLE = """:root{color-scheme:light dark;--bad:#b00020;--line:#767676;--soft:#555}
@media (prefers-color-scheme:dark){:root{--bad:#ff8a94;--line:#8a8a8a;--soft:#bbb}}
*{box-sizing:border-box}
body{font:17px/1.6 system-ui,sans-serif;max-width:40rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}
h1{font-size:1.4rem;line-height:1.3;margin:.5rem 0;color:var(--bad)}
.warning{margin:0 0 1rem;padding:.5rem .75rem;border:2px solid var(--bad);border-radius:.5rem}
button{display:block;width:100%;min-height:48px;margin:.5rem 0;padding:.5rem .75rem;font:inherit;text-align:start;
color:inherit;background:transparent;border:1px solid var(--line);border-radius:.5rem;cursor:pointer}
button:focus-visible{outline:3px solid #1a73e8;outline-offset:2px}
small{display:block;color:var(--soft);font-size:.85rem}"""
FRAME = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>开发用身份提供方</title><link rel="icon" href="data:,"><style>{style}</style></head>
<body><main><h1>开发用身份提供方</h1>
<p class="warning"><strong>不得用于生产。</strong>这里不验证任何人,只供开发与演示。</p>
{content}</main></body></html>
"""
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'"
    ),
    "referrer-policy": "no-referrer",
}


def choice(asked: Mapping[str, str], people: Iterable[tuple[str, str]]) -> HTMLResponse:
    """Return the page on which one of the people (subject, name) is chosen; what was asked for is sent along."""
    hidden = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in asked.items())
    buttons = "".join(
        f'<button name="person" value="{escape(subject)}">{escape(name)}<small>{escape(subject)}</small></button>'
        for subject, name in people
    )
    return _page(f'<p>请选择以谁的身份登录:</p><form method="post">{hidden}{buttons}</form>', 200)


def refused(why: str) -> HTMLResponse:
    """Return the page that says why nobody can sign in, and what to do."""
    advice = "请回到原来的页面重新登录;仍不行时,请检查应用的登录设置。"
    return _page(f"<p><strong>无法登录:</strong>{escape(why)}。</p><p>{advice}</p>", 400)


def _page(content: str, status: int) -> HTMLResponse:
    return HTMLResponse(FRAME.format(style=STYLE, content=content), status, HEADERS)
