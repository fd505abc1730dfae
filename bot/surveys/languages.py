"""A campaign in another language than the one that it was written in.

Only what people read is another: ids, branches and the values of answers stay, so that results add up.
"""

from bot.surveys.campaign import Campaign, Question, Translated
from bot.texts import said


def in_language(campaign: Campaign, language: str) -> Campaign:
    """The campaign as it is asked in a language; what isn't translated stays as it was written."""
    translation = campaign.translations.get(language)
    if translation is None:
        return campaign
    questions = [
        _translated(one, translation.questions.get(one.id), language) for one in campaign.questions
    ]
    return campaign.copy(
        update={
            "title": translation.title or campaign.title,
            "intro": translation.intro or campaign.intro,
            "questions": questions,
        }
    )


def _translated(question: Question, other: Translated | None, language: str) -> Question:
    if other is None:
        return question
    labels = other.labels
    if question.kind in ("nps", "csat", "ces") and not question.labels:
        labels = labels or tuple(
            said(f"{question.kind}_{end}", language) for end in ("low", "high")
        )
    changed = {
        "ask": other.ask,
        "shown": other.options or question.options,
        "labels": labels or question.labels,
        "yes_no": (said("yes", language), said("no", language)),
    }
    return question.copy(update=changed)
