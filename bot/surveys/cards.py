"""A question as the widget draws it; docs/surveys.md has the fields."""

from typing import Any

from bot.surveys.campaign import Question

KINDS = {
    "nps": "nps", "csat": "stars", "ces": "scale", "scale": "scale", "number": "number",
    "single": "choices", "multiple": "choices", "consent": "choices", "text": "text",
}  # fmt: skip


def card_of(question: Question, done: int, total: int) -> dict[str, Any]:
    """The card of a question, `done` of `total` being answered."""
    card: dict[str, Any] = {
        "kind": KINDS[question.kind],
        "done": done,
        "total": total,
        "optional": not question.required and question.kind != "consent",
    }
    if question.scale:
        card.update(min=question.scale[0], max=question.scale[1], labels=list(question.ends))
    elif question.kind == "number":
        card.update(min=question.min, max=question.max)
    elif question.kind == "consent":
        card.update(
            options=[
                {"value": value, "title": title}
                for value, title in zip(("yes", "no"), question.yes_no, strict=True)
            ]
        )
    elif question.options:
        options = [{"value": value, "title": title} for value, title in question.choices]
        card.update(options=options, multiple=question.kind == "multiple", other=question.other)
    return card
