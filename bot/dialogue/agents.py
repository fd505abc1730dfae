"""What is asked of Rasa's agent in several places."""

from rasa.core.agent import Agent
from rasa.core.processor import MessageProcessor


def processor_of(agent: Agent) -> MessageProcessor:
    """What understands and answers messages. Raises RuntimeError for an agent without a model."""
    if agent.processor is None:
        raise RuntimeError("The agent has loaded no model.")
    return agent.processor
