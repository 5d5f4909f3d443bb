"""The words of `yiwang demo` for what follows a matter: its rating, the loop of a bad one, indicators, the ranking."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RatingWords:
    """All that the demo says of ratings, as templates; markup is rich's."""

    before: str
    figures: str
    figure: str
    nothing: str
    rate: str
    rated: str
    checked: str
    loop: str
    took: str
    due: str
    answered: str
    again: str
    rated_again: str
    after: str
    changed: str
    ranking: str
    computed: str
    formula: str
    place: str
    points: str
    unranked: str
    recompute: str


ZH_RATING = RatingWords(
    before="评价前的指标",
    figures="{period} 全市,每个数都可打开到它所计的办件:",
    figure="{name} [bold]{value}[/] [dim]= {formula}[/]",
    nothing="无(没有分母)",
    rate="评价",
    rated="[bold]{level}[/]({tags}),评的是{unit};被评价的单位看不到是谁评的",
    checked="系统核对“{tag}”:{found}",
    loop="差评整改",
    took="{action} {words}",
    due="时限 {due:%Y-%m-%d %H:%M}",
    answered="对评价人的答复:{answer}",
    again="追评",
    rated_again="[bold]{level}[/];首次评价仍在,追评另计",
    after="评价后的指标",
    changed="{name} {before} → [bold]{value}[/]",
    ranking="排名(草稿)",
    computed="{group} {period},{count} 个单位;前 {top} 名、后 {bottom} 名通报,{volume} 不足 {minimum} 的不排名",
    formula="{name}:值 = {formula},得分 = {points},权重 {weight}",
    place="[bold]{unit}[/] {place}:{lines}",
    points="{name} {value}(权重 {weight})",
    unranked="未排名(业务量不足)",
    recompute="任何人都可由导出的计数重新计算:yiwang evaluation export --period {period} --out DIR,"
    "再运行 docs/recompute_ranking.py DIR/{period}/departments",
)
EN_RATING = RatingWords(
    before="Indicators before",
    figures="{period}, the whole city; each figure opens to the cases it counts:",
    figure="{name} [bold]{value}[/] [dim]= {formula}[/]",
    nothing="none (nothing to divide by)",
    rate="Rating",
    rated="[bold]{level}[/] ({tags}), of {unit}; the unit that is rated cannot see who rated it",
    checked="the suite checks “{tag}”: {found}",
    loop="A bad rating",
    took="{action} {words}",
    due="due {due:%Y-%m-%d %H:%M}",
    answered="the rater is answered: {answer}",
    again="Rated again",
    rated_again="[bold]{level}[/]; the first rating stays, the second is counted beside it",
    after="Indicators after",
    changed="{name} {before} → [bold]{value}[/]",
    ranking="Ranking (draft)",
    computed="{group} {period}, {count} units; the first {top} and the last {bottom} are named, nobody is ranked with"
    " fewer than {minimum} ({volume})",
    formula="{name}: value = {formula}, points = {points}, weight {weight}",
    place="[bold]{unit}[/] {place}: {lines}",
    points="{name} {value} (weight {weight})",
    unranked="not ranked (too few cases)",
    recompute="Anyone can compute it again from the exported counts: yiwang evaluation export --period {period}"
    " --out DIR, then docs/recompute_ranking.py DIR/{period}/departments",
)
