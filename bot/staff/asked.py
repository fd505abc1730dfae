"""What a turn of the assistant's asks of staff, on its way from the dialogue to staff.db."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from bot.privacy.vault import Vault

LONGEST_DETAIL = 1000
TICKETS = ("ticket", "export_data", "delete_data")  # kinds that staff answer in the chat
# No vowels, so no words; none of 0 O 1 I L, so that a reference is read out and typed without errors.
SIGNS = "23456789BCDFGHJKMNPQRSTVWXYZ"
HALF = 4  # signs; 28 to the 8th are too many to guess
REFERENCE = re.compile(
    rf"(?<![\w-])R[-\s]?([{SIGNS}]{{{HALF}}})[-\s]?([{SIGNS}]{{{HALF}}})(?![\w-])", re.I
)

# What is written like one, whatever its signs: somebody misread or mistyped it.
LIKE_REFERENCE = re.compile(r"(?<![\w-])R-[^\W_]{3,5}-[^\W_]{3,5}(?![\w-])", re.I)


@dataclass(frozen=True)
class Asked:
    """One thing for staff to do, or, when `withdrawn`, one that they needn't do any more.

    `reference` is what the customer knows it by, `shop_reference` what the shop's own order service
    calls it; `detail` is in the customer's words; `at` in Unix seconds.
    """

    kind: str
    reference: str
    at: float
    message_id: str = ""
    email: str = ""
    order: str = ""
    sku: str = ""
    detail: str = ""
    shop_reference: str = ""
    withdrawn: bool = False

    @classmethod
    def read(cls, value: Mapping[str, Any], **more: Any) -> "Asked":
        """From the value of a slot, or from `as_json`; what it doesn't know is left out."""
        known = {one.name for one in fields(cls)}
        texts = {name: str(one or "") for name, one in value.items() if name in known}
        texts["detail"] = texts.get("detail", "")[:LONGEST_DETAIL]
        given = {"at": float(value["at"]), "withdrawn": bool(value.get("withdrawn")), **more}
        return cls(**{"kind": "", "reference": "", **texts, **given})

    def as_json(self) -> dict[str, Any]:
        """For the turn's answer."""
        return asdict(self)


def reference_for(vault: Vault, *parts: object) -> str:
    """The reference of a request, the same for the same parts: "R-7K3M-9QXD". Nobody can guess it."""
    number, signs = int(vault.mark("\n".join(["request", *map(str, parts)])), 16), ""
    for _ in range(2 * HALF):
        number, place = divmod(number, len(SIGNS))
        signs += SIGNS[place]
    return f"R-{signs[:HALF]}-{signs[HALF:]}"


def reference_in(text: str) -> str:
    """The first reference in a text, as it is kept; "" when there is none."""
    found = REFERENCE.search(text)
    return f"R-{found[1]}-{found[2]}".upper() if found else ""
