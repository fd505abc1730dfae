"""The products of the platform, all or some, into files of the shop's own, which are ingested like any other."""

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bot.platforms import own, shopify, woocommerce
from bot.platforms.api import TRIES, Api, PlatformUnavailable, secret
from bot.platforms.kept import Found, Kept
from bot.settings import Settings
from bot.settings.sources import Platform

MOST_CHANGES = 300  # more are read faster with all the rest
AT_ONCE = 50  # products in a question


class Changed(NamedTuple):
    """Products that were read again: a file of those that there are, and the skus that they all had before."""

    file: Path | None
    before: list[str]


def catalogue_file(settings: Settings) -> Path:
    """Where the platform's products are kept as they were last read."""
    return settings.platform_dir / "products.json"


def opened(
    platform: Platform, sleep: Callable[[float], None] = time.sleep, tries: int = TRIES
) -> Api:
    """The platform's interface with its keys. Raises ConfigError when one isn't set."""
    if platform.kind == "woocommerce":
        keys = secret(platform.key_env, "key_env"), secret(platform.secret_env, "secret_env")
        return Api(platform, sleep, tries, auth=keys)
    token = secret(platform.token_env, "token_env")
    name = "X-Shopify-Access-Token" if platform.kind == "shopify" else "Authorization"
    value = token if platform.kind == "shopify" else f"Bearer {token}"
    return Api(platform, sleep, tries, headers={name: value})


def read_catalogue(settings: Settings, sleep: Callable[[float], None] = time.sleep) -> Path:
    """Read all products and put them in the place of those read before, whole or not at all.

    Raises PlatformUnavailable, ConfigError.
    """
    platform = settings.shop.platform
    assert platform is not None
    began = time.time()
    with opened(platform, sleep) as api:
        found = list(_understood(api, _all(api, platform)))
    if not found:
        raise PlatformUnavailable(f"{api.address.host} has no published products.")
    with closing(Kept(settings.platform_dir)) as kept:
        kept.replace(found, began)
    return _written(catalogue_file(settings), [one.product for one in found])


@contextmanager
def changes_read(
    settings: Settings, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Changed | None]:
    """The products that webhooks named, read again; None where there are so many that all should be read.

    They count as read when the block is left without an error. Raises PlatformUnavailable, ConfigError.
    """
    platform = settings.shop.platform
    assert platform is not None
    with closing(Kept(settings.platform_dir)) as kept:
        kept.bell.unlink(missing_ok=True)  # what comes from here on rings again
        changes = kept.changes()
        if len(changes) > MOST_CHANGES:
            yield None
            return
        with opened(platform, sleep) as api:
            ids = _products_of(api, platform, [one.id for one in changes])
            found = read_some(api, platform, ids)
        yield changed(settings, kept, "changed", ids, found)
        kept.update(ids, found, changes)


def changed(
    settings: Settings, kept: Kept, name: str, ids: Sequence[str], found: Sequence[Found]
) -> Changed:
    """What was `found` of the products with some ids; the file is called by its `name`."""
    products = [one.product for one in found]
    file = _written(settings.platform_dir / f"{name}.json", products) if found else None
    return Changed(file, kept.skus_of(ids))


def read_some(api: Api, platform: Platform, ids: Sequence[str]) -> list[Found]:
    """Those of some products that are still sold. Raises PlatformUnavailable."""
    found: list[Found] = []
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        if platform.kind == "woocommerce":
            found += _understood(api, woocommerce.some(api, part))
        elif platform.kind == "shopify":
            found += _understood(api, shopify.some(api, platform.version, part))
        else:
            found += _understood(api, own.some(api, part))
    return found


def _products_of(api: Api, platform: Platform, ids: Sequence[str]) -> list[str]:
    """The products that changes are about, each once."""
    items = [one for one in ids if platform.kind == "shopify" and shopify.ITEM in one]
    named = [one for one in ids if one not in items]
    if items:
        named += shopify.owners(api, platform.version, items)
    return list(dict.fromkeys(named))


def _all(api: Api, platform: Platform) -> Iterator[Found]:
    if platform.kind == "woocommerce":
        return woocommerce.products(api)
    if platform.kind == "shopify":
        return shopify.products(api, platform.version)
    return own.products(api)


def _understood(api: Api, found: Iterator[Found]) -> Iterator[Found]:
    try:
        yield from found
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise PlatformUnavailable(
            f"{api.address.host} answered what its documents don't say: {type(error).__name__} {error}."
        ) from error


def _written(path: Path, products: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(products, ensure_ascii=False), encoding="utf-8")
    os.replace(fresh, path)
    return path
