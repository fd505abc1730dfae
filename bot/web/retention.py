"""Erases what is older than shop.yml allows, while the service runs."""

import asyncio
import logging

from bot.custody.retention import purge
from bot.errors import StoreError
from bot.settings import Settings

logger = logging.getLogger(__name__)

FIRST_SECONDS, EVERY_SECONDS = 60.0, 6 * 3600.0


async def keep_to_retention(settings: Settings) -> None:
    """Purge a minute after the start and four times a day, in a thread; until it is cancelled."""
    pause = FIRST_SECONDS
    while True:
        await asyncio.sleep(pause)
        pause = EVERY_SECONDS
        try:
            loop = asyncio.get_running_loop()
            done = await loop.run_in_executor(None, purge, settings)
        except StoreError as error:
            logger.error("What is too old couldn't be erased, trying again later: %s", error)
            continue
        if any(done.values()):
            said = ", ".join(f"{count} {kind}" for kind, count in done.items() if count)
            logger.warning("Erased, since shop.yml keeps them no longer: %s.", said)
