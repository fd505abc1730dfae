"""Where Rasa's own way is shortened, what comes out is what Rasa's own way gives."""

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import dask
import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.components.policy import ShopRulePolicy
from bot.dialogue.remote_actions import _validate_action_result
from bot.dialogue.startup import results_of
from bot.paths import REPOSITORY
from bot.service.training import train
from bot.settings import get_settings

DOMAIN = Domain.load(str(REPOSITORY / "bot/dialogue/domain"))
FORMS = ("order_form", "contact_form", "data_form", "survey_form")


@pytest.fixture(scope="module")
def model() -> Path:
    return train(get_settings(), print)


@pytest.fixture(scope="module")
def policies(model: Path, tmp_path_factory: pytest.TempPathFactory) -> list[RulePolicy]:
    """Rasa's policy and ours, with the rules that were trained."""
    folder = tmp_path_factory.mktemp("model")
    storage, metadata = LocalModelStorage.from_model_archive(folder, model)
    (name,) = [one for one in metadata.train_schema.nodes if "ShopRulePolicy" in one]
    context = ExecutionContext(GraphSchema({}))
    config = {**RulePolicy.get_default_config(), **metadata.train_schema.nodes[name].config}
    return [
        kind.load(dict(config), storage, Resource(name), context)
        for kind in (RulePolicy, ShopRulePolicy)
    ]


def test_the_same_actions_are_predicted_in_any_conversation(policies: list[RulePolicy]) -> None:
    """In 40 of 8 turns, with forms that begin and end, and actions that no rule foresees."""
    chance, sure = random.Random(4), 0
    for number in range(40):
        tracker = DialogueStateTracker.from_events(f"c{number}", [], slots=DOMAIN.slots)
        for turn in range(8):
            intent = {"name": chance.choice(DOMAIN.intents), "confidence": 1.0}
            if chance.random() < 0.2:
                tracker.update(ActiveLoop(chance.choice([*FORMS, None])))
            if chance.random() < 0.2:
                tracker.update(SlotSet("requested_slot", chance.choice(["email", None])))
            tracker.update(ActionExecuted("action_listen"))
            tracker.update(UserUttered(f"turn {turn}", intent))
            for _ in range(4):
                rasas, ours = (
                    one.predict_action_probabilities(tracker, DOMAIN) for one in policies
                )
                assert ours.probabilities == rasas.probabilities
                assert ours.events == rasas.events
                assert ours.is_end_to_end_prediction == rasas.is_end_to_end_prediction
                best = max(
                    range(len(DOMAIN.action_names_or_texts)), key=rasas.probabilities.__getitem__
                )
                sure += rasas.probabilities[best] == 1
                action = DOMAIN.action_names_or_texts[best]
                if chance.random() < 0.1:
                    action = chance.choice(DOMAIN.action_names_or_texts)
                if action == "action_listen":
                    break
                tracker.update(ActionExecuted(action))
    assert sure > 300  # rules were met


EVENTS = [
    {"event": "slot", "name": "x", "value": [1]},
    {"event": "bot", "text": "Hello", "data": {"custom": {}}},
    {"event": "followup", "name": "action_listen"},
    {"event": "slot", "value": 1, "timestamp": "soon"},
    {"event": "slot", "name": 5, "value": 1},
    {"event": "unheard of"},
    {"event": ["slot"]},
    {},
    "slot",
]


@pytest.mark.parametrize(
    "answer",
    [
        *({"events": [one], "responses": [{"text": "a"}]} for one in EVENTS),
        {"events": EVENTS[:3]},
        {"events": [EVENTS[0], EVENTS[4]]},
        {"events": 5},
        {"responses": 1},
        {},
        [],
        None,
    ],
)
def test_an_action_servers_answer_is_right_or_wrong_as_for_rasa(answer: Any) -> None:
    action = RemoteAction("action_x", None)

    def verdict(check: Any) -> bool:
        try:
            return check(action, answer)
        except ValidationError:
            return False

    assert verdict(_validate_action_result) == verdict(RemoteAction._validate_action_result)


def test_graphs_give_what_dask_gives() -> None:
    def node(name: str) -> Any:
        return lambda *inputs: (name, inputs)

    graph = {
        "a": (node("a"), "__message__", "__tracker__"),
        "b": (node("b"), "a"),
        "c": (node("c"), "b", "a"),
        "__message__": ("__message__", ["hello"]),
    }
    for targets in (["c"], ["b", "c"], []):
        assert results_of(graph, targets) == list(dask.get(graph, targets))


def printed(code: str, *arguments: str) -> str:
    """The last line that a Python process of its own prints."""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        cwd=REPOSITORY, capture_output=True, text=True,
    )  # fmt: skip
    assert run.stdout, run.stderr
    return run.stdout.splitlines()[-1]


def test_what_takes_seconds_to_load_and_is_not_used_is_not_loaded(model: Path) -> None:
    """Neither TensorFlow nor torch, for a dialogue that understands and answers."""
    code = (
        "import asyncio, sys\n"
        "import bot.dialogue.__main__\n"
        "from bot.dialogue.startup import forget_training, run_graphs_directly\n"
        "from rasa.core.agent import load_agent\n"
        "forget_training(); run_graphs_directly()\n"
        "agent = asyncio.run(load_agent(sys.argv[1]))\n"
        "parsed = asyncio.run(agent.parse_message('a red jacket under 50 euros'))\n"
        "print(parsed['intent']['name'], [m for m in ('torch', 'tensorflow') if m in sys.modules])\n"
    )
    assert printed(code, str(model)) == "search_products []"


def test_the_action_server_loads_no_torch() -> None:
    code = (
        "import sys, actions.__main__, actions.shopping.products, actions.shop.policies, recommender.search.recommend\n"
        "print([m for m in ('torch', 'tensorflow', 'sklearn') if m in sys.modules])\n"
    )
    assert printed(code) == "[]"


def test_a_module_that_was_put_off_is_there_when_it_is_used() -> None:
    code = (
        "import sys\n"
        "from bot.dialogue.startup import put_off\n"
        "put_off('colorsys')\n"
        "import colorsys\n"
        "before = 'rgb_to_hls' in vars(colorsys)\n"
        "print(before, colorsys.rgb_to_hls(1, 1, 1), hasattr(colorsys, 'no_such'))\n"
    )
    assert printed(code) == "False (0.0, 1.0, 0.0) False"
