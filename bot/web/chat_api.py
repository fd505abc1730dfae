"""The chat API: a session, a message in, a stream out. docs/widget.md is its contract."""

import json
import logging
import re
import time
from typing import Any

from sanic import Blueprint
from sanic.exceptions import InvalidUsage, NotFound
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse, empty, raw
from sanic.response import json as json_response
from sanic.response import text as text_response

from bot.guard.store import network_mark
from bot.inbox.pictures import TooManyPictures
from bot.inbox.store import TooManyWaiting
from bot.privacy.vault import vault_in
from bot.texts import Words
from bot.web.catalogue import current
from bot.web.chat.call_back import read_call_back
from bot.web.chat.customer_events import BadEvent, read_event
from bot.web.chat.engine import EngineFailed, EngineUnavailable
from bot.web.chat.identity import BadIdentity, identity_key, read_identity
from bot.web.chat.page import read_page
from bot.web.chat.pictures import LARGEST, TYPE, Costly, PictureLinks, redrawn
from bot.web.chat.products import offer, with_links
from bot.web.door.bodies import read_json, without_controls
from bot.web.door.limits import BACKLOG, Busy, TooMany, network
from bot.web.door.origins import check_origin, cors, origin_of
from bot.web.door.streams import begin_stream
from bot.web.languages import words_of
from bot.web.services import services
from bot.web.widget import choose_language
from recommender.errors import NoCatalogue

logger = logging.getLogger(__name__)
routes = Blueprint("chat", url_prefix="/chat")

MAX_TEXT = 5000
MAX_ANSWER = 2000  # characters of a card's answer, as JSON
HEARTBEAT_SECONDS = 15.0
FLOOD = 100, 3.0  # new conversations of everybody: at once, and a second
OF_NETWORK = (
    30,
    0.5,
)  # of one network without a puzzle: an office or a mobile network has more people
SOLVED_OF_NETWORK = 300, 5.0  # of one network with one
PICTURE = "📷"  # what a picture without a word says
MOST_PICTURES = 5  # of a message
STAFF_PAYLOAD = "/talk_to_human"  # what a message with "to": "staff" is for the assistant
CALL_PAYLOAD = "/call_back"  # and one with "call_back"


@routes.middleware("request")
async def check_origins(request: Request) -> None:
    """The widget may call from the pages that shop.yml names, or from any."""
    check_origin(request, services(request).settings.shop.widget.origins)


@routes.middleware("response")
async def allow_origins(request: Request, response: BaseHTTPResponse) -> None:
    """Let the page read the answer."""
    response.headers.update(cors(request, services(request).settings.shop.widget.origins))
    response.headers.setdefault("Cache-Control", "no-store")


@routes.options("/session", name="preflight_session")
@routes.options("/messages", name="preflight_messages")
@routes.options("/stream", name="preflight_stream")
@routes.options("/events", name="preflight_events")
@routes.options("/typing", name="preflight_typing")
@routes.options("/identify", name="preflight_identify")
@routes.options("/pictures", name="preflight_pictures")
@routes.options("/products", name="preflight_products")
async def preflight(request: Request) -> HTTPResponse:
    """Browsers ask first."""
    return empty()


@routes.post("/session")
async def session(request: Request) -> HTTPResponse:
    """A new conversation: its token. In a flood of them, or of one network, a puzzle comes first."""
    web, asker = services(request), network(request)
    free = web.limits.has(f"session {asker}", *OF_NETWORK) and web.limits.has("sessions", *FLOOD)
    if not free:
        if not web.puzzles.solved(request.body.decode("ascii", "replace")):
            web.attacks.count("puzzle")
            return json_response(web.puzzles.ask(), 428)
        web.limits.take(f"solved {asker}", *SOLVED_OF_NETWORK)
    _, token = services(request).sessions.new(origin=origin_of(request))
    return json_response({"token": token}, 201)


@routes.post("/messages")
async def messages(request: Request) -> HTTPResponse:
    """A message, or the choice of a quick reply; answered when it is written down."""
    web = services(request)
    conversation = _conversation(request, writing=True)
    body = read_json(request.body)
    message_id = body.get("id")
    if not isinstance(message_id, str) or not re.fullmatch(r"[A-Za-z0-9-]{8,64}", message_id):
        raise InvalidUsage("'id' must be 8 to 64 letters, digits or hyphens: a UUID will do.")
    words = words_of(request)
    pictures = _pictures(web.pictures, conversation, body, words)
    alone = bool(pictures) and not str(body.get("text") or "").strip()
    text, payload = (PICTURE, "") if alone else _said(web.inbox, conversation, body, words)
    call_back = read_call_back(body.get("call_back"), web.settings.shop)
    answer = _card_answer(web.inbox, conversation, body)
    page = read_page(body.get("page"))
    web.limits.take(f"message {conversation}", burst=20, rate=1)
    if web.delivery.backlog >= BACKLOG:
        raise Busy.named("busy", 5)
    try:
        seq, is_new = web.desk.accept(
            conversation, message_id, text, CALL_PAYLOAD if call_back else payload, answer,
            _network_mark(request), page,
            pictures, alone, call_back,
        )  # fmt: skip
    except TooManyWaiting as error:
        raise TooMany.named("slow_down") from error
    if is_new:
        web.pictures.came_with(conversation, message_id, pictures)
        web.customer_events.came_from(conversation, request.headers.get("user-agent", ""))
        web.hub.tell(conversation)
    web.delivery.wake(conversation)  # also when it comes again: the first time may have failed here
    return json_response({"seq": seq}, 202)


@routes.get("/messages")
async def history(request: Request) -> HTTPResponse:
    """The messages after a number, at most so many as `events_after` gives, the state, and the time."""
    web = services(request)
    conversation = _conversation(request, writing=False)
    web.limits.take(f"history {conversation}", burst=60, rate=2)
    found = web.inbox.events_after(conversation, _number(request.args.get("after") or "0"))
    further = bool(found and web.inbox.events_after(conversation, found[-1]["seq"], limit=1))
    return json_response(
        {
            "messages": [_public(event, web.picture_links) for event in found],
            "more": further,
            "state": web.hub.state(conversation)._asdict(),
            "now": time.time(),
        }
    )


@routes.get("/stream")
async def stream(request: Request) -> None:
    """Events of the conversation as Server-Sent Events, from `after` or Last-Event-ID on."""
    web = services(request)
    conversation = _conversation(request, writing=False)
    last = _number(request.headers.get("last-event-id") or request.args.get("after") or "0")
    headers = {
        **cors(request, web.settings.shop.widget.origins),
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
    }
    with web.streams.one(network(request)), web.hub.listening(conversation) as listener:
        response = await begin_stream(request, "text/event-stream", headers)
        await response.send("retry: 2000\n\n")
        while not listener.closed:
            while found := web.inbox.events_after(conversation, last):
                last = found[-1]["seq"]
                for event in found:
                    message = json.dumps(_public(event, web.picture_links))
                    await response.send(f"id: {event['seq']}\nevent: message\ndata: {message}\n\n")
            state = await listener.wait(HEARTBEAT_SECONDS)
            if state:
                await response.send(f"event: state\ndata: {json.dumps(state._asdict())}\n\n")
            else:
                await response.send(": still here\n\n")
        await response.eof()


@routes.post("/events")
async def events(request: Request) -> HTTPResponse:
    """What the customer did apart from messages; answered when it is written down."""
    web = services(request)
    conversation = _conversation(request, writing=True)
    try:
        event = read_event(read_json(request.body))
    except BadEvent as error:
        raise InvalidUsage(str(error)) from error
    web.limits.take(f"event {conversation}", burst=60, rate=2)
    if web.customer_events.accept(conversation, event):
        web.hub.report(conversation, "event")
        if event["kind"] in ("click", "like"):
            request.app.add_task(_tell_rasa(web.engine, conversation, event))
    return empty()


@routes.post("/identify")
async def identify(request: Request) -> HTTPResponse:
    """The shop's server says who the customer is; staff and the assistant get to know."""
    web = services(request)
    conversation = _conversation(request, writing=True)
    web.limits.take(f"identify {conversation}", burst=10, rate=0.2)
    try:
        keys = [identity_key(key) for key in web.settings.secrets().session_keys]
        web.inbox.identify(conversation, read_identity(read_json(request.body).get("token"), keys))
    except BadIdentity as error:
        web.attacks.count("token_refused")
        raise InvalidUsage(str(error)) from error
    return empty()


@routes.post("/typing")
async def typing(request: Request) -> HTTPResponse:
    """The customer is typing: staff may see it, and nothing is kept."""
    web = services(request)
    conversation = _conversation(request, writing=True)
    web.limits.take(f"typing {conversation}", burst=5, rate=0.5)
    web.hub.report(conversation, "typing")
    return empty()


@routes.post("/pictures", stream=True)
async def picture(request: Request) -> HTTPResponse:
    """A picture for a message that will name it: its id, when it is on disk."""
    web = services(request)
    conversation = _conversation(request, writing=True)
    web.limits.take(f"picture {conversation}", burst=10, rate=0.05)
    web.limits.take(f"picture {network(request)}", burst=40, rate=0.5)
    costly = {"key": f"costly {network(request)}", "burst": 3, "rate": 1 / 120}
    web.limits.look(**costly)
    assert request.stream  # it is one by the route's definition
    request.stream.request_max_size = LARGEST
    await request.receive_body()
    words = words_of(request)
    try:
        content = await redrawn(request.body, words, network(request))
    except Costly:
        web.limits.has(**costly)
        raise
    try:
        picture = web.pictures.add(conversation, content)
    except TooManyPictures as error:
        raise InvalidUsage(words("pictures_full")) from error
    return json_response({"picture": picture}, 201)


@routes.get("/pictures/<token>")
async def show_picture(request: Request, token: str) -> HTTPResponse:
    """A picture by its signed link, for who has the conversation."""
    web = services(request)
    link = web.picture_links.read(token)
    content = web.pictures.content(*link) if link else None
    if content is None:
        raise NotFound("There is no such picture.")
    headers = {
        "Cache-Control": "private, max-age=3600",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return raw(content, headers=headers, content_type=TYPE)


@routes.get("/products")
async def product(request: Request) -> HTTPResponse:
    """A product as it can be bought now, by `sku`; prices as in `language`."""
    web = services(request)
    web.limits.take(f"product {_conversation(request, writing=False)}", burst=60, rate=2)
    shop = web.settings.shop
    language = choose_language(request.args.get("language") or shop.languages[0])
    try:
        found = current(web.settings.catalogue_dir).get(request.args.get("sku") or "")
    except NoCatalogue:
        found = None
    if found is None:
        raise NotFound("There is no such product (any more).")
    return json_response(offer(found, shop.currency, language))


@routes.get("/copy")
async def copy(request: Request) -> HTTPResponse:
    """A customer's own copy of their data, from a link that the assistant gave them."""
    services(request).limits.take(f"copy {network(request)}", burst=5, rate=0.02)
    data = await services(request).my_data.copy(request.args.get("token", ""))
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return text_response(data, headers=headers, content_type="application/json")


def _conversation(request: Request, writing: bool) -> str:
    """The conversation of a request. Raises Unauthorized, or Erased when it is gone."""
    conversation = services(request).sessions.conversation(request)
    services(request).my_data.check(conversation, writing)
    return conversation


def _network_mark(request: Request) -> str:
    """What stands for the customer's network where guesses are counted: never the address."""
    return network_mark(vault_in(services(request).settings.var), network(request))


async def _tell_rasa(engine: Any, conversation: str, event: dict[str, Any]) -> None:
    """Clicks and likes steer what is shown next; lost when Rasa is away, the event itself isn't."""
    try:
        if event["kind"] == "click":
            await engine.click(conversation, event["sku"], time.time())
        else:
            await engine.like(conversation, event["sku"], event["value"])
    except (EngineUnavailable, EngineFailed) as error:
        logger.warning("Rasa wasn't told of a %s: %s", event["kind"], error)


def _said(inbox: Any, conversation: str, body: dict[str, Any], words: Words) -> tuple[str, str]:
    """The text, and the payload of a quick reply that was really offered in this conversation."""
    choice = body.get("quick_reply")
    if choice is not None:
        offered = None
        if isinstance(choice, str) and "/" in choice:
            offered_by, _, index = choice.rpartition("/")
            offered = inbox.quick_reply(conversation, offered_by, _number(index))
        if offered is None:
            raise InvalidUsage(words("choice_gone"))
        return offered["title"], offered["payload"]
    text = body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise InvalidUsage("'text' is empty.")
    payload = STAFF_PAYLOAD if body.get("to") == "staff" else ""
    text = without_controls(text)
    if not text:
        raise InvalidUsage("'text' is empty.")
    if len(text) > MAX_TEXT:
        raise InvalidUsage(words("too_long", most=MAX_TEXT))
    return text, payload


def _card_answer(inbox: Any, conversation: str, body: dict[str, Any]) -> dict[str, Any] | None:
    """The answer to a card that was really shown in this conversation: its message and value."""
    answer = body.get("card_answer")
    if answer is None:
        return None
    if not isinstance(answer, dict) or "value" not in answer:
        raise InvalidUsage("'card_answer' needs a 'message_id' and a 'value'.")
    if len(json.dumps(answer["value"])) > MAX_ANSWER:
        raise InvalidUsage("The answer to the card is too long.")
    message_id = answer.get("message_id")
    if not isinstance(message_id, str) or not inbox.has_card(conversation, message_id):
        raise InvalidUsage("There is no such card in this conversation.")
    return {"message_id": message_id, "value": answer["value"]}


def _pictures(pictures: Any, conversation: str, body: dict[str, Any], words: Words) -> list[str]:
    """The pictures that a message names, which were sent in this conversation before it."""
    named = body.get("pictures")
    if named is None:
        return []
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise InvalidUsage("'pictures' must be a list of the ids that POST /chat/pictures gave.")
    if len(named) > MOST_PICTURES:
        raise InvalidUsage(words("pictures_most", most=MOST_PICTURES))
    if not pictures.has_all(conversation, named):
        raise InvalidUsage("There is no such picture in this conversation.")
    return named


def _number(text: str) -> int:
    if not re.fullmatch(r"\d{1,15}", text):
        raise InvalidUsage(f"{text[:20]!r} is not a number.")
    return int(text)


def _public(event: dict[str, Any], links: PictureLinks) -> dict[str, Any]:
    """An event as the widget sees it: quick replies by name, never with their payloads."""
    body = event["body"]
    message = {
        "seq": event["seq"],
        "id": event["message_id"],
        "from": event["sender"],
        "at": event["at"],
        "text": body["text"],
        "quick_replies": [
            {"id": f"{event['message_id']}/{index}", "title": button["title"]}
            for index, button in enumerate(body.get("buttons") or [])
        ],
        "products": [with_links(product) for product in body.get("products") or []],
    }
    if body.get("pictures"):
        message["pictures"] = [links.path(event["conversation"], one) for one in body["pictures"]]
    for name in ("card", "card_answer", "name", "language"):
        if body.get(name):
            message[name] = body[name]
    return message
