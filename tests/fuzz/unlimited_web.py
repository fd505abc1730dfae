"""The web process without its limits, so that each case reaches what is behind them."""

from sanic import Sanic

from bot.settings import get_settings
from bot.web.app import create_app
from bot.web.door.connections import GuardedProtocol

if __name__ == "__main__":
    settings = get_settings()
    app = create_app(settings)

    @app.listener("before_server_start")
    async def lift_limits(app: Sanic) -> None:
        app.ctx.services.limits.take = lambda *_, **__: None

    app.run(
        settings.host, settings.web_port, access_log=False, motd=False,
        protocol=GuardedProtocol, single_process=True,
    )  # fmt: skip
