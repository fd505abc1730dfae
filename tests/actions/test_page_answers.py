"""Fixed answers and the passages of pages compete; what is said holds for the question's own condition."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import base
from actions.backends import get_passages
from actions.shop import page_answers, policies
from actions.shopping import delivering
from bot.paths import REPOSITORY
from bot.settings import Settings, get_settings
from recommender.embedder import Embedder
from recommender.passages import Passages

RETURNS, DELIVERY = policies.ActionReturnsPolicy(), delivering.ActionDeliveryInfo()
ANSWER = policies.ActionAnswerPolicy()
DEMO = {
    path.stem: path
    for path in (REPOSITORY / "bot/demo/policies").glob("*.md")
    if "." not in path.stem
}


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture(scope="module")
def pages(
    embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Passages]]:
    """The pages of the demo and of made-up shops."""
    found = {"demo": Passages(DEMO, embedder)}
    for path in (REPOSITORY / "tests/data/pages").glob("*.yml"):
        folder = tmp_path_factory.mktemp(path.stem)
        files: dict[str, Path] = {}
        for name, text in yaml.safe_load(path.read_text())["pages"].items():
            files[name] = folder / f"{name}.md"
            files[name].write_text(text)
        found[path.stem] = Passages(files, embedder)
    yield found


def told(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, pages: Passages, action: base.ShopAction,
    asked: str, intent: str = "policy_question",
) -> str:  # fmt: skip
    """What an action says to a question."""
    monkeypatch.setattr(get_passages, "kept", pages)
    monkeypatch.setattr(get_settings, "kept", settings)
    message = {"text": asked, "intent": {"name": intent}, "entities": []}
    tracker = Tracker("c", {}, message, [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    action.answer(dispatcher, tracker)
    return "\n".join(message["text"] for message in dispatcher.messages)


@pytest.mark.parametrize(
    ("action", "asked", "intent", "says"),
    [
        (RETURNS, "can I return opened coffee?", "returns_policy", "Opened tea, coffee"),
        (RETURNS, "who pays when it arrives broken?", "returns_policy", "we pay the return"),
        (
            RETURNS,
            "can i return a lamp that stopped working after 14 months",
            "returns_policy",
            "two years",
        ),
        (ANSWER, "a lamp that fails after 14 months, do you replace it", "warranty", "two years"),
        (
            ANSWER,
            "120 bottles for a school, is there a discount?",
            "discount_code",
            "10% from fifty",
        ),
        (ANSWER, "can i use several promo codes", "discount_code", "one code an order"),
        (ANSWER, "my coupon doesn't work", "discount_code", "If a code is refused"),
        (DELIVERY, "how is a six-person tent delivered", "delivery_info", "second carrier"),
        (DELIVERY, "what happens if i'm not home", "delivery_info", "tries a neighbour"),
    ],
)
def test_a_condition_is_answered_by_the_sentence_that_holds_for_it(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, pages: dict[str, Passages],
    action: base.ShopAction, asked: str, intent: str, says: str,
) -> None:  # fmt: skip
    text = told(monkeypatch, settings, pages["demo"], action, asked, intent)
    assert says in text and "From “" in text and "#" in text, text


@pytest.mark.parametrize(
    ("action", "asked", "says"),
    [
        (RETURNS, "returns", "30 days"),
        (RETURNS, "/returns_policy", "Returning costs|Sending it back costs|A return costs"),
        (RETURNS, "what's your returns policy", "€6.95"),
        (RETURNS, "how long do i have to send it back", "30 days"),
        (DELIVERY, "how long is delivery to spain", "4–6 working days"),
        (DELIVERY, "delivery costs", "€4.95"),
        (DELIVERY, "do you ship to italy", "Italy"),
    ],
)
def test_a_bare_question_gets_the_fixed_answer(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, pages: dict[str, Passages],
    action: base.ShopAction, asked: str, says: str,
) -> None:  # fmt: skip
    text = told(monkeypatch, settings, pages["demo"], action, asked)
    assert "From “" not in text and any(part in text for part in says.split("|")), text


@pytest.mark.parametrize(
    ("shop", "action", "asked", "intent", "says"),
    [
        (
            "electronics",
            RETURNS,
            "can i return earbuds i tried once",
            "returns_policy",
            "final sale",
        ),
        (
            "electronics",
            RETURNS,
            "i'm a club member, how long can i return",
            "returns_policy",
            "45 days",
        ),
        (
            "furniture",
            DELIVERY,
            "i live on the fifth floor without an elevator",
            "delivery_info",
            "with a lift only",
        ),
        (
            "fashion",
            RETURNS,
            "i had my initials embroidered, can i return it",
            "returns_policy",
            "can't come back",
        ),
        (
            "books",
            ANSWER,
            "school discount on wooden blocks",
            "discount_code",
            "Toys have no school price",
        ),
        (
            "grocer",
            ANSWER,
            "can the driver take 40 empty bottles",
            "policy_question",
            "up to thirty",
        ),
        (
            "garden",
            ANSWER,
            "my shears have gone rusty, is that under guarantee",
            "warranty",
            "are not covered",
        ),
    ],
)
def test_it_holds_for_any_shop(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, pages: dict[str, Passages],
    shop: str, action: base.ShopAction, asked: str, intent: str, says: str,
) -> None:  # fmt: skip
    assert says in told(monkeypatch, settings, pages[shop], action, asked, intent)


def test_an_exception_that_fits_about_as_well_comes_before_the_fixed_answer(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, pages: dict[str, Passages]
) -> None:
    text = told(monkeypatch, settings, pages["demo"], RETURNS, "who pays when it arrives broken?")
    assert (
        -1
        < text.find("we pay the return from every country")
        < text.find("Netherlands and Belgium")
    )


def test_what_no_page_says_is_not_known_whatever_the_intent(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, pages: dict[str, Passages]
) -> None:
    asked = "can my cat play the piano"
    assert settings.shop.contact.email in told(monkeypatch, settings, pages["demo"], ANSWER, asked)
    assert "From “" not in told(monkeypatch, settings, pages["demo"], RETURNS, asked)


def asked_on(question: str, before: str, link: str, action: str) -> Tracker:
    """A conversation in which a question follows one that was answered with a link to a section."""
    events = [
        {"event": "user", "text": before, "parse_data": {"text": before}},
        {"event": "action", "name": action},
        {"event": "bot", "text": f"…\nFrom “…”: {link}"},
        {"event": "bot", "text": "All details: /shop/policies/shipping"},
        {"event": "action", "name": "action_listen"},
        {"event": "user", "text": question, "parse_data": {"text": question}},
    ]
    message = {"text": question, "intent": {"name": "policy_question"}, "entities": []}
    return Tracker("c", {}, message, events, False, None, {}, "action_listen")


@pytest.mark.parametrize(
    ("before", "link", "question", "heading"),
    [
        ("how is my money paid back", "returns#your-money", "within how many days?", "Your money"),
        ("what does a return cost me", "returns#what-it-costs", "how much is it?", "What it costs"),
    ],
)
@pytest.mark.parametrize("action", ["action_answer_policy", "action_price_total"])
def test_a_few_words_after_a_page_s_answer_stay_with_its_section(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, pages: dict[str, Passages],
    before: str, link: str, question: str, heading: str, action: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(get_passages, "kept", pages["demo"])
    monkeypatch.setattr(get_settings, "kept", settings)
    tracker = asked_on(question, before, f"/shop/policies/{link}", action)
    assert page_answers.place_told(tracker) == tuple(link.split("#"))
    found = page_answers.answers_here(tracker, question)
    assert found and found[0].passage.heading == heading
