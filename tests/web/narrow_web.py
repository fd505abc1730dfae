"""The web process with a narrow door and short pauses, so that its limits are reached soon."""

from bot.settings import get_settings
from bot.web import chat_api as chat
from bot.web.app import create_app
from bot.web.chat import pictures
from bot.web.door import connections as door
from bot.web.door import limits
from bot.web.surveys import invites, sentiments

if __name__ == "__main__":
    door.CONNECTIONS_OF_ADDRESS = 8
    door.REQUEST_SECONDS, door.READING_SECONDS, door.LOOK_SECONDS = 1.5, 1.0, 0.2
    limits.STREAMS_OF_ADDRESS = 3
    pictures.SECONDS = 1
    chat.FLOOD, chat.BACKLOG = (6, 0.001), 2
    chat.OF_NETWORK, chat.SOLVED_OF_NETWORK = (4, 0.001), (3, 0.001)
    invites.SYNC_SECONDS = sentiments.AGAIN_SECONDS = 0.5
    settings = get_settings()
    app = create_app(settings)
    app.run(
        settings.host, settings.web_port, access_log=False, motd=False,
        protocol=door.GuardedProtocol, single_process=True,
    )  # fmt: skip
