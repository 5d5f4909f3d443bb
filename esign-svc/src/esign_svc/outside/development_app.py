"""The development authority at an address of its own, for tests of what runs in processes. 开发测试,不具法律效力.

No process of the suite serves it.
"""

from fastapi import FastAPI, Request, Response

from esign_svc.outside.development import LOUD, DevelopmentAuthority

MOST = 1000
"""Bytes of a question at most."""


def build(authority: DevelopmentAuthority) -> FastAPI:
    """Build the app: `/tsa` answers questions (RFC 3161), `/root` gives the root's certificate (DER)."""
    app = FastAPI(title=f"开发用证书与时间戳机构({LOUD})", openapi_url=None)

    @app.post("/tsa")
    async def stamp(request: Request) -> Response:
        question = await request.body()
        answer = await authority.answer(question[:MOST])
        return Response(answer, media_type="application/timestamp-reply")

    @app.get("/root")
    async def root() -> Response:
        return Response(authority.root, media_type="application/pkix-cert")

    return app
