"""The console's navigation: one entry a page, with the role that it needs."""

from typing import NamedTuple

from bot.staff.accounts import Staff


class Entry(NamedTuple):
    """A link of the navigation, and the least role that sees it."""

    title: str
    path: str
    role: str


NAVIGATION = (
    Entry("Today", "/console", "agent"),
    Entry("Conversations", "/console/conversations", "agent"),
    Entry("Requests", "/console/requests", "agent"),
    Entry("Review", "/console/review", "analyst"),
    Entry("Replies", "/console/replies", "agent"),
    Entry("Insights", "/console/insights", "analyst"),
    Entry("Low scores", "/console/surveys/low-scores", "agent"),
    Entry("Surveys", "/console/surveys", "analyst"),
    Entry("Campaigns", "/console/campaigns", "analyst"),
    Entry("Attacks", "/console/attacks", "agent"),
    Entry("People", "/console/people", "admin"),
    Entry("Audit log", "/console/audit", "admin"),
)


def entries_for(person: Staff) -> list[Entry]:
    """What a person finds in the navigation."""
    return [entry for entry in NAVIGATION if person.may(entry.role)]
