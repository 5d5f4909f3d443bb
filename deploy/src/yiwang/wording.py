"""The words of `yiwang demo`, by language. The matter's own names stay Chinese; in English each has a gloss."""

from collections.abc import Mapping
from dataclasses import dataclass, field

UNITS = {
    "U09": "public security bureau",
    "U13": "human resources bureau",
    "U23": "health commission",
    "U30": "medical security bureau",
    "U36": "social insurance centre",
    "U43": "tax bureau",
}
TASKS = {
    "birth_certificate": "medical certificate of birth",
    "vaccination": "vaccination record",
    "birth_registration": "household registration of the birth",
    "medical_insurance": "medical insurance for the child",
    "insurance_payment": "paying the insurance",
    "social_security_card": "social security card",
    "maternity_benefit": "maternity costs paid back",
    "maternity_allowance": "maternity allowance",
}
TIMELINE = {
    "deadline_recomputed": "the deadline of the {unit} was reckoned anew: {task}",
    "possible_duplicate": "another application may be for the same child; the window looks into it",
    "submitted": "submitted; the window is to accept it",
    "accepted": "accepted by the {unit}",
    "case_opened": "sent to all departments at once",
    "task_opened": "{unit} begins: {task}",
    "task_granted": "{unit} has done: {task}",
    "task_refused": "{unit} refuses: {task}",
    "step_opened": "for you to do: {task}",
    "step_completed": "you have done: {task}",
    "task_transferred": "now with the {unit}: {task}",
    "transferred": "your window is now that of the {unit}",
    "closed": "all steps are done",
}


@dataclass(frozen=True, slots=True)
class Words:
    """All that the demo says, as templates; markup is rich's. Glosses and `timeline` are empty in the matter's own."""

    starting: str
    notice: str
    sign_in: str
    search: str
    guide: str
    draft: str
    submit: str
    accept: str
    work: str
    own: str
    seconds: str
    found: str
    asked: str
    promise: str
    provisional: str
    filled: str
    number: str
    done: str
    table: str
    time: str
    progress: str
    spent: str
    good: str
    bad: str
    links: str
    links_later: str
    as_whom: str
    page: str
    timeline_link: str
    case_link: str
    kept: str
    stopped: str
    unfinished: str
    units: Mapping[str, str] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)
    matter: str = ""
    timeline: Mapping[str, str] = field(default_factory=dict)

    def unit(self, name: str, code: str) -> str:
        """Return a unit's name, with its gloss where there is one."""
        return _glossed(name, self.units.get(code, ""))

    def task(self, name: str, key: str) -> str:
        """Return a task's name, with its gloss where there is one."""
        return _glossed(name, self.tasks.get(key, ""))

    def matter_of(self, name: str) -> str:
        """Return the matter's name, with its gloss where there is one."""
        return _glossed(name, self.matter)

    def entry(self, kind: str, text: str, unit: str, task: str) -> str:
        """Return a line of the timeline: what the suite says, or this language's own words for it."""
        if kind not in self.timeline:
            return text
        return self.timeline[kind].format(unit=self.units.get(unit, unit), task=self.tasks.get(task, task))


def _glossed(name: str, gloss: str) -> str:
    return f"{name} ({gloss})" if gloss else name


ZH = Words(
    starting="一网未在 {port} 端口运行,现在启动(数据目录 {data_dir},日志 {log})……",
    notice="登录用的是开发用身份提供方,不得用于生产",
    sign_in="登录",
    search="检索",
    guide="情形引导",
    draft="填写草稿",
    submit="提交",
    accept="受理",
    work="并联办理",
    own="本人办理",
    seconds="秒",
    found="“生孩子” → [bold cyan]{matter}[/](牵头:{unit})",
    asked=(
        "{items} 个事项 → 一张表单({fields} 项)、{materials} 份材料(其中 {named} 份只填证照号码、{brought} 份带到窗口),"
        "少交 {saved} 份纸质材料"
    ),
    promise="若现在受理,承诺 [bold]{finish:%Y-%m-%d %H:%M}[/] 前办结",
    provisional="(所跨年度放假通知未发布,暂定)",
    filled="填写 {filled} 项,证照号码 {named} 个,还缺 {left} 处",
    number="办件编号 [bold]{number}[/]",
    done="{unit}:{task}",
    table="时间轴",
    time="时间",
    progress="进展",
    spent="从登录到办结 {spent:.2f} 秒;占用工作时间 {minutes} 分钟(办公时间外不计)",
    good="一件事,一次办成。",
    bad="结果:{outcome}",
    links="继续看(系统在 {url} 运行):",
    links_later="继续看:系统现在停止(make demo KEEP=1 讲完不停);用 {again} 再打开:",
    as_whom="以 {person} 登录",
    page="接口文档(页面右上角 Authorize 处登录,可试用各接口)",
    timeline_link="本次进度",
    case_link="时限推算",
    kept="系统仍在运行,按 Ctrl+C 停止",
    stopped="已停止;数据留在原处,可以再次启动。",
    unfinished="演示未完成:{why}",
)
EN = Words(
    starting="Nothing runs at port {port}; starting the suite (data in {data_dir}, log in {log}) …",
    notice="Signing in at the development identity provider: not for production",
    sign_in="Sign in",
    search="Search",
    guide="Questions",
    draft="Draft",
    submit="Submit",
    accept="Acceptance",
    work="Departments",
    own="Your own step",
    seconds="s",
    found="“生孩子” (have a baby) → [bold cyan]{matter}[/], led by {unit}",
    asked=(
        "{items} service items → one form ({fields} fields), {materials} materials ({named} by number only, "
        "{brought} brought to the window), "
        "{saved} paper copies saved"
    ),
    promise="accepted now, it is promised by [bold]{finish:%Y-%m-%d %H:%M}[/]",
    provisional=" (provisional: the holiday notice of that year is not out)",
    filled="{filled} fields, {named} licence numbers, {left} places still missing",
    number="application number [bold]{number}[/]",
    done="{unit}: {task}",
    table="Timeline",
    time="Time",
    progress="Progress",
    spent="{spent:.2f} s from sign-in to the end; {minutes} minutes of office hours used (no clock runs outside them)",
    good="One matter, done in one go.",
    bad="Outcome: {outcome}",
    links="To look further (the suite runs at {url}):",
    links_later="To look further: the suite now stops (make demo KEEP=1 keeps it); open it again with {again}:",
    as_whom="sign in as {person}",
    page="API page (sign in under Authorize at the top right, then try any call)",
    timeline_link="Progress of this application",
    case_link="How the deadlines were reckoned",
    kept="The suite goes on running; stop it with Ctrl+C",
    stopped="Stopped; the data stay where they are, it can be started again.",
    unfinished="The demo did not come to its end: {why}",
    units=UNITS,
    tasks=TASKS,
    matter="a child is born",
    timeline=TIMELINE,
)
LANGUAGES = {"zh": ZH, "en": EN}
