"""What keeps the start of the dialogue process short, and spares each turn work of Rasa's."""

import importlib
import sys
from types import ModuleType, SimpleNamespace
from typing import Any


def put_off(name: str) -> None:
    """Have a module loaded when something of it is used, rather than when it is imported.

    Nothing changes for a module that is loaded already. The standard library's LazyLoader doesn't
    do: up to Python 3.11 a second import of a lazy module loads it.
    """
    if name in sys.modules:
        return
    stand_in = ModuleType(name)

    def load(attribute: str) -> Any:
        if attribute.startswith("__"):  # asked of every module, by who looks for something else
            raise AttributeError(f"module {name!r} has no attribute {attribute!r}")
        del sys.modules[name]
        module = importlib.import_module(name)
        vars(stand_in).update(vars(module))
        return getattr(module, attribute)

    vars(stand_in)["__getattr__"] = load
    sys.modules[name] = stand_in


def forget_training() -> None:
    """Have models loaded without the graph of their training.

    Rasa loads the classes of that graph with every model, and they load TensorFlow. Not for
    processes that train.
    """
    from rasa.engine.storage.storage import ModelMetadata

    from_dict = ModelMetadata.from_dict

    def without_training(serialized: dict[str, Any]) -> ModelMetadata:
        return from_dict({**serialized, "train_schema": {"nodes": {}}})

    ModelMetadata.from_dict = without_training


def run_graphs_directly() -> None:
    """Have Rasa's graphs run by plain calls, three for each turn.

    Dask, which Rasa asks to, takes longer to plan such a chain than RulePolicy to predict.
    """
    from rasa.engine.runner import dask as runner

    runner.dask = SimpleNamespace(get=results_of)


def results_of(graph: dict[str, Any], targets: list[str]) -> list[Any]:
    """What `dask.get` returns for a graph of tasks (a callable and names of others), in this thread."""
    results: dict[str, Any] = {}

    def result(name: str) -> Any:
        if name not in graph:
            return name  # an input that isn't given stands for itself
        if name not in results:
            first, *others = task = graph[name]
            results[name] = first(*map(result, others)) if callable(first) else task
        return results[name]

    return [result(target) for target in targets]
