"""The pages that count: overview, unmet demand, products, sentiment, funnel and ledger."""

from bot.insights import charts
from bot.insights.calibration import ENOUGH, calibration
from bot.insights.demand import STEPS, Demand, Need, demand
from bot.insights.funnel import WINDOW_DAYS, funnel, ledger
from bot.insights.overview import OUTCOMES, overview
from bot.insights.pages import (
    Chart,
    Estimate,
    Evidence,
    Figure,
    Money,
    Page,
    Row,
    Table,
    moment,
    money,
    number_of,
    percent,
)
from bot.insights.products import products, title
from bot.insights.scope import Scope, Source
from bot.insights.sentiment import AT_LEAST, Feeling, sentiment
from recommender.request.filters import LABELS as WISHES

FEELINGS = (("positive", "happy"), ("neutral", "neutral"), ("negative", "unhappy"))
NEEDS_SHOWN = 40


def overview_page(source: Source, scope: Scope, currency: str) -> Page:
    """How much was said, and how it ended."""
    found = overview(source, scope)
    before = found.conversations_before
    change = f"{found.conversations - before:+,} against the time before" if before else ""
    contained = found.outcomes["contained"]
    lead = "Nobody has written in this time."
    if contained.value is not None:
        lead = (
            f"{number_of(found.conversations, 'conversation')} with "
            f"{number_of(found.messages, 'message')}; "
            f"{percent(contained.value)} were answered without a person."
        )
    figures = [
        Figure("Conversations", found.conversations, change, Evidence("all")),
        Figure("Answered by the assistant", contained, evidence=Evidence("outcome", "contained")),
        Figure("Satisfied (4–5 of 5)", found.csat, evidence=Evidence("rating", "good")),
        Figure("Answers with a thumb up", found.thumbs_up, evidence=Evidence("thumb", "down")),
    ]
    if found.answer_ms is not None:
        figures.append(Figure("Time to answer", f"{found.answer_ms:,.0f} ms", "half are faster"))
    days = [day.day for day in found.days]
    chart = charts.columns(
        "Conversations a day", days, [("messages", [day.conversations for day in found.days])]
    )
    outcomes = [
        Row((title_, found.outcomes[name]), Evidence("outcome", name))
        for name, title_ in OUTCOMES.items()
    ]
    steps = [
        Row((step.action.replace("action_", "").replace("_", " "), step.ended),
            Evidence("ended", step.action))
        for step in found.break_offs[:12]
    ]  # fmt: skip
    return Page(
        "overview", "Overview", lead,
        "A conversation counts where it began, a message when it was written. How it ended is read "
        "from its last step: a person was asked for; the assistant hadn't understood; a form still "
        "waited for an answer; or none of these. That a customer went away content can't be seen "
        "in that: ratings and thumbs say more. Intervals of shares are Wilson's at 95 %.",
        figures, [Chart(chart)],
        [
            Table("outcomes", "How conversations ended", ("Outcome", "Share"), outcomes),
            Table("break_offs", "Where they broke off", ("Last step", "Of those who reached it"),
                  steps),
        ],
    )  # fmt: skip


def demand_page(source: Source, scope: Scope, currency: str) -> Page:
    """What customers looked for and didn't find."""
    found = demand(source, scope)
    needs = found.needs[:NEEDS_SHOWN]
    figures = [
        Figure("Searches", found.searches, evidence=Evidence("searches", "all")),
        Figure("Found nothing good", found.unmet, evidence=Evidence("searches", "unmet")),
        Figure(f"{STEPS[found.step].capitalize()} after a good search", found.after_good),
        Figure(f"{STEPS[found.step].capitalize()} after an unmet one", found.after_unmet),
    ]
    lost = _total_lost(found, currency)
    if lost is not None:
        figures.insert(0, Figure("Worth of what was lost", lost, "an estimate, see below"))
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
            "unmet_demand", "What is missing",
            ("Looked for", "Conversations", "The time before", "Searches", "How", "Words used",
             "Perhaps lost" if found.value is None else "Perhaps lost, in money"),
            [_need_row(need, currency) for need in needs],
            "" if len(found.needs) <= NEEDS_SHOWN
            else f"The first {NEEDS_SHOWN} of {len(found.needs):,}.",
        ),
        Table("given_up", "Wishes that had to be given up", ("Wish", "Searches"), relaxed),
    ]  # fmt: skip
    return Page(
        "demand", "Unmet demand", _demand_lead(found),
        "A search found nothing good when no product met all wishes (then the wish is named that "
        "had to be given up), when nothing close in meaning or words was there, or when a product "
        "was asked for in a size or colour that isn't made, or was sold out. Searches for the same "
        "thing are put together by their meaning. What may be lost is (share that "
        f"{STEPS[found.step]} among conversations with a good search − share among those without "
        "one) × conversations with the need"
        + (" × the average order" if found.value is not None else "")
        + ", with the 95 % interval of that difference (Newcombe 1998). It takes both kinds of "
        "customers as alike in all else, which these data can't prove: read it as an order of "
        "magnitude.",
        figures, [Chart(drawn)] if top else [], tables,
    )  # fmt: skip


def _demand_lead(found: Demand) -> str:
    if not found.searches:
        return "Nobody has looked for a product in this time."
    if not found.needs:
        return f"All of {found.searches:,} searches found something good."
    first = found.needs[0]
    words = f"{found.unmet.k:,} of {found.searches:,} searches found nothing good. Most often: "
    return words + f"“{first.name}”, in {number_of(first.conversations, 'conversation')}."


def _total_lost(found: Demand, currency: str) -> Money | None:
    """What all needs together may have cost; a conversation with two needs counts for both."""
    known = [need.lost_value for need in found.needs if need.lost_value]
    if not known:
        return None
    value, low, high = (sum(one[i] for one in known) for i in range(3))
    return Money(value, currency, low, high)


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
            need.name, need.conversations, need.conversations_before, need.searches,
            ", ".join(how), ", ".join(need.wordings), lost,
        ),
        Evidence("need", need.name),
    )  # fmt: skip


def products_page(source: Source, scope: Scope, currency: str) -> Page:
    """What happened to each product."""
    found = products(source, scope)
    rows = [
        Row(
            (one.title, one.asked, one.shown, one.clicked, one.added, one.bought, one.praised,
             one.complained, tuple(one.quotes)),
            Evidence("product", one.sku),
        )
        for one in found
    ]  # fmt: skip
    worst = max(found, key=lambda one: one.complained, default=None)
    lead = "No product was talked about in this time."
    if found:
        lead = f"{found[0].title} was dealt with most."
        if worst and worst.complained:
            lead += f" Most complaints: {worst.title} ({worst.complained})."
    columns = ("Product", "Asked about", "Shown", "Opened", "Into a cart", "Bought", "Praised",
               "Complaints", "In their words")  # fmt: skip
    return Page(
        "products", "Products", lead,
        "Asked about: turns in which it was the product meant. Praise and complaints: messages of "
        "positive or negative sentiment in such turns, and likes and dislikes on its card. Quotes "
        "are cut and have email addresses, phone, order, card and account numbers, addresses and "
        "names after “my name is” taken out.",
        tables=[Table("products", "The busiest products", columns, rows)],
    )  # fmt: skip


def sentiment_page(source: Source, scope: Scope, currency: str) -> Page:
    """How customers feel, and what moved it."""
    found = sentiment(source, scope)
    days = [day.day for day in found.days]
    stacked = charts.columns(
        "Messages a day by sentiment", days,
        [(name, [getattr(day, name) for day in found.days]) for name, _ in FEELINGS],
    )  # fmt: skip
    checked = calibration(source, scope)
    movers = [
        Row(
            (one.intent or "none", one.before, one.now, f"{one.mix:+.3f}", f"{one.feeling:+.3f}",
             _p(one.p)),
            Evidence("intent", one.intent or ""),
        )
        for one in found.movers[:10]
    ]  # fmt: skip
    corrected = [
        Row((one.label, percent(one.counted), percent(one.corrected),
             f"{percent(one.low)} to {percent(one.high)}"))
        for one in checked.shares
    ]  # fmt: skip
    note = (
        f"Corrected by {checked.labelled} messages, drawn at random, that staff labelled; staff "
        f"and model agree on {percent(checked.agreement or 0)} (double sampling, Tenenbein 1970)."
        if corrected
        else f"{checked.labelled} of at least {ENOUGH} messages are labelled by staff, so the "
        "totals are the model's own, with its errors. Label some under Insights, Labels."
    )
    named = {one.name: title(source, one.name) for one in found.products}
    return Page(
        "sentiment", "Sentiment", _sentiment_lead(found.overall, found.before),
        "Each message has a score from -1 to 1; below -0.25 it counts as unhappy, above 0.25 as "
        "happy. What moved it splits the change of the average over intents (Kitagawa 1955): "
        "“asked more” is the part due to how often an intent was met, “felt different” due to how "
        "it felt; all parts add up to the change. p is Welch's test that an intent feels as "
        "before, corrected for the number of intents (Benjamini and Hochberg 1995). Groups under "
        f"{AT_LEAST} messages are left out.",
        [
            Figure("Average (-1 to 1)", found.overall.mean, evidence=Evidence("all")),
            Figure("Unhappy messages", found.overall.unhappy, evidence=Evidence("sentiment", "negative")),
            Figure("Happy messages", found.overall.happy, evidence=Evidence("sentiment", "positive")),
            Figure("Average in the time before", found.before.mean),
        ],
        [Chart(stacked, FEELINGS)],
        [
            Table("calibrated", "Corrected totals",
                  ("Label", "As the model counts", "Corrected", "95 % interval"), corrected, note),
            Table("movers", "What moved it",
                  ("Intent", "Messages before", "Now", "Asked more", "Felt different", "p"), movers),
            _feelings("by_intent", "By intent", found.intents, "intent"),
            _feelings("by_product", "By product", found.products, "product", named),
            _feelings("by_category", "By category asked for", found.categories, "category"),
            _feelings("by_version", "By model version", found.versions, "version"),
        ],
    )  # fmt: skip


def _sentiment_lead(now: Feeling, before: Feeling) -> str:
    if now.mean.value is None:
        return "Nobody has written in this time."
    lead = f"On average {now.mean.value:+.2f}; {percent(now.unhappy.value or 0)} of messages are unhappy."
    if before.mean.value is not None:
        lead += f" In the time before it was {before.mean.value:+.2f}."
    return lead


def _feelings(
    name: str, title_: str, feelings: list[Feeling], what: str, named: dict[str, str] | None = None
) -> Table:
    rows = [
        Row(((named or {}).get(one.name, one.name), one.mean, one.unhappy, one.happy),
            Evidence(what, one.name))
        for one in feelings
    ]  # fmt: skip
    return Table(name, title_, ("Group", "Average", "Unhappy", "Happy"), rows)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def funnel_page(source: Source, scope: Scope, currency: str) -> Page:
    """From a question to an order, and what recommendations earned."""
    stages, book = funnel(source, scope), ledger(source, scope)
    asked = stages[0].of_all.n
    drawn = charts.bars(
        "Conversations that reached each step",
        [(s.title, s.of_all.k, None, f"{s.of_all.k:,}") for s in stages],
    )
    rows = [
        Row((s.title, s.of_all.k, s.of_all, s.of_last), Evidence("stage", s.name)) for s in stages
    ]
    entries = [
        Row(
            (moment(e.bought_at, scope), e.title, Money(e.order_value, currency),
             moment(e.shown_at, scope), moment(e.clicked_at, scope),
             None if e.sentiment is None else f"{e.sentiment:+.2f}",
             None if e.rating is None else f"{e.rating:.0f}"),
            Evidence("conversation", e.conversation),
        )
        for e in book.entries[:50]
    ]  # fmt: skip
    lead = "Nobody has asked for a product in this time."
    if asked:
        lead = f"{number_of(asked, 'conversation')} asked for a product, {stages[-1].of_all.k:,} bought."
    if book.direct_orders:
        lead += (
            f" {number_of(book.direct_orders, 'order')} worth {money(book.direct_value, currency)} followed "
            "a recommendation that was opened."
        )
    return Page(
        "funnel", "Funnel and earnings", lead,
        "The storefront tells of opened products, carts and orders; a shop that doesn't report "
        "orders sees none here. Counted are conversations whose last search was in this time, each "
        "step within the step before. Earned "
        f"directly: orders with a product that was recommended and opened up to {WINDOW_DAYS} days "
        "before, in the same conversation. Assisted: other orders after products were shown. Both "
        "would perhaps have come without the assistant; only an experiment can tell.",
        [
            Figure("Earned directly", Money(book.direct_value, currency),
                   number_of(book.direct_orders, "order"), Evidence("ledger")),
            Figure("Assisted", Money(book.assisted_value, currency),
                   number_of(book.assisted_orders, "order")),
            Figure("All orders reported", Money(book.all_value, currency),
                   number_of(book.all_orders, "order"), Evidence("orders")),
            Figure("Sentiment of these buyers", book.buyers_sentiment),
            Figure("Of others who looked", book.others_sentiment),
        ],
        [Chart(drawn)] if asked else [],
        [
            Table("funnel", "Step by step", ("Step", "Conversations", "Of all", "Of the step before"),
                  rows),
            Table("ledger", "Ledger",
                  ("Ordered", "Product", "Order", "Shown", "Opened", "Sentiment", "Rating"), entries,
                  "" if len(book.entries) <= 50 else
                  f"The latest 50 of {len(book.entries):,}."),
        ],
    )  # fmt: skip
