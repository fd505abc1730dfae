"""All that the web process works with, opened before it serves and closed when it stops.

A route asks for it by `services(request)`. What is here knows nothing of routes.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sanic.request import Request

from bot.campaigns.office import Office
from bot.guard.store import Guard
from bot.inbox.pictures import Pictures
from bot.inbox.store import Inbox
from bot.platforms.hooks import Hooks
from bot.platforms.kept import Kept
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.staff.macros import AidStore
from bot.staff.reading import Readers
from bot.staff.reviews import ReviewStore
from bot.surveys.asking import Asking
from bot.surveys.campaigns import open_campaigns
from bot.surveys.links import Links
from bot.web.attacks import AttackWatch
from bot.web.chat.customer_events import CustomerEvents
from bot.web.chat.delivery import Delivery
from bot.web.chat.desk import Desk
from bot.web.chat.engine import Engine
from bot.web.chat.follow import Follow
from bot.web.chat.live import Hub
from bot.web.chat.my_data import CopyLinks, MyData
from bot.web.chat.pictures import PictureLinks
from bot.web.chat.puzzle import Puzzles
from bot.web.chat.sessions import Sessions
from bot.web.door.connections import Connections, allow_files
from bot.web.door.limits import RateLimits, StreamLimits
from bot.web.metrics import Metrics
from bot.web.retention import keep_to_retention
from bot.web.surveys.invites import Invites
from bot.web.surveys.sentiments import Feelings


@dataclass(frozen=True)
class Services:
    """The databases, the clients and the work in the background of one shop's web process."""

    settings: Settings
    metrics: Metrics
    # who may come in, and how often
    connections: Connections
    limits: RateLimits
    streams: StreamLimits
    puzzles: Puzzles
    sessions: Sessions
    guard: Guard
    attacks: AttackWatch
    # the chat
    inbox: Inbox
    pictures: Pictures
    picture_links: PictureLinks
    hub: Hub
    engine: Engine
    delivery: Delivery
    customer_events: CustomerEvents
    my_data: MyData
    # staff
    staff: StaffStore
    desk: Desk
    aids: AidStore
    reviews: ReviewStore
    readers: Readers
    follow: Follow
    # surveys
    asking: Asking
    links: Links
    invites: Invites
    feelings: Feelings
    # campaigns
    office: Office
    # the shop's platform, where its webhooks are taken
    hooks: Hooks | None = None
    platform: Kept | None = None
    # (session, conversation) -> until when personal data is shown, in seconds since 1970
    unmasked: dict[tuple[str, str], float] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    def open(cls, settings: Settings) -> "Services":
        """Open the databases, and put together what works on them. Raises StoreError."""
        metrics, hub, links = Metrics(), Hub(), Links(settings.secrets)
        staff = StaffStore(settings.staff_db)
        guard = Guard(settings.guard_db, zone=settings.shop.zone)
        aids = AidStore(staff.db)
        aids.add_starters()
        inbox = Inbox(settings.web_db)
        engine = Engine(settings.dialogue_url, settings.secrets, settings.actions_ready_url)
        desk = Desk(staff, inbox, hub, settings.shop)
        my_data = MyData(inbox, hub, CopyLinks(settings.secrets), desk.erasure_left)

        def on_answer(conversation: str, answer: dict[str, Any]) -> None:
            desk.on_answer(conversation, answer)
            my_data.on_answer(conversation, answer)

        delivery = Delivery(
            inbox, engine, hub, on_answer, metrics, desk.work.is_owned, settings.shop.languages[0]
        )
        desk.wake = delivery.wake  # each needs the other
        campaigns = open_campaigns(settings.surveys_db, settings.surveys_dir, settings.shop.zone)
        opened = cls(
            settings=settings,
            metrics=metrics,
            connections=Connections(
                by_address=not settings.proxies,
                on_refusal=lambda: metrics.refused.labels("503").inc(),
            ),
            limits=RateLimits(),
            streams=StreamLimits(),
            puzzles=Puzzles(settings.secrets),
            sessions=Sessions(settings.secrets, settings.shop.widget.origins),
            guard=guard,
            attacks=AttackWatch(guard.attacks, staff),
            inbox=inbox,
            pictures=Pictures(settings.web_db),
            picture_links=PictureLinks(settings.secrets),
            hub=hub,
            engine=engine,
            delivery=delivery,
            customer_events=CustomerEvents(settings.web_db, settings.transcripts_db),
            my_data=my_data,
            staff=staff,
            desk=desk,
            aids=aids,
            reviews=ReviewStore(staff.db),
            readers=Readers(settings.transcripts_db, settings.staff_db, settings.surveys_db),
            follow=Follow(hub, settings.transcripts_db),
            asking=Asking(campaigns, settings.shop.languages[0]),
            links=links,
            invites=Invites(
                settings, campaigns, inbox, delivery, hub, with_staff=desk.work.is_with_staff
            ),
            feelings=Feelings(engine, campaigns.store),
            office=Office.open(settings),
            **_of_platform(settings),
        )
        opened._count()
        return opened

    def start(self) -> None:
        """Begin with what goes on in the background, and with what the last process left."""
        allow_files(self.connections)
        self.my_data.start()
        self.delivery.resume()
        self.customer_events.start()
        self.invites.start()
        self.feelings.start()
        for work in (
            self.attacks.keep_writing(),
            keep_to_retention(self.settings),
            self.desk.keep_looking(),
            self.follow.keep_looking(),
        ):
            self._tasks.append(asyncio.get_running_loop().create_task(work))

    async def stop(self) -> None:
        """End the work and the open streams, and close the databases."""
        for task in self._tasks:
            task.cancel()
        self.attacks.write()
        self.hub.close()
        await self.invites.stop()
        await self.feelings.stop()
        await self.delivery.stop()
        await self.my_data.stop()
        await self.customer_events.stop()
        await self.engine.close()
        self.inbox.close()
        self.pictures.close()
        self.readers.close()
        self.follow.close()
        self.guard.close()
        self.staff.close()
        self.asking.campaigns.store.close()
        self.office.close()
        if self.platform:
            self.platform.close()

    def _count(self) -> None:
        """What is asked of others when somebody looks at the metrics."""
        requests = self.desk.requests
        gauges: tuple[tuple[str, str, Callable[[], float]], ...] = (
            ("conversations_waiting", "Conversations with messages in delivery.", lambda: self.delivery.backlog),
            ("messages_waiting", "Messages that the assistant hasn't answered.", self.inbox.waiting),
            ("erasures_waiting", "Erasures that were asked for and aren't done.", self.inbox.erasures_waiting),
            ("requests_new", "Requests of customers that nobody has begun with.", requests.new),
            ("requests_open", "Requests of customers that aren't done.", requests.open),
            ("requests_oldest_seconds", "How long the oldest of them is open.", lambda: requests.longest_open(time.time())),
            ("streams", "Open streams.", lambda: self.streams.open),
            ("connections", "Open connections.", lambda: self.connections.open),
        )  # fmt: skip
        for name, help, value in gauges:
            self.metrics.gauge(name, help, value)


def _of_platform(settings: Settings) -> dict[str, Any]:
    """What takes the webhooks that shop.yml names a secret for. Raises ConfigError, StoreError."""
    platform = settings.shop.platform
    if platform is None or not platform.webhook_secret_env:
        return {}
    return {"hooks": Hooks(platform), "platform": Kept(settings.platform_dir)}


def services(request: Request) -> Services:
    """The services of the process that a request came to."""
    return request.app.ctx.services
