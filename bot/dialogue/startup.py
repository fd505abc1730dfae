"""What keeps the start of the dialogue process short."""

import importlib
import sys
from types import ModuleType
from typing import Any, Dict, Text


def put_off(name: Text) -> None:
    """Have a module loaded when something of it is used, rather than when it is imported.

    Nothing changes for a module that is loaded already. The standard library's LazyLoader doesn't
    do: up to Python 3.11 a second import of a lazy module loads it.
    """
    if name in sys.modules:
        return
    stand_in = ModuleType(name)

    def load(attribute: Text) -> Any:
        if attribute.startswith("__"):  # asked of every module, by who looks for something else
            raise AttributeError(f"module {name!r} has no attribute {attribute!r}")
        del sys.modules[name]
        module = importlib.import_module(name)
        vars(stand_in).update(vars(module))
        return getattr(module, attribute)

    setattr(stand_in, "__getattr__", load)
    sys.modules[name] = stand_in


def forget_training() -> None:
    """Have models loaded without the graph of their training.

    Rasa loads the classes of that graph with every model, and they load TensorFlow. Not for
    processes that train.
    """
    from rasa.engine.storage.storage import ModelMetadata

    from_dict = ModelMetadata.from_dict

    def without_training(serialized: Dict[Text, Any]) -> ModelMetadata:
        return from_dict({**serialized, "train_schema": {"nodes": {}}})

    setattr(ModelMetadata, "from_dict", without_training)
