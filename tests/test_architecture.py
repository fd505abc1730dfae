"""Imports go downwards only; docs/architecture.md says why."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from bot.paths import REPOSITORY

# Folder or file -> what it must never import.
ABOVE_SETTINGS = ("bot.web", "bot.dialogue", "bot.store", "recommender", "actions", "rasa", "sanic")
STORES = ("bot.store", "bot.transcripts", "bot.staff", "bot.guard", "bot.inbox", "bot.custody")
FORBIDDEN: dict[str, tuple[str, ...]] = {
    "bot/errors.py": ("bot.", "recommender", "actions", "rasa", "sanic", "rasa_sdk"),
    "bot/paths.py": ("bot.", "recommender", "actions"),
    "bot/settings": (*ABOVE_SETTINGS, "bot.service", "bot.answers", "bot.privacy"),
    "bot/system": (
        "bot.web",
        "bot.dialogue",
        *STORES,
        "bot.service",
        "bot.settings",
        "bot.privacy",
    ),
    "bot/sentiment.py": ("bot.web", "bot.dialogue", "actions", "rasa", "sanic"),
    "bot/privacy": (*STORES, "bot.web", "bot.settings", "recommender", "actions", "rasa", "sanic"),
    "bot/store": (
        *(room for room in STORES if room != "bot.store"),
        "bot.web",
        "bot.dialogue",
        "actions",
        "rasa",
        "sanic",
        "recommender",
    ),
    **{
        room.replace(".", "/"): (
            "bot.web",
            "bot.dialogue",
            "actions",
            "rasa",
            "sanic",
            "recommender",
        )
        for room in STORES
        if room != "bot.store"
    },
    "bot/transcripts": (
        "bot.staff",
        "bot.guard",
        "bot.inbox",
        "bot.custody",
        "bot.surveys",
        "bot.insights",
        "bot.web",
        "bot.dialogue",
        "actions",
        "rasa",
        "sanic",
        "recommender",
    ),
    "bot/checkout": (*STORES, "bot.web", "bot.dialogue", "bot.privacy", "actions", "rasa", "sanic"),
    "bot/answers": (*STORES, "bot.web", "bot.dialogue", "actions", "recommender", "rasa", "sanic"),
    "bot/surveys": (
        "bot.campaigns",
        "bot.web",
        "bot.dialogue",
        "bot.insights",
        "actions",
        "rasa",
        "sanic",
        "torch",
    ),
    "bot/campaigns": (
        "bot.web",
        "bot.dialogue",
        "bot.insights",
        "bot.custody",
        "actions",
        "rasa",
        "sanic",
        "torch",
    ),
    "bot/insights": ("bot.web", "bot.dialogue", "actions", "rasa", "sanic", "torch"),
    "bot/service": ("bot.web", "bot.dialogue", "bot.cli", "actions", "rasa", "sanic"),
    "recommender": ("bot", "actions", "rasa", "sanic", "rasa_sdk"),
    "recommender/product.py": tuple(
        f"recommender.{room}" for room in ("catalogue", "request", "search", "baskets")
    ),
    "recommender/catalogue": ("recommender.request", "recommender.search", "bot", "actions"),
    "recommender/request": ("recommender.search", "bot", "actions"),
    "bot/dialogue": ("bot.web", "actions", "rasa_sdk"),
    "bot/reading": (
        *(f"bot.{room}" for room in ("dialogue", "settings", "answers", "web", "service", "money")),
        *STORES,
        "recommender.catalogue",
        "recommender.request",
        "actions",
        "rasa",
        "rasa_sdk",
        "sanic",
    ),
    "bot/web": ("rasa", "rasa_sdk", "actions", "bot.dialogue", "torch", "sentence_transformers"),
    "actions": ("rasa", "sanic", "bot.web", "bot.dialogue"),
    "actions/dates": tuple(
        f"actions.{room}" for room in ("orders", "shop", "shopping", "staff", "talk", "backends")
    ),
    "actions/order_backends": tuple(
        f"actions.{room}" for room in ("orders", "shop", "shopping", "staff", "talk", "backends")
    ),
    "actions/orders": ("actions.shopping", "actions.staff", "actions.talk"),
    "actions/shop": ("actions.shopping", "actions.staff", "actions.talk", "actions.orders"),
    "actions/shopping": ("actions.talk",),
    "actions/doing": (
        *(
            f"actions.{room}"
            for room in ("resolving", "saying", "shopping", "talk", "orders", "staff")
        ),
        "actions.texts",
        "rasa_sdk",
    ),
    "actions/resolving": tuple(
        f"actions.{room}" for room in ("saying", "shopping", "talk", "orders", "staff", "texts")
    ),
    "actions/saying": tuple(
        f"actions.{room}" for room in ("resolving", "shopping", "talk", "orders", "staff")
    ),
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


def modules() -> dict[str, Path]:
    """Each module of the product by its name."""
    files = [
        file
        for top in ("bot", "actions", "recommender")
        for file in (REPOSITORY / top).rglob("*.py")
    ]
    return {
        ".".join(file.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__"): file
        for file in files
    }


def test_no_rooms_import_each_other_in_a_circle() -> None:
    """At whatever zoom: of the boxes that a folder holds, none needs one that needs it."""
    known = modules()
    needs = {name: imported(file) & known.keys() for name, file in known.items()}
    rooms = [name for name, file in known.items() if file.name == "__init__.py"]
    circles = []
    for room in rooms:
        boxes: dict[str, set[str]] = {}
        for name, others in needs.items():
            if name.startswith(f"{room}."):
                box = name.removeprefix(f"{room}.").split(".")[0]
                inside = {
                    other.removeprefix(f"{room}.").split(".")[0]
                    for other in others
                    if other.startswith(f"{room}.")
                }
                boxes.setdefault(box, set()).update(inside - {box})
        try:
            TopologicalSorter(boxes).prepare()
        except CycleError as error:
            circles.append(f"{room}: {' -> '.join(error.args[1])}")
    assert circles == []


def test_importing_actions_opens_nothing() -> None:
    """rasa-sdk imports every module under actions: none may do work at import."""
    for file in sorted((REPOSITORY / "actions").rglob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Call):
                called = ast.unparse(node.value.func)
                assert called in {"re.compile", "logging.getLogger", "button", "ContextVar"}, (
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
