"""The table of intents beside the domain, the order's requests and the assistant's texts."""

from ruamel.yaml import YAML

from actions.texts import texts
from bot.intents import group, intents, order_tasks
from bot.paths import REPOSITORY

COLUMNS = {"topic", "order", "groups"}


def test_the_table_has_the_intents_of_the_domain_and_no_others() -> None:
    files = sorted((REPOSITORY / "bot" / "dialogue" / "domain").glob("*.yml"))
    domain = [name for file in files for name in YAML(typ="safe").load(file).get("intents", ())]
    assert sorted(intents()) == sorted(domain)


def test_rows_have_no_other_columns_and_groups_are_explained() -> None:
    assert {name for row in intents().values() for name in row} <= COLUMNS
    head = (REPOSITORY / "bot" / "intents.yml").read_text(encoding="utf-8").partition("\n\n")[0]
    explained = {line.split()[1] for line in head.splitlines() if line.startswith("# ")}
    used = {name for row in intents().values() for name in row.get("groups", ())}
    assert used <= explained


def test_the_assistant_has_words_for_every_request_of_the_order_form() -> None:
    kinds = {task.kind for task in order_tasks().values() if task.kind}
    asked = {task.kind for task in order_tasks().values() if task.detail}
    missing = [kind for kind in kinds if f"confirm_{kind}" not in texts()]
    assert missing + [kind for kind in asked if f"ask_{kind}" not in texts()] == []


def test_of_equal_dangers_it_is_answered_as_harm_to_oneself() -> None:
    assert group("danger")[0] == "self_harm"
