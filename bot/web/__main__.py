"""The web process: `python -m bot.web`, the only one that faces people."""

import logging
import sys

from bot.errors import ShoptalkError
from bot.logs import set_up
from bot.settings import get_settings
from bot.system.private_file import keep_private
from bot.web.app import create_app
from bot.web.door.connections import GuardedProtocol


def run() -> None:
    """Serve until the process is ended."""
    keep_private()
    settings = get_settings()
    set_up("web", settings.log)
    for noisy in ("sanic.root", "sanic.server", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    app = create_app(settings)
    try:
        app.run(
            settings.host,
            settings.web_port,
            access_log=False,
            motd=False,
            protocol=GuardedProtocol,
            single_process=True,
        )
    except ShoptalkError:
        sys.exit(1)  # Sanic has said why; who started us tries again


if __name__ == "__main__":
    run()
