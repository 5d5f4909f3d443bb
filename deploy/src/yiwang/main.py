"""The `yiwang` command; its commands are those of `yiwang.terminal.PLACES`."""

import typer

from yiwang.terminal import Telling

app = typer.Typer(
    cls=Telling,
    help="一网:一网通办、一次办成。先用 yiwang demo 看一遍,再用 yiwang run 让系统一直运行。",
    epilog="退出码:0 做成;1 没有做成,原因已说明;2 命令写法有误;3 系统没有启动;130 被 Ctrl+C 中断。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _group() -> None:
    """Be a group, whatever is in it."""
