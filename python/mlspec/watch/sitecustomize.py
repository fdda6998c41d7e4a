"""What Python runs at the start of every process of a recorded command, whose PYTHONPATH begins with this folder.

Leaves everything as it would be without it: this folder is taken from the path, and the module of the same name that
would have been loaded is loaded. Older interpreters than those that are supported go on unwatched.
"""

import os
import sys


def _begin():
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != here]
    sys.path_importer_cache.pop(here, None)
    report, root = os.environ.get("MLSPEC_CODE_REPORT"), os.environ.get("MLSPEC_CODE_ROOT")
    if sys.version_info >= (3, 9) and report and root:
        # Under a name of its own: the program may bring another version of the package.
        package = type(sys)("_mlspec_watch")
        package.__path__ = [os.path.dirname(here)]
        sys.modules[package.__name__] = package
        # These two files are compiled once and not by every process, though no bytecode of the project is to be left.
        before, sys.dont_write_bytecode = sys.dont_write_bytecode, False
        try:
            __import__(package.__name__ + ".watcher")
        finally:
            sys.dont_write_bytecode = before
        package.watcher.watch(report, root)


def _go_on():
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = type(sys)("sitecustomize")
        module.__spec__, module.__loader__, module.__file__ = spec, spec.loader, spec.origin
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


try:
    _begin()
except Exception:
    # A process that reports nothing is known to be unwatched.
    pass
_go_on()
