"""The dialogue process: `python -m bot.dialogue MODEL ENDPOINTS`, what `rasa run` does but sooner.

Rasa's command line imports all of its commands before it runs one; a server needs none of them.
`rasa run` with the lines in docs/architecture.md serves the same.
"""

import logging
import sys
from pathlib import Path
from typing import Any

import sklearn
import structlog
from rasa.core.run import serve_application
from rasa.core.utils import AvailableEndpoints
from structlog.typing import EventDict
from threadpoolctl import threadpool_limits

from bot.dialogue import detection
from bot.dialogue.startup import forget_training, run_graphs_directly
from bot.logs import set_up
from bot.paths import REPOSITORY
from bot.service.training import damage
from bot.settings import get_settings
from bot.system.private_file import keep_private

logger = logging.getLogger("bot.dialogue")


def _words_alone(logger: Any, method: str, event: EventDict) -> tuple[Any, EventDict]:
    """Of Rasa's structured events what happened; their other fields hold what customers said."""
    said = " ".join(str(event[name]) for name in ("event", "event_info") if event.get(name))
    return ("%s", said), {"exc_info": event.get("exc_info")}


def run(model: str, endpoints: str) -> None:
    """Serve the channel on the loopback address until the process is ended."""
    keep_private()
    set_up("dialogue", get_settings().log, logging.WARNING)
    logging.getLogger("bot").setLevel(logging.INFO)
    fault = damage(Path(model))
    if fault:
        logger.error(
            "The model %s can't be loaded (%s). `shoptalk train` trains it again, and so does a new "
            "start of `shoptalk up`.", Path(model).name, fault,
        )  # fmt: skip
        sys.exit(1)
    # Rasa formats its debug messages, customers' words among them, even when nobody reads them.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.stdlib.LoggerFactory(),
        processors=[_words_alone],
        cache_logger_on_first_use=True,
    )
    forget_training()
    run_graphs_directly()
    # A turn's products of matrices are small: threads that share them take the other core for waiting.
    threadpool_limits(1, user_api="blas")
    sklearn.set_config(skip_parameter_validation=True)  # of parameters that never change
    detection.warm_up()
    serve_application(
        model_path=model,
        interface="127.0.0.1",
        port=get_settings().dialogue_port,
        credentials=str(REPOSITORY / "credentials.yml"),
        endpoints=AvailableEndpoints.read_endpoints(endpoints),
        enable_api=False,
    )


if __name__ == "__main__":
    run(*sys.argv[1:])
