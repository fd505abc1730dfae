"""The action server: `python -m actions`, on the loopback address, warmed up before it answers.

`rasa run actions` serves the same actions.
"""

import logging
from typing import Any, Callable

from rasa_sdk.endpoint import create_app, response

from actions.backends import get_orders, get_recommender
from bot.errors import ShoptalkError
from bot.keys import Secrets
from bot.settings import get_settings
from recommender.errors import RecommenderError

logger = logging.getLogger("actions")


def warm_up() -> None:
    """Open what the first customer would otherwise wait for; what fails is said, and tried later."""
    try:
        get_recommender().warm_up()
        get_orders()
    except (RecommenderError, ShoptalkError) as error:
        logger.warning("%s", error)


def guard(app: Any, secrets: Callable[[], Secrets]) -> None:
    """Answer only those who know the shop's token: an action may read and change orders."""

    @app.middleware("request")
    async def check_token(request: Any) -> Any:
        given = request.headers.get("authorization", "")
        if request.path == "/health" or secrets().is_ours(given):
            return None
        return response.json({"error": "The token of this shop is missing or wrong."}, status=403)


def run() -> None:
    """Serve until the process is ended."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    for noisy in ("sanic.access", "sanic.root", "httpx", "faiss.loader", "rasa_sdk"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    warm_up()
    app = create_app("actions", cors_origins="")
    app.config.KEEP_ALIVE_TIMEOUT = 600
    guard(app, get_settings().secrets)
    app.run("127.0.0.1", get_settings().actions_port, access_log=False)


if __name__ == "__main__":
    run()
