"""The page of unmet demand: what customers looked for and didn't find."""

from bot.insights import charts
from bot.insights.demand import AT_LEAST as GROUP
from bot.insights.demand import STEPS, Demand, Need, Wish, demand
from bot.insights.pages import (
    Chart,
    Estimate,
    Evidence,
    Figure,
    Money,
    Page,
    Row,
    Table,
    number_of,
)
from bot.insights.scope import Scope, Source
from recommender.request.filters import LABELS as WISHES

NEEDS_SHOWN, KINDS_SHOWN = 40, 8


def demand_page(source: Source, scope: Scope, currency: str) -> Page:
    """What customers looked for and didn't find."""
    found = demand(source, scope)
    needs = found.needs[:NEEDS_SHOWN]
    figures = [
        Figure("Requests for products", found.searches, evidence=Evidence("searches", "all")),
        Figure("Found nothing good", found.unmet, evidence=Evidence("searches", "unmet")),
        Figure("Of these, met later", found.met_later, evidence=Evidence("searches", "met")),
        Figure(f"{STEPS[found.step].capitalize()} after a good search", found.after_good),
        Figure(f"{STEPS[found.step].capitalize()} when nothing was met", found.after_unmet),
    ]
    if found.lost and found.value is not None:
        value, low, high = (one * found.value for one in found.lost)
        words = f"an estimate over {number_of(found.after_unmet.n, 'conversation')}, see below"
        figures.insert(
            0, Figure("Worth of what was lost", Money(value, currency, low, high), words)
        )
    top = needs[:10]
    drawn = charts.bars(
        "The largest unmet needs, in conversations",
        [(need.name, need.conversations, None, f"{need.conversations}") for need in top],
    )
    relaxed = [
        Row((WISHES.get(wish, wish), count), Evidence("relaxed", wish))
        for wish, count in found.relaxed.items()
    ]
    tables = [
        Table(
            "unmet_demand", "What to buy next",
            ("Looked for", "Conversations", "The time before", "Met later", "Requests", "How",
             "Words used", "Perhaps lost" if found.value is None else "Perhaps lost, in money"),
            [_need_row(need, currency) for need in needs], _needs_note(found),
        ),
        Table(
            "failed_wishes", "Wishes that failed, whatever they were for",
            ("Wish", "What", "Conversations", "The time before", "Met later", "Kinds of products"),
            [_wish_row(wish) for wish in found.wishes[:NEEDS_SHOWN]],
            f"Those of at least {GROUP} conversations, and kinds with as many.",
        ),
        *_colours_by_kind(found),
        Table("given_up", "Wishes that had to be given up", ("Wish", "Requests"), relaxed),
    ]  # fmt: skip
    return Page(
        "demand", "Unmet demand", _demand_lead(found),
        "A request is a search for a product, another wish on one, or the question for a size or "
        "colour; “show more”, likes and dislikes aren't. It found nothing good when no product met all wishes (then the wish is named that "
        "had to be given up), when nothing close in meaning or words was there, or when a product "
        "was asked for in a size or colour that isn't made, or was sold out. Met later: the same "
        "thing, under the wishes that had failed, was found within a day in the same "
        "conversation. Requests for the same thing are put together by their meaning. What may be lost is (share that "
        f"{STEPS[found.step]} among conversations with a good search − share among those without "
        "one) × those without one, for a need: those of them with the need"
        + (" × the average order" if found.value is not None else "")
        + ", with the 95 % interval of that difference (Newcombe 1998). It takes both kinds of "
        "customers as alike in all else, which these data can't prove: read it as an order of "
        "magnitude.",
        figures, [Chart(drawn)] if top else [], tables,
    )  # fmt: skip


def _demand_lead(found: Demand) -> str:
    if not found.searches:
        return "Nobody has looked for a product in this time."
    if not found.unmet.k:
        return f"All of {number_of(found.searches, 'request')} found something good."
    words = f"{found.unmet.k:,} of {number_of(found.searches, 'request')} found nothing good."
    if not found.needs:
        return f"{words} No need was had in {GROUP} conversations."
    first = found.needs[0]
    return (
        f"{words} Most often: “{first.name}”, in {number_of(first.conversations, 'conversation')}."
    )


def _needs_note(found: Demand) -> str:
    note = f"Those of at least {GROUP} conversations"
    if found.smaller:
        note += f"; {number_of(found.smaller, 'smaller group')} aren't shown"
    if len(found.needs) > NEEDS_SHOWN:
        note += f". The first {NEEDS_SHOWN} of {len(found.needs):,}"
    return f"{note}."


def _wish_row(wish: Wish) -> Row:
    kinds = ", ".join(f"{kind} ({count:,})" for kind, count in wish.kinds.items())
    return Row(
        (WISHES.get(wish.wish, wish.wish), wish.value, wish.conversations,
         wish.conversations_before, wish.met_later, kinds),
        Evidence("wish", f"{wish.wish}:{wish.value}"),
    )  # fmt: skip


def _colours_by_kind(found: Demand) -> list[Table]:
    """The colours that failed by the kinds that they were wanted for, when there are such."""
    colours = [wish for wish in found.wishes if wish.wish == "colours" and wish.kinds]
    kinds = list(dict.fromkeys(kind for wish in colours for kind in wish.kinds))[:KINDS_SHOWN]
    if not kinds:
        return []
    return [
        Table(
            "colours_by_kind", "Colours that failed, by kind", ("Colour", *kinds),
            [
                Row((wish.value, *(wish.kinds.get(kind) for kind in kinds)),
                    Evidence("wish", f"colours:{wish.value}"))
                for wish in colours
            ],
            f"Conversations; fewer than {GROUP} aren't shown.", heat=True,
        )
    ]  # fmt: skip


def _need_row(need: Need, currency: str) -> Row:
    how = []
    given_up = need.searches - need.nothing_found - need.not_made
    for count, words in (
        (need.nothing_found, "nothing like it"),
        (given_up, "not with that wish"),
        (need.not_made, "not made or sold out"),
    ):
        if count:
            how.append(f"{words} ({count:,})")
    lost: Money | Estimate | None = None
    if need.lost_value:
        lost = Money(need.lost_value[0], currency, need.lost_value[1], need.lost_value[2])
    elif need.lost:
        lost = Estimate(*need.lost)
    return Row(
        (
            need.name, need.conversations, need.conversations_before, need.met_later, need.searches,
            ", ".join(how), ", ".join(need.wordings), lost,
        ),
        Evidence("need", need.name),
    )  # fmt: skip
