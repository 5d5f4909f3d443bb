"""What the environment tells a command, and in a sentence what it does not."""

from typing import TypeVar

from chassis.settings import UnknownSetting, read
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from yiwang.refusals import NotReady

S = TypeVar("S", bound=BaseSettings)


def settings_of(kind: type[S]) -> S:
    """Read settings from the environment. Raises NotReady, which names each variable that is missing or wrong."""
    prefix = kind.model_config["env_prefix"]
    try:
        return read(kind)
    except ValidationError as error:
        names = sorted({prefix + str(one["loc"][0]).upper() for one in error.errors()})
        raise NotReady(f"环境变量缺少或有误:{'、'.join(names)}") from error
    except UnknownSetting as error:
        raise NotReady(f"有不认识的环境变量:{str(error).partition(': ')[2]}") from error
