from catalog_svc.domain.form_rules import rules_over
from catalog_svc.domain.model import FormRule, RuleKind


def test_a_rule_is_kept_where_all_its_elements_are_asked_also_those_of_its_condition() -> None:
    differ = FormRule("differ", RuleKind.DIFFER, ("a", "b"))
    needs = FormRule("needs", RuleKind.NEEDS, ("a",), when={"c": ("1",)})
    assert rules_over((differ, needs), {"a", "b", "c"}) == (differ, needs)
    assert rules_over((differ, needs), {"a", "b"}) == (differ,)
    assert rules_over((differ, needs), ["a", "c"]) == (needs,)
    assert rules_over((differ, needs), {"b", "c"}) == ()
