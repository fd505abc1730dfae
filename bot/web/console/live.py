"""What happens now, as Server-Sent Events: pages that are open bring themselves up to date."""

import asyncio
import json

from sanic import Blueprint
from sanic.request import Request

from bot.web.console.access import requires
from bot.web.door.streams import begin_stream
from bot.web.services import services

routes = Blueprint("console_live")

HEARTBEAT_SECONDS = 25.0


@routes.get("/live")
@requires("agent")
async def live(request: Request) -> None:
    """`event: news` with {"conversation", "what"}: changed, transcribed, typing, opened, event,
    handoff, request, survey.

    Every heartbeat says how many customers wait, how many of them may be in danger, how many requests
    are new, how many low scores nobody ticked off, and that the person is still there; a session that
    ended ends the stream.
    """
    web = services(request)
    news: dict[tuple[str, str], None] = {}  # in order, each once
    woken = asyncio.Event()

    def note(conversation: str, what: str) -> None:
        news[(conversation, what)] = None
        woken.set()

    stop = web.hub.watch(note)
    try:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        response = await begin_stream(request, "text/event-stream", headers)
        await response.send("retry: 3000\n\n")
        while person := web.staff.of_session(request.ctx.session):
            web.staff.seen(person)
            waiting = web.desk.work.waiting()
            calls = {
                "waiting": len(waiting),
                "danger": sum(one["why"] == "danger" for one in waiting),
                "requests": web.desk.requests.new(),
                "low": web.asking.campaigns.store.alerts_left(),
            }
            await response.send(f"event: waiting\ndata: {json.dumps(calls)}\n\n")
            try:
                await asyncio.wait_for(woken.wait(), HEARTBEAT_SECONDS)
            except TimeoutError:
                continue
            woken.clear()
            found, news = list(news), {}
            for conversation, what in found:
                data = json.dumps({"conversation": conversation, "what": what})
                await response.send(f"event: news\ndata: {data}\n\n")
            await asyncio.sleep(0.1)  # a burst of changes is one refresh
        await response.eof()
    finally:
        stop()
