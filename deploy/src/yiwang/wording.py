"""The words of `yiwang demo`, by language. The matter's own names stay Chinese; in English each has a gloss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yiwang.wording_rating import EN_RATING, ZH_RATING, RatingWords

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
PAPERS = {
    "收件凭证": "receipt",
    "受理通知书": "notice of acceptance",
    "行政确认决定书": "decision: confirmed",
    "行政给付决定书": "decision: benefit granted",
    "办理结果告知书": "notice of the result",
    "准予办理决定书": "decision: granted",
    "出生医学证明": "medical certificate of birth",
    "预防接种证": "vaccination record",
    "居民户口簿内页": "page of the household register",
    "城乡居民基本医疗保险参保凭证": "proof of medical insurance",
    "社会保障卡": "social security card",
    "长期": "for ever",
}
VERDICTS = {"valid": "valid", "invalid": "invalid", "indeterminate": "not certain"}
FOUND = {
    "": "every seal and time stamp holds, and nothing was changed after it",
    "digest": "the content is not what was sealed",
    "later_changes": "something was added after the seal",
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
    papers: str
    sealing: str
    wallet: str
    in_wallet: str
    holder: str
    use_copy: str
    copied: str
    verify: str
    forged: str
    by_hand: str
    root_notice: str
    scan: str
    scanned: str
    shared: str
    dispute: str
    disputed: str
    answer: str
    answered: str
    ledger: str
    accesses: str
    looked: str
    look: str
    verdicts: Mapping[str, str]
    rating: RatingWords
    found_of: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
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

    def state(self, state: str, detail: str) -> str:
        """Return what is said of a licence's state: the suite's words, or this language's own."""
        return self.states.get(state, detail)

    def title(self, title: str) -> str:
        """Return a paper's title, with its gloss where there is one."""
        return _glossed(title, self.titles.get(title, ""))

    def why(self, reason: str, failed: Sequence[str]) -> str:
        """Return why a file was judged as it was, in the suite's words or this language's, with the failed checks."""
        said = self.found_of.get(failed[0] if failed else "", reason)
        return f"{said} [dim]({', '.join(failed)})[/]" if failed else said

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
    papers="文书",
    sealing="已签章 {count} 份",
    wallet="我的证照",
    in_wallet="“我的电子证照”中有本次签发的 [bold]{count}[/] 份",
    holder="编号 {number},持证者 {holder},{unit}颁发,有效期至 {until}",
    use_copy="加注件",
    copied="{licence},{purpose},有效期至 {until} → {file}",
    verify="核验",
    forged="真的一份,改动一个字节的一份,添加一页的一份;任何人不用登录都可核验",
    by_hand="也可不经本系统自行核验(在没有网络的机器上亦可):",
    root_notice="以上以本安装的开发用根证书为准:开发测试,不具法律效力,不得用于生产",
    scan="扫证照上的二维码",
    scanned="{name} {number},持证者 {holder},{unit}颁发:{state}([dim]{as_of:%Y-%m-%d %H:%M:%S}[/])",
    shared="其中 [bold]{count}[/] 项由专网填好,每项都有来源,不用填写:",
    dispute="与来源不一致",
    disputed="户籍地址与{source}所记不同,不是改掉了事,而是提出异议:{reason}",
    answer="校核",
    answered="{unit}校核{label}:{state}",
    ledger="账本",
    accesses="谁查了我的数据",
    looked="共 [bold]{count}[/] 次,每次都先留痕后查询",
    look="{unit}为“{purpose}”查{provider}:{fields}({state})",
    verdicts={"valid": "有效", "invalid": "无效", "indeterminate": "未能确认"},
    rating=ZH_RATING,
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
    papers="Papers",
    sealing="{count} sealed",
    wallet="Wallet",
    in_wallet="[bold]{count}[/] licences of this matter are in the applicant's wallet",
    holder="number {number}, holder {holder}, issued by {unit}, valid until {until}",
    use_copy="Use copy",
    copied="{licence}, for a purpose ({purpose}), until {until} → {file}",
    verify="Verification",
    forged="a real one, one with a byte changed, one with a page added; anyone may ask, without signing in",
    by_hand="Anyone may verify them without this suite, on a machine without a network, too:",
    root_notice="All this by this installation's development root: for tests, without legal effect, not for production",
    scan="The licence's code (QR)",
    scanned="{name} {number}, holder {holder}, issued by {unit}: {state} [dim]({as_of:%Y-%m-%d %H:%M:%S})[/]",
    shared="[bold]{count}[/] of them were filled in by the networks, each with its source:",
    dispute="Differs from its source",
    disputed="the address is not what {source} has; it is disputed, not overwritten, with a reason: {reason}",
    answer="Looked up by the source",
    answered="{unit} looked up {label}: {state}",
    ledger="Ledger",
    accesses="Who looked at my data",
    looked="[bold]{count}[/] times, each written down before it was asked",
    look="{unit}, for {purpose}, asked {provider}: {fields} ({state})",
    verdicts=VERDICTS,
    rating=EN_RATING,
    found_of=FOUND,
    titles=PAPERS,
    states={"valid": "valid now"},
    units=UNITS,
    tasks=TASKS,
    matter="a child is born",
    timeline=TIMELINE,
)
LANGUAGES = {"zh": ZH, "en": EN}
