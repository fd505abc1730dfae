"""The action server: `python -m actions`, on the loopback address, warmed up before it answers.

`rasa run actions` serves the same actions.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from rasa_sdk.endpoint import create_app, response

from actions.backends import get_orders, get_passages, get_recommender
from bot.errors import ShoptalkError
from bot.logs import about, set_up, trace_of
from bot.settings import get_settings
from bot.settings.keys import Secrets
from bot.system.private_file import keep_private
from recommender.errors import RecommenderError

logger = logging.getLogger("actions")


def warm_up() -> None:
    """Open what the first customer would otherwise wait for; what fails is said, and tried later."""
    try:
        get_recommender().warm_up()
        get_passages().best("returns")
        get_orders()
    except (RecommenderError, ShoptalkError) as error:
        logger.warning("%s", error)


def guard(app: Any, secrets: Callable[[], Secrets]) -> None:
    """Answer only those who know the shop's token: an action may read and change orders."""

    @app.middleware("request")
    async def check_token(request: Any) -> Any:
        given = request.headers.get("authorization", "")
        if request.path in ("/health", "/ready") or secrets().is_ours(given):
            return None
        return response.json({"error": "The token of this shop is missing or wrong."}, status=403)


def watch(app: Any) -> None:
    """Say what was run, in which conversation and how long it took; and whether all is there."""

    @app.middleware("request")
    async def begin(request: Any) -> None:
        request.ctx.began = time.perf_counter()

    @app.middleware("response")
    async def tell(request: Any, answer: Any) -> None:
        if request.path != "/webhook" or answer.status == 403:
            return
        call = request.json if isinstance(request.json, dict) else {}
        conversation = str(call.get("sender_id"))
        said = (call.get("tracker") or {}).get("latest_message") or {}
        message_id = (said.get("metadata") or {}).get("message_id")
        logger.log(
            logging.INFO if answer.status == 200 else logging.ERROR,
            "%s", call.get("next_action"),
            extra=about(
                conversation=conversation, trace=trace_of(message_id, conversation),
                seconds=time.perf_counter() - request.ctx.began, status=answer.status,
            ),
        )  # fmt: skip

    @app.get("/ready")
    async def ready(request: Any) -> Any:
        try:
            get_recommender().current()
            get_orders()
        except (RecommenderError, ShoptalkError) as error:
            return response.json({"status": str(error)}, status=503)
        return response.json({"status": "ok"})


def run() -> None:
    """Serve until the process is ended."""
    keep_private()
    settings = get_settings()
    set_up("actions", settings.log)
    for noisy in (
        "sanic.access",
        "sanic.root",
        "sanic.server",
        "httpx",
        "faiss.loader",
        "rasa_sdk",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    warm_up()
    app = create_app("actions", cors_origins="")
    app.config.KEEP_ALIVE_TIMEOUT = 600
    guard(app, settings.secrets)
    watch(app)
    app.run("127.0.0.1", settings.actions_port, access_log=False)


if __name__ == "__main__":
    run()
