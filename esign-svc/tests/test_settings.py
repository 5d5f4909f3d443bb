from collections.abc import Callable
from typing import Any

import pytest
from esign_svc.settings import EsignSettings
from pydantic import ValidationError


@pytest.mark.parametrize("url", ["https://zwfw.example.cn", "http://127.0.0.1:8000", "https://example.cn/ywtb"])
def test_papers_print_the_address_that_was_given(settings_for: Callable[..., EsignSettings], url: str) -> None:
    assert settings_for(EsignSettings, public_url=url).public_url == url


@pytest.mark.parametrize(
    "url",
    ["", "zwfw.example.cn", "https://zwfw.example.cn/", "https://h//x", "https://h/?a=b", "ftp://h", "http://h h"],
)
def test_an_address_at_which_no_paper_could_be_checked_is_refused(
    settings_for: Callable[..., EsignSettings], url: str
) -> None:
    with pytest.raises(ValidationError, match="public_url"):
        settings_for(EsignSettings, public_url=url)


def test_esign_does_not_start_without_the_address_that_papers_print(settings_for: Callable[..., EsignSettings]) -> None:
    given: dict[str, Any] = settings_for(EsignSettings).model_dump()
    del given["public_url"]
    with pytest.raises(ValidationError, match="public_url"):
        EsignSettings(**given)
