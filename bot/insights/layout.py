"""The pages that count: overview, products, sentiment, funnel and ledger."""

from bot.insights import charts
from bot.insights.calibration import ENOUGH, calibration
from bot.insights.funnel import WINDOW_DAYS, funnel, ledger
from bot.insights.overview import MEDIAN_OF, OUTCOMES, Overview, overview
from bot.insights.pages import (
    Chart,
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

FEELINGS = (("positive", "happy"), ("neutral", "neutral"), ("negative", "unhappy"))
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def overview_page(source: Source, scope: Scope, currency: str) -> Page:
    """How much was said, and how it ended."""
    found = overview(source, scope)
    contained = found.outcomes["contained"]
    lead = "Nobody has written in this time."
    if contained.value is not None:
        lead = (
            f"{number_of(found.conversations, 'conversation')} with "
            f"{number_of(found.messages, 'message')}; "
            f"{percent(found.without_person.value or 0)} went without a person, "
            f"{percent(contained.value)} were answered, as far as can be seen."
        )
    days = [day.day for day in found.days]
    chart = charts.columns(
        "Conversations a day", days, [("conversations", [day.conversations for day in found.days])]
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
        "A conversation counts where it began, when its customer wrote at least once; a message "
        "when it was written. How it ended is the first of these that holds: a person was asked "
        "for, or wrote; its last step shows that the assistant hadn't understood, or that a form "
        "still waited for an answer; its last word, rating or thumb was a bad one; or none of "
        "these. That a customer went away content can't be seen in that. Intervals of shares are Wilson's at 95 %.",
        _figures_of(found), [Chart(chart)],
        [
            Table("outcomes", "How conversations ended", ("Outcome", "Share"), outcomes),
            Table("break_offs", "Where they broke off", ("Last step", "Of those who reached it"),
                  steps),
            Table("hours", "When they begin", ("From", *WEEKDAYS),
                  [Row((f"{hour:02}:00", *counts)) for hour, counts in enumerate(found.hours)],
                  "By the shop's clock.", heat=True),
        ],
    )  # fmt: skip


def _figures_of(found: Overview) -> list[Figure]:
    changes = [
        f"{found.conversations - earlier:+,} against {when}"
        for earlier, when in (
            (found.conversations_before, "the time before"),
            (found.conversations_year_before, "a year before"),
        )
        if earlier
    ]
    contained = found.outcomes["contained"]
    figures = [
        Figure("Conversations", found.conversations, ", ".join(changes), Evidence("all")),
        Figure("Without a person", found.without_person),
        Figure("Answered by the assistant", contained, evidence=Evidence("outcome", "contained")),
        Figure("Satisfied (4–5 of 5)", found.csat, evidence=Evidence("rating", "good")),
        Figure("Answers with a thumb up", found.thumbs_up, evidence=Evidence("thumb", "up")),
    ]
    if found.answer_ms is not None:
        figures.append(
            Figure(
                "Time to answer",
                f"{found.answer_ms:,.0f} ms",
                f"half are faster; of the latest {MEDIAN_OF:,} messages at most",
            )
        )
    return figures


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
    worst = next(iter(products(source, scope, 1, "complained")), None)
    lead = "No product was talked about in this time."
    if found:
        lead = f"{found[0].title} was dealt with most."
        if worst and worst.complained:
            lead += f" Most complaints: {worst.title} ({worst.complained})."
    columns = ("Product", "Asked about", "Shown", "Opened", "Into a cart", "Bought", "Praised",
               "Complaints", "In their words")  # fmt: skip
    return Page(
        "products", "Products", lead,
        "Asked about: messages that name it, or in whose turn it was the product meant. Praise and "
        "complaints: those of positive or negative sentiment, unless they only ask for products, and likes and dislikes on its card. Quotes "
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
        "Messages that only look for products or ask about them aren't counted here "
        f"({found.left_out:,} in this time): hard and fine words in them are about what is wanted. "
        "A category feels as the conversations do that looked for it. "
        "Each other message has a score from -1 to 1; below -0.25 it counts as unhappy, above 0.25 as "
        "happy. What moved it splits the change of the average over intents (Kitagawa 1955): "
        "“asked more” is the part due to how often an intent was met, “felt different” due to how "
        "it felt; all parts add up to the change. p is Welch's test that an intent feels as "
        "before, corrected for the number of intents (Benjamini and Hochberg 1995). Groups under "
        f"{AT_LEAST} messages are left out.",
        [
            Figure("Average (-1 to 1)", found.overall.mean, evidence=Evidence("felt")),
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
        return "Nobody has said how they feel in this time."
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
