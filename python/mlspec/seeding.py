"""Seeds the sources of randomness that libraries share, also of libraries that are loaded later."""

import importlib.util
import random
import sys
from typing import Any


def _seed_module(name: str, seed: int) -> None:
    module = sys.modules.get(name)
    if name == "numpy.random" and hasattr(module, "seed"):
        module.seed(seed)
    elif name == "torch" and hasattr(module, "manual_seed"):
        module.manual_seed(seed)


_LATE = ("numpy.random", "torch")


def seed_loaded(seed: int) -> None:
    """Seeds `random`, and NumPy and PyTorch where they are loaded."""
    seed = seed % 2**32
    random.seed(seed)
    for name in _LATE:
        _seed_module(name, seed)


class _SeedWhenLoaded:
    """A finder that finds nothing by itself: it lets the others find, and seeds once the module is executed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.waiting = set(_LATE)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in self.waiting:
            return None
        self.waiting.discard(name)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def execute_and_seed(module: Any) -> None:
            execute(module)
            _seed_module(name, self.seed)

        try:
            spec.loader.exec_module = execute_and_seed  # type: ignore[method-assign]
        except AttributeError:
            pass
        return spec


def seed_everything(seed: int) -> None:
    """Seeds what is loaded now, and what will be loaded, each at that moment."""
    seed = seed % 2**32
    seed_loaded(seed)
    sys.meta_path.insert(0, _SeedWhenLoaded(seed))
