"""A campaign in another language than the one that it was written in.

Only what people read is another: ids, branches and the values of answers stay, so that results add up.
"""

from bot.surveys.campaign import Campaign, Question, Translated, Translation
from bot.texts import ENGLISH, said


def in_language(campaign: Campaign, language: str, own: str = ENGLISH) -> Campaign:
    """The campaign as it is asked in a language; what isn't translated stays as it was written, in the
    shop's `own` language, and so do the words beside it that no file names."""
    translation = campaign.translations.get(language) or Translation.parse_obj({})
    questions = [
        _asked(one, translation.questions.get(one.id), language, own) for one in campaign.questions
    ]
    return campaign.copy(
        update={
            "title": translation.title or campaign.title,
            "intro": translation.intro or campaign.intro,
            "questions": questions,
        }
    )


def _asked(question: Question, other: Translated | None, language: str, own: str) -> Question:
    if other is None:
        other, language = Translated(ask=question.ask), own
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
