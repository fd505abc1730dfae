"""All products of the platform into a file of the shop's own, which is ingested like any other."""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bot.platforms import own, shopify, woocommerce
from bot.platforms.api import Api, PlatformUnavailable, secret
from bot.settings import Settings
from bot.settings.shop import Platform


def catalogue_file(settings: Settings) -> Path:
    """Where the platform's products are kept as they were last read."""
    return settings.var / "platform" / "products.json"


def opened(platform: Platform, sleep: Callable[[float], None] = time.sleep) -> Api:
    """The platform's interface with its keys. Raises ConfigError when one isn't set."""
    if platform.kind == "woocommerce":
        keys = secret(platform.key_env, "key_env"), secret(platform.secret_env, "secret_env")
        return Api(platform, sleep, auth=keys)
    token = secret(platform.token_env, "token_env")
    name = "X-Shopify-Access-Token" if platform.kind == "shopify" else "Authorization"
    value = token if platform.kind == "shopify" else f"Bearer {token}"
    return Api(platform, sleep, headers={name: value})


def read_catalogue(settings: Settings, sleep: Callable[[float], None] = time.sleep) -> Path:
    """Read all products and put them in the place of those read before, whole or not at all.

    Raises PlatformUnavailable, ConfigError.
    """
    platform = settings.shop.platform
    assert platform is not None
    path = catalogue_file(settings)
    with opened(platform, sleep) as api:
        found = list(_products(api, platform))
    if not found:
        raise PlatformUnavailable(f"{api.address.host} has no published products.")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    os.replace(fresh, path)
    return path


def _products(api: Api, platform: Platform) -> Iterator[dict[str, Any]]:
    try:
        if platform.kind == "woocommerce":
            yield from woocommerce.products(api)
        elif platform.kind == "shopify":
            yield from shopify.products(api, platform.version)
        else:
            yield from own.products(api)
    except (KeyError, TypeError, AttributeError) as error:
        raise PlatformUnavailable(
            f"{api.address.host} answered what its documents don't say: {type(error).__name__} {error}."
        ) from error
