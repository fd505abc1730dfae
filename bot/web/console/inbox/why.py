"""Why the assistant answered as it did: what it understood of a message, looked for, and did."""

import json
from typing import Any

from bot.staff.conversations import Finder
from recommender.request.filters import LABELS


def reasons(finder: Finder, conversation: str) -> dict[str, dict[str, Any]]:
    """For each message of a customer what came of it: `did` (actions with the policy that chose them),
    `looked_for` (requests for products) and `meant` (products that it was about)."""
    found: dict[str, dict[str, Any]] = {}

    def of(row: dict[str, Any]) -> dict[str, Any]:
        return found.setdefault(row["reply_to"] or "", {"did": [], "looked_for": [], "meant": []})

    for row in finder.actions(conversation):
        of(row)["did"].append(
            {"name": row["name"], "policy": row["policy"], "confidence": row["confidence"]}
        )
    for row in finder.searches(conversation):
        of(row)["looked_for"].append(
            {
                "kind": row["kind"],
                "text": row["need"] or row["text"],
                "wishes": _wishes(json.loads(row["filters"] or "{}")),
                "given_up": [LABELS.get(one, one) for one in json.loads(row["relaxed"] or "[]")],
                "good": row["good"],
                "total": row["total"],
            }
        )
    for row in finder.meant(conversation):
        of(row)["meant"].append(row["sku"])
    return found


def _wishes(filters: dict[str, Any]) -> list[str]:
    """The filters of a request that are set, in words."""
    return [
        f"{LABELS.get(name, name.replace('_', ' '))}: "
        f"{', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in filters.items()
        if value not in (None, "", [], {}, False)
    ]
