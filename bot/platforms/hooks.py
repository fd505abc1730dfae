"""Webhooks: a platform says that a product has changed, signed with a secret that both know.

Nothing of what it says of the product is believed: which product it is is all that is taken, and the
product is then read from the platform. So an old delivery that is sent again changes nothing.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bot.errors import ShoptalkError
from bot.platforms.api import secret
from bot.settings.sources import Platform

LARGEST = 2_000_000  # bytes; a product with all its variants and texts
MOST_PRODUCTS = 1000  # that one delivery of a service of the shop's own names
SHOPIFY_TOPICS = ("products/create", "products/update", "products/delete")
STOCK_TOPICS = ("inventory_levels/update", "inventory_levels/connect")
LONGEST_ID = 200


class BadSignature(ShoptalkError):
    """It wasn't signed with the shop's secret."""


class BadDelivery(ShoptalkError):
    """It was signed, and says nothing that can be understood."""


class Delivery(NamedTuple):
    """What a webhook said: which products have changed, by ids of the platform."""

    mark: str  # the same when it is sent again
    ids: list[str]


class Hooks:
    """The webhooks of one platform. `headers` have names in lower case."""

    def __init__(self, platform: Platform) -> None:
        """Raises ConfigError when the secret's environment variable isn't set."""
        self._secret = secret(platform.webhook_secret_env, "webhook_secret_env").encode()
        self._header, self._id, self._read = _KINDS[platform.kind]
        self._pings = platform.kind == "woocommerce"

    def may_be_ping(self, headers: Mapping[str, str]) -> bool:
        """WooCommerce asks whether anybody is there, by a short form without a signature, when a webhook is saved."""
        length = headers.get("content-length", "")
        return self._pings and self._header not in headers and length.isdigit() and int(length) < 64

    def is_ping(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether it is one: nothing is done then."""
        return self.may_be_ping(headers) and body.startswith(b"webhook_id=")

    def check_header(self, headers: Mapping[str, str]) -> bytes:
        """The signature, before the body is read. Raises BadSignature for what can be none."""
        try:
            said = base64.b64decode(headers.get(self._header, ""), validate=True)
        except (binascii.Error, ValueError):
            said = b""
        if len(said) != hashlib.sha256().digest_size:
            raise BadSignature("The webhook has no signature.")
        return said

    def read(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """What a delivery says. Raises BadSignature, BadDelivery."""
        said = self.check_header(headers)
        if not hmac.compare_digest(hmac.digest(self._secret, body, "sha256"), said):
            raise BadSignature("The webhook's signature is wrong.")
        try:
            told = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadDelivery("The webhook isn't JSON.") from error
        if not isinstance(told, dict):
            raise BadDelivery("The webhook isn't a JSON object.")
        # The header isn't signed, so that it counts together with the body alone.
        name = headers.get(self._id, "") if self._id else str(told.get("id", ""))
        mark = hashlib.sha256(name.encode() + b"\0" + body).hexdigest()
        return Delivery(mark, self._read(headers, told))


def _of_woocommerce(headers: Mapping[str, str], told: dict[str, Any]) -> list[str]:
    if not headers.get("x-wc-webhook-topic", "").startswith("product."):
        return []
    return [_number(told.get("parent_id") or told.get("id"))]


def _of_shopify(headers: Mapping[str, str], told: dict[str, Any]) -> list[str]:
    topic = headers.get("x-shopify-topic", "")
    if topic in SHOPIFY_TOPICS:
        return [f"gid://shopify/Product/{_number(told.get('id'))}"]
    if topic in STOCK_TOPICS:
        return [f"gid://shopify/InventoryItem/{_number(told.get('inventory_item_id'))}"]
    return []


def _of_own_service(headers: Mapping[str, str], told: dict[str, Any]) -> list[str]:
    named = told.get("products")
    ids = [one for one in named if isinstance(one, str)] if isinstance(named, list) else []
    good = isinstance(named, list) and len(ids) == len(named) <= MOST_PRODUCTS
    if not (good and told.get("id") and all(0 < len(one) <= LONGEST_ID for one in ids)):
        raise BadDelivery(
            f'The webhook needs an "id" and "products", a list of at most {MOST_PRODUCTS} skus.'
        )
    return ids


def _number(value: Any) -> str:
    """The id of a product. Raises BadDelivery."""
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise BadDelivery("The webhook doesn't say which product it is about.")
    return text


_Reader = Callable[[Mapping[str, str], dict[str, Any]], list[str]]
# The header with the signature, the one with the delivery's id, and who reads which products are meant.
_KINDS: dict[str, tuple[str, str, _Reader]] = {
    "woocommerce": ("x-wc-webhook-signature", "x-wc-webhook-delivery-id", _of_woocommerce),
    "shopify": ("x-shopify-hmac-sha256", "x-shopify-webhook-id", _of_shopify),
    "http": ("x-shoptalk-signature", "", _of_own_service),
}
