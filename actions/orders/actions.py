"""Orders: doing what was asked once the form has found one, and listing others.

Every intent about an order leads through the same form (`actions.orders.form`): which order, whose
email, then what the task still needs (`actions.orders.tasks`), and a yes when something is changed.
"""

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.asked import ask_staff
from actions.backends import get_orders
from actions.base import Events, ShopAction
from actions.dates.days import named_moment
from actions.forms import said_as_entity
from actions.order_backends.interface import (
    LATE_KINDS,
    ON_THE_WAY,
    STATUS_AFTER,
    NotPossible,
    Order,
    OrdersUnavailable,
)
from actions.orders.dates import parcel_is_late, refund_is_late
from actions.orders.questions import answers_of
from actions.orders.tasks import (
    order_of,
    own_orders,
    refusal,
    said_in_words,
    say_orders_down,
    task_of,
)
from actions.orders.undo import undo_button
from actions.orders.wording import buttons_of, order_card, parcel_state, refund_state, summary
from actions.proof import is_of_order, may_look_up, proven_email, why_no_code
from actions.shop.page_answers import answers, from_pages
from actions.texts import choice, person, phrase
from actions.wording import button
from bot.answers.details import asks_something
from bot.intents import group
from bot.settings import get_settings

# The statuses for which "too late" is why, and what is then advised can be done; of others only the state is told.
TOO_LATE = {
    "change_address": ON_THE_WAY,
    "cancel": (*ON_THE_WAY, "delivered"),
    "change_items": ("packed", *ON_THE_WAY, "delivered"),
}


class ActionDoOrderTask(ShopAction):
    """Does what was asked with the order that the form found."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_do_order_task"

    async def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Look the order up once more, then do the task or say why it can't be done."""
        done: Events = [SlotSet("confirmed", None), SlotSet("detail", None)]
        try:
            order = await order_of(tracker)
            if order is None:
                return [*done, *_not_found(dispatcher, tracker)]
            done.append(SlotSet("order_number", order.number))
            done += await self._do(dispatcher, tracker, order)
            # The next number that comes by itself is to be looked at, and isn't for this task.
            return [*done, SlotSet("order_task", None), *_offer_later(dispatcher, tracker)]
        except OrdersUnavailable:
            say_orders_down(dispatcher, tracker)
            return done

    async def _do(self, dispatcher: CollectingDispatcher, tracker: Tracker, order: Order) -> Events:
        task = task_of(tracker)
        if not task.kind:
            await _tell(dispatcher, tracker, order)
            return []
        reason = refusal(order, task.kind)
        if reason and not _was_cut_off(tracker, order, task.kind):
            _refuse(dispatcher, tracker, order, task.kind, reason)
            return []
        if task.confirm and not tracker.get_slot("confirmed"):
            text = phrase("left_as_it_is", tracker, number=order.number)
            dispatcher.utter_message(text=text)
            return []
        detail = tracker.get_slot("detail") or ""
        try:
            shop_reference = await get_orders().request(order, task.kind, detail)
        except NotPossible:
            _refuse(dispatcher, tracker, order, task.kind, reason or "too_late")
            return []
        reference, asked = ask_staff(
            tracker, task.kind, order.email, order.number,
            detail=detail, shop_reference=shop_reference,
        )  # fmt: skip
        shop = get_settings().shop
        unpaid = task.kind == "cancel" and (order.status == "pending" or order.unpaid)
        passed_on = task.kind in STATUS_AFTER and not get_orders().carries_out(task.kind)
        name = f"done_{task.kind}{'_unpaid' * unpaid}"
        text = phrase(
            f"passed_on_{task.kind}" if passed_on else name, tracker,
            number=order.number, reference=reference, days=shop.returns.refund_days,
        )  # fmt: skip
        if shop.orders.confirms_by_email and order.email:
            text = f"{text} {phrase('confirmed_by_email', tracker, email=order.email)}"
        made = {"reference": reference}
        can_undo = task.confirm and get_orders().takes_back(task.kind)
        undo = [undo_button(made, phrase("undo_button", tracker))] if can_undo else []
        dispatcher.utter_message(text=text, buttons=undo)
        return asked


def _was_cut_off(tracker: Tracker, order: Order, kind: str) -> bool:
    """Whether this yes may have changed the order already, in a turn that nobody wrote down.

    The order service knows: the same request again has the reference that it had.
    """
    last = tracker.get_slot("last_request") or {}
    known = (last.get("order"), last.get("kind")) == (order.number, kind)
    changed = order.status == STATUS_AFTER.get(kind)
    return bool(tracker.get_slot("confirmed")) and changed and not known


class ActionListOrders(ShopAction):
    """Lists the customer's orders, once they have shown who they are."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_list_orders"

    async def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """As buttons, newest first; without proof of the address, each order needs its own."""
        try:
            order = await order_of(tracker)
            if order and proven_email(tracker) != tracker.get_slot("email"):
                look_up = choice("look_up_order", "/order_status")
                text = phrase("orders_one_by_one", tracker)
                dispatcher.utter_message(text=text, buttons=[look_up, person()])
                return [SlotSet("order_number", None), SlotSet("email", None)]
            orders = await own_orders(tracker, order)
        except OrdersUnavailable:
            say_orders_down(dispatcher, tracker)
            return []
        if not orders:
            text = phrase("one_order_first", tracker)
            dispatcher.utter_message(text=text, buttons=[choice("look_up_order", "/order_status")])
            return []
        dispatcher.utter_message(
            text=phrase("your_orders" if orders[1:] else "only_order", tracker, count=len(orders)),
            buttons=buttons_of(orders, "order_status"),
        )
        return []


def _offer_later(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """What else the customer's message asked for: another task, or the same with the next of several orders."""
    later, *numbers = (tracker.get_slot("later_task") or "").split() or [""]
    if not later:
        return []
    if later in group("comes_after"):
        what = phrase(f"request_kind_{later}", tracker)
        yes = button(phrase("yes_go_on", tracker), f"/{later}")
        dispatcher.utter_message(
            text=phrase("and_the_rest", tracker, what=what),
            buttons=[yes, button(phrase("no_leave_it", tracker), "/deny")],
        )
        return [SlotSet("later_task", None)]
    if not numbers:
        buttons = [choice(f"offer_{later}", f"/{later}")]
        if proven_email(tracker):
            buttons.append(choice("list_orders"))
        dispatcher.utter_message(text=phrase("and_the_other", tracker), buttons=buttons)
        return [SlotSet("later_task", None)]
    number, *others = numbers
    payload = f'/{later}{{"order_number": "{number}"}}'
    buttons = [choice(f"offer_{later}", payload), button(phrase("no_leave_it", tracker), "/deny")]
    dispatcher.utter_message(
        text=phrase("and_the_next_order", tracker, number=number), buttons=buttons
    )
    return [SlotSet("later_task", " ".join([later, *others]) if others else None)]


async def _tell(dispatcher: CollectingDispatcher, tracker: Tracker, order: Order) -> None:
    """What was asked of an order; else where it or its refund is, and what can be done next.

    Of an order that was told before, a question that it doesn't answer is answered from the pages: "how long do you
    wait for the money?".
    """
    text = said_in_words(tracker)
    told = _was_told(order, tracker) and not said_as_entity(tracker, "order_number")
    about_refund = tracker.get_slot("order_task") == "refund_status"
    asked = [] if about_refund else answers_of(order, text, tracker, told)
    buttons = _next_steps(order)
    if proven_email(tracker) == tracker.get_slot("email") and await _has_others(order):
        buttons.append(choice("list_orders"))
    if told and asked:
        dispatcher.utter_message(text="\n".join(asked), buttons=buttons)
        return
    if told and asks_something(text) and not about_refund:
        step = phrase(f"step_{order.status}", tracker)
        if found := answers(text, before=step)[:1]:
            dispatcher.utter_message(text=from_pages(found, tracker), buttons=buttons)
            return
    state = refund_state(order, tracker) if about_refund else parcel_state(order, tracker)
    lines = [*asked, summary(order, tracker), state]
    dispatcher.utter_message(
        text="\n".join(dict.fromkeys(lines)),
        buttons=buttons,
        json_message={"card": order_card(order, tracker)},
    )


def _was_told(order: Order, tracker: Tracker) -> bool:
    """Whether the assistant has spoken of the order before."""
    spoken = (event.get("text") or "" for event in tracker.events if event.get("event") == "bot")
    return any(order.number in text for text in spoken)


def _next_steps(order: Order) -> list[dict[str, str]]:
    """What can be done with an order as it is; for what is late, all that can be done about it."""
    if parcel_is_late(order) and order.allows("cancel"):
        return [choice("cancel_order"), person()]
    if parcel_is_late(order):
        return [choice(task) for task in ("trace_parcel", "resend_order", "claim_refund")] + [
            person()
        ]
    if refund_is_late(order):
        return [choice("claim_refund"), person()]
    if order.allows("cancel"):
        return [choice("cancel_order")]
    # "It says delivered, but I don't have it" leads here, too.
    missing = [choice("trace_parcel")] * (order.status == "delivered")
    return [choice("return_item")] * (not refusal(order, "return")) + missing


async def _has_others(order: Order) -> bool:
    """Whether to offer a list; a list that can't be had takes nothing from the answer."""
    try:
        mine = await get_orders().under(order.email)
        return any(one.number != order.number for one in mine)
    except OrdersUnavailable:
        return False


def _refuse(
    dispatcher: CollectingDispatcher, tracker: Tracker, order: Order, kind: str, reason: str
) -> None:
    values = {"number": order.number, "days": get_settings().shop.returns.days}
    of_money = kind == "refund" and reason == "too_late"
    values["state"] = refund_state(order, tracker) if of_money else parcel_state(order, tracker)
    values["delivered"] = named_moment(order.delivered_at)
    if reason == "too_late":
        fits = order.status in TOO_LATE.get(kind, (order.status,)) and order.status != "cancelled"
        reason = f"too_late_{kind}" if fits else "not_as_it_is"
    buttons = [person()]
    if kind in LATE_KINDS and order.allows("cancel"):
        buttons.insert(0, choice("cancel_order"))
    if kind in ("cancel", "change_items") and order.status in (*ON_THE_WAY, "delivered"):
        buttons.insert(0, choice("how_returns_work", "/returns_policy"))
    dispatcher.utter_message(text=phrase(reason, tracker, **values), buttons=buttons)


def _not_found(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Say that number and email don't go together, and ask for the email anew; not for ever."""
    number, email = tracker.get_slot("order_number"), tracker.get_slot("email")
    forget = [SlotSet(name, None) for name in ("email", "code")]
    if number and email and not is_of_order(tracker, number, email):  # said for another order
        task = tracker.get_slot("order_task") or "order_status"
        return [*forget, SlotSet("order_task", task), FollowupAction("order_form")]
    if not (number and email):
        dispatcher.utter_message(text=phrase("gave_up_asking", tracker), buttons=[person()])
    elif why := why_no_code(tracker):
        dispatcher.utter_message(text=phrase(why, tracker), buttons=[person()])
    elif not may_look_up(tracker, number, email):
        dispatcher.utter_message(text=phrase("too_many_guesses", tracker), buttons=[person()])
    else:
        again = f"/{tracker.get_slot('order_task') or 'order_status'}"
        dispatcher.utter_message(
            text=phrase("order_not_found", tracker, number=number),
            buttons=[choice("try_again", again), person()],
        )
    return forget
