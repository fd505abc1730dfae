"""The questions of a campaign over its versions: asked the same way they are one, with all options."""

from dataclasses import dataclass

from bot.surveys.campaign import Question
from bot.surveys.campaigns import Campaigns


@dataclass(frozen=True)
class Form:
    """A question as one or more versions ask it, with every option that any of them has."""

    question: Question
    versions: frozenset[int]
    latest: bool  # whether the latest of the versions that are looked at asks it

    @property
    def key(self) -> str:
        """A name that no other form of the campaign has."""
        low, high = self.question.scale or (0, 0)
        return f"{self.question.id}-{self.question.kind}-{low}-{high}"


def forms(campaigns: Campaigns, name: str, version: int = 0) -> list[Form]:
    """Every question but the thanks, of all versions or of one: the latest's first, in its order.

    Where wordings differ, the latest's is told. A question that changed its kind or its scale is
    another one. Raises NotFound.
    """
    known = [number for number, _ in campaigns.store.texts.versions(name)]
    numbers = [version] if version else sorted(known, reverse=True)
    found: dict[tuple, tuple[Question, set[int]]] = {}
    for number in numbers:
        for question in campaigns.get(name, number).campaign.questions:
            if question.kind == "thanks":
                continue
            key = question.id, question.kind, question.scale
            if key not in found:
                found[key] = question, {number}
            else:
                asked, versions = found[key]
                options = tuple(dict.fromkeys((*asked.options, *question.options)))
                both = {"options": options, "other": asked.other or question.other}
                found[key] = asked.copy(update=both), versions | {number}
    return [
        Form(asked, frozenset(versions), max(numbers) in versions)
        for asked, versions in found.values()
    ]


def form_of(campaigns: Campaigns, name: str, question: str, version: int = 0) -> Form:
    """The form of a question as the latest version has it that asks it. Raises KeyError."""
    for form in forms(campaigns, name, version):
        if form.question.id == question:
            return form
    raise KeyError(question)
