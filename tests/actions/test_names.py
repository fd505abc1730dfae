"""Every name of an action or a response that is written somewhere is one that there is."""

import ast
import re
from pathlib import Path

from rasa.shared.core.constants import DEFAULT_ACTION_NAMES
from rasa_sdk.executor import ActionExecutor
from ruamel.yaml import YAML

from bot.paths import REPOSITORY

NAME = re.compile(r"(action|utter|validate)_[a-z0-9_]+")
CODE = [*(REPOSITORY / "actions").rglob("*.py"), *(REPOSITORY / "bot").rglob("*.py")]


def domain() -> dict[str, set[str]]:
    """The actions, responses and forms of the domain."""
    found: dict[str, set[str]] = {"actions": set(), "responses": set(), "forms": set()}
    for file in (REPOSITORY / "bot" / "dialogue" / "domain").glob("*.yml"):
        tree = YAML(typ="safe").load(file)
        for kind, names in found.items():
            names |= set(tree.get(kind) or ())
    return found


def in_code(path: Path) -> set[str]:
    """What a module names as a whole text, docstrings apart."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and NAME.fullmatch(text)}


def in_rules(tree: object) -> set[str]:
    """The actions of rules, at whatever depth."""
    if isinstance(tree, list):
        return set().union(*map(in_rules, tree)) if tree else set()
    if isinstance(tree, dict):
        mine = {tree["action"]} if isinstance(tree.get("action"), str) else set()
        return mine.union(*map(in_rules, tree.values()))
    return set()


def test_the_domain_and_the_action_server_know_the_same_actions() -> None:
    executor = ActionExecutor()
    executor.register_package("actions")
    assert sorted(executor.actions) == sorted(domain()["actions"])


def test_code_and_rules_name_what_the_domain_has() -> None:
    known = set().union(*domain().values()) | {*DEFAULT_ACTION_NAMES}
    wrong = {}
    for path in CODE:
        if names := in_code(path) - known:
            wrong[str(path.relative_to(REPOSITORY))] = names
    for path in (REPOSITORY / "nlu_data" / "rules").glob("*.yml"):
        if names := in_rules(YAML(typ="safe").load(path)) - known:
            wrong[str(path.relative_to(REPOSITORY))] = names
    assert wrong == {}
