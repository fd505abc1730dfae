"""A shop's whole dialogue in this process: real Rasa, actions and index without servers between them.

For benches that say thousands of turns. `InProcess(folder)` copies a shop, ingests its catalogue and answers turns as the
channel does; settings are of the process, so that one process speaks for one shop.
"""

import asyncio
import logging
import os
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

import structlog


class InProcess:
    """Answers turns of a copy of a shop's folder. Raises what starting a shop raises."""

    def __init__(self, shop: Path) -> None:
        self._temporary = tempfile.TemporaryDirectory()
        folder = Path(self._temporary.name) / "shop"
        ignored = shutil.ignore_patterns("var", "__pycache__", "talks.yml", "pictures")
        shutil.copytree(shop, folder, ignore=ignored)
        os.environ["SHOPTALK_SHOP"] = str(folder / "shop.yml")
        # Settings are read when these are imported.
        from rasa.core.agent import Agent
        from rasa.shared.core.domain import Domain
        from rasa.utils.endpoints import EndpointConfig
        from rasa_sdk.executor import ActionExecutor

        from bot.dialogue.startup import forget_training, run_graphs_directly
        from bot.dialogue.tracker_store import ShoptalkTrackerStore
        from bot.encoders import catalogue_encoder
        from bot.service.training import wanted_model
        from bot.settings import get_settings
        from recommender.catalogue.ingest import ingest

        settings = get_settings()
        source, encoder = folder / settings.shop.catalogue.file, catalogue_encoder(settings)
        ingest(source, settings.catalogue_dir, **settings.shop.reading, embedder=encoder)
        structlog.configure(
            wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
            logger_factory=structlog.stdlib.LoggerFactory(),
        )
        forget_training()
        run_graphs_directly()
        self._executor = ActionExecutor()
        self._executor.register_package("actions")
        says = EndpointConfig(
            type="bot.dialogue.responses.ShopResponses"
        )  # as endpoints.yml has it
        self._agent = Agent.load(str(wanted_model(settings)), generator=says)
        assert self._agent.processor, "shoptalk train makes the model"
        domain: Domain = self._agent.processor.domain
        store = ShoptalkTrackerStore(domain, path=str(folder / "tracker.db"))
        self._agent.tracker_store = self._agent.processor.tracker_store = store
        self._agent.processor.action_endpoint = _Actions(self._executor)  # type: ignore[assignment]
        self.catalogue_dir = settings.catalogue_dir
        self._loop = asyncio.new_event_loop()

    def say(self, conversation: str, text: str) -> list[dict[str, Any]]:
        """The replies to what a customer writes."""
        from bot.dialogue.turn import take_turn

        body = {"conversation": conversation, "id": uuid.uuid4().hex, "text": text}
        return self._loop.run_until_complete(take_turn(self._agent, body))

    def heard(self, conversation: str) -> tuple[str, list[str]]:
        """How the last message was understood: its intent, and the actions that ran."""
        from rasa.shared.core.events import ActionExecuted, UserUttered

        tracker = self._loop.run_until_complete(self._agent.tracker_store.retrieve(conversation))
        intent, actions = "", []
        for event in tracker.events if tracker else ():
            if isinstance(event, UserUttered):
                confidence = (event.intent or {}).get("confidence") or 0.0
                intent, actions = f"{event.intent_name} {confidence:.2f}", []
            elif isinstance(event, ActionExecuted) and event.action_name != "action_listen":
                actions.append(str(event.action_name))
        return intent, actions

    def slot(self, conversation: str, name: str) -> Any:
        """What a slot of a conversation holds."""
        tracker = self._loop.run_until_complete(self._agent.tracker_store.retrieve(conversation))
        return tracker.get_slot(name) if tracker else None

    def stop(self) -> None:
        """Take the copy away."""
        self._loop.close()
        self._temporary.cleanup()


class _Actions:
    """Rasa's endpoint of the action server, which runs the actions here."""

    url = "in process"

    def __init__(self, executor: Any) -> None:
        self._executor = executor
        self.kwargs: dict[str, Any] = {"enable_selective_domain": True}

    async def request(self, method: str = "post", **kwargs: Any) -> Any:
        return await self._executor.run(kwargs["json"])
