"""Imports go downwards only; docs/architecture.md says why."""

import ast
from pathlib import Path

import pytest

from bot.settings import REPOSITORY

# Folder or file -> what it must never import.
FORBIDDEN = {
    "bot/errors.py": ("bot.", "recommender", "actions", "rasa", "sanic", "rasa_sdk"),
    "bot/shop.py": (
        "bot.web",
        "bot.dialogue",
        "bot.store",
        "recommender",
        "actions",
        "rasa",
        "sanic",
    ),
    "bot/settings.py": ("bot.web", "bot.dialogue", "bot.store", "recommender", "actions", "rasa"),
    "bot/sentiment.py": ("bot.web", "bot.dialogue", "actions", "rasa", "sanic"),
    "bot/privacy": ("bot.web", "bot.store", "bot.shop", "recommender", "actions", "rasa", "sanic"),
    "bot/store": ("bot.web", "bot.dialogue", "actions", "rasa", "sanic", "recommender"),
    "bot/surveys": ("bot.web", "bot.dialogue", "bot.insights", "actions", "rasa", "sanic", "torch"),
    "bot/insights": ("bot.web", "bot.dialogue", "bot.surveys", "actions", "rasa", "sanic", "torch"),
    "recommender": ("bot", "actions", "rasa", "sanic", "rasa_sdk"),
    "bot/dialogue": ("bot.web", "actions", "rasa_sdk"),
    "bot/web": ("rasa", "rasa_sdk", "actions", "bot.dialogue", "torch", "sentence_transformers"),
    "actions": ("rasa", "sanic", "bot.web", "bot.dialogue"),
}
TOP_LEVEL_CODE = {"bot", "actions", "nlu_data", "recommender", "tests"}


def imported(path: Path) -> set[str]:
    """The modules that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def is_inside(module: str, forbidden: str) -> bool:
    return module == forbidden.rstrip(".") or module.startswith(forbidden.rstrip(".") + ".")


@pytest.mark.parametrize("place", FORBIDDEN)
def test_imports_go_downwards(place: str) -> None:
    root = REPOSITORY / place
    files = [root] if root.is_file() else sorted(root.rglob("*.py"))
    assert files, f"{place} is gone: change the table"
    faults = [
        f"{file.relative_to(REPOSITORY)} imports {module}"
        for file in files
        for module in imported(file)
        for forbidden in FORBIDDEN[place]
        if is_inside(module, forbidden)
    ]
    assert faults == []


def test_importing_actions_opens_nothing() -> None:
    """rasa-sdk imports every module under actions: none may do work at import."""
    for file in sorted((REPOSITORY / "actions").rglob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Call):
                called = ast.unparse(node.value.func)
                assert called in {"re.compile", "logging.getLogger", "button"}, (
                    f"{file.name}: {called}"
                )


def test_no_other_top_level_code_folders() -> None:
    folders = {file.relative_to(REPOSITORY).parts[0] for file in REPOSITORY.glob("*/**/*.py")}
    ours = {name for name in folders if not name.startswith(".")}
    assert ours <= TOP_LEVEL_CODE


def test_every_setting_is_documented() -> None:
    from bot.settings import SETTINGS

    text = (REPOSITORY / "docs" / "shop.md").read_text(encoding="utf-8")
    assert [setting.env for setting in SETTINGS if setting.env not in text] == []
