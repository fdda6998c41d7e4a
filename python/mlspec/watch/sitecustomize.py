"""What Python runs at the start of every process of a recorded command, whose PYTHONPATH begins with this folder.

Leaves everything as it would be without it: this folder is taken from the path, and the module of the same name that
would have been loaded is loaded. Older interpreters than those that are supported go on unwatched. Short, because every
process compiles it anew; what it loads is compiled once.
"""

import os
import sys


def _begin(here):
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != here]
    sys.path_importer_cache.pop(here, None)
    report, root = os.environ.get("MLSPEC_CODE_REPORT"), os.environ.get("MLSPEC_CODE_ROOT")
    if sys.version_info < (3, 9) or not report or not root:
        return
    # Under a name of its own: the program may bring another version of the package.
    package = sys.modules["_mlspec_watch"] = type(sys)("_mlspec_watch")
    package.__path__ = [os.path.dirname(here)]
    # What is loaded here is compiled once and not by every process, though no bytecode of the project is to be left.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    try:
        from _mlspec_watch.watcher import watch
    finally:
        sys.dont_write_bytecode = before
    watch(report, root)


def _go_on():
    try:
        # The package around it takes longer to load than all else here.
        from _frozen_importlib_external import PathFinder
    except ImportError:
        from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = type(sys)("sitecustomize")
        module.__spec__, module.__loader__, module.__file__ = spec, spec.loader, spec.origin
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


try:
    _begin(os.path.dirname(os.path.abspath(__file__)))
except Exception:
    # A process that reports nothing is known to be unwatched.
    pass
_go_on()
