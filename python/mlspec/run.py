"""`python -m mlspec.run invocation.json`: carries out one step in this process.

Events are appended to one file as they happen, the result is written once and atomically. Exit code 0: done; 75: failed
in a way that may pass; 1: failed. The module can also be called: `mlspec.run("latest")` answers a recorded run.
"""

import faulthandler
import json
import os
import signal
import sys
import threading
import time
import types
from typing import Any, Dict, Optional, Sequence

import mlspec
from mlspec import session
from mlspec.errors import Canceled, MlspecError, RetryableError
from mlspec.step_recorder import StepRecorder

RETRYABLE = 75
HEARTBEAT_SECONDS = 5.0
BEATS_IN_LIMIT = 4


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Carries out the step of the invocation document named by the one argument."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if len(arguments) != 1:
        print("usage: python -m mlspec.run invocation.json", file=sys.stderr)
        return 2
    _leave_no_bytecode()
    with open(arguments[0], encoding="utf-8") as file:
        invocation = json.load(file)
    recorder = _recorder(invocation)
    own = os.getpid()
    _enter_project(invocation["projectRoot"])
    faulthandler.enable()
    signal.signal(signal.SIGTERM, _cancel)
    os.register_at_fork(after_in_child=_end_when_asked)
    session.current = session.Session(invocation)
    _start_heartbeat(session.current, _heartbeat_seconds(invocation))
    result, code = _carry_out(invocation, recorder)
    if os.getpid() != own:
        os._exit(code)
    result["code"] = recorder.loaded()
    recorder.stop()
    result["usage"] = _usage()
    if session.current.files:
        result["artifacts"] = session.current.files
    _write_result(invocation["resultPath"], session.current.redact_result(result))
    _flush()
    return code


def _leave_no_bytecode() -> None:
    """What is imported from here on, and by the programs that are started, leaves no bytecode beside it."""
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"


def _recorder(invocation: Dict[str, Any]) -> StepRecorder:
    attempt = os.path.dirname(invocation["resultPath"])
    home = os.path.dirname(os.path.abspath(mlspec.__file__))
    program = os.path.dirname(os.path.dirname(home)) if os.path.basename(os.path.dirname(home)) == "python" else None
    paths = [entry["path"] for entries in invocation["inputs"].values() for entry in entries]
    paths += [output["path"] for output in invocation["outputs"].values()]
    return StepRecorder(
        invocation["projectRoot"],
        program,
        [attempt, invocation["workDir"], *(os.path.dirname(path) for path in paths), home],
        os.path.join(attempt, "code-of-children"),
    )


def _enter_project(root: str) -> None:
    # The process is started elsewhere, so that no file of the project takes the place of a module that starts it.
    started = os.getcwd()
    sys.path[:] = [path for path in sys.path if path not in ("", started)]
    os.chdir(root)


def _cancel(_signal: int, _frame: Any) -> None:
    raise Canceled("the step was asked to end")


def _end_when_asked() -> None:
    # A worker of a pool that would raise instead of ending could hold its parent up for ever.
    if signal.getsignal(signal.SIGTERM) is _cancel:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _heartbeat_seconds(invocation: Dict[str, Any]) -> float:
    limit = invocation["limits"].get("stallMs")
    return HEARTBEAT_SECONDS if limit is None else min(HEARTBEAT_SECONDS, limit / 1000 / BEATS_IN_LIMIT)


def _start_heartbeat(current: session.Session, every: float) -> None:
    parent = os.getppid()
    begun = threading.Event()
    # Held while the thread does anything, and while the process forks: a child inherits no lock that nobody releases.
    busy = threading.Lock()
    os.register_at_fork(before=busy.acquire, after_in_parent=busy.release, after_in_child=busy.release)

    def beat() -> None:
        begun.set()
        while True:
            time.sleep(every)
            with busy:
                if os.getppid() != parent and os.getpgrp() == os.getpid():
                    # Nobody is left who would take the result: whatever the step started in its group ends with it.
                    os.killpg(os.getpid(), signal.SIGKILL)
                try:
                    current.tell({"type": "heartbeat"})
                except OSError:
                    return

    threading.Thread(target=beat, name="mlspec-heartbeat", daemon=True).start()
    begun.wait()


def _carry_out(invocation: Dict[str, Any], recorder: StepRecorder) -> Any:
    from mlspec.binding import Binding, call
    from mlspec.loading import load_function
    from mlspec.seeding import seed_everything, seed_loaded
    from mlspec.signature import read_signature

    result: Dict[str, Any] = {"status": "complete", "outputs": {}, "values": {}}
    component, root = invocation["component"], invocation["projectRoot"]
    binding = None
    seed = int(invocation.get("seed", 0))
    try:
        recorder.start()
        seed_everything(seed)
        function = load_function(component["module"], component["function"], root)
        binding = Binding(read_signature(function), invocation)
        arguments = binding.arguments()
        seed_loaded(seed)
        result["values"] = binding.take(_call_to_its_end(call, function, arguments))
        result["outputs"] = binding.reported()
        return result, 0
    except BaseException as error:
        from mlspec.failure import describe_failure

        if _left_the_debugger(error):
            raise
        if binding is not None:
            result["outputs"] = _reported(binding)
        described = describe_failure(error, root)
        print(described.get("traceback") or described["message"], file=sys.stderr)
        return {**result, "status": "failed", "error": described}, RETRYABLE if described["retryable"] else 1


def _left_the_debugger(error: BaseException) -> bool:
    """Whether somebody ended a session of pdb: no failure of the step, and nothing to tell."""
    bdb = sys.modules.get("bdb")
    return bdb is not None and isinstance(error, bdb.BdbQuit)


def _call_to_its_end(call: Any, function: Any, arguments: Dict[str, Any]) -> Any:
    """Calls the function; `sys.exit()` without an error counts as a return."""
    try:
        return call(function, arguments)
    except SystemExit as end:
        if end.code in (None, 0):
            return None
        raise


def _reported(binding: Any) -> Dict[str, Any]:
    try:
        return binding.reported()
    except (MlspecError, OSError):
        return {}


def _usage() -> Dict[str, Any]:
    import resource

    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "cpuSeconds": own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
        "peakMemoryBytes": max(own.ru_maxrss, children.ru_maxrss) * unit,
    }


def _write_result(path: str, result: Dict[str, Any]) -> None:
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8", errors="replace") as file:
        json.dump(result, file, ensure_ascii=False, allow_nan=False)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass


class _CallableModule(types.ModuleType):
    def __call__(self, name: str = "latest", **options: Any) -> Any:
        from mlspec.runs import load_run

        return load_run(name, **options)


def _left_threads() -> bool:
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    return any(not thread.daemon for thread in others)


if __name__ == "__main__":
    _code = main()
    if _left_threads():
        # Threads that the step left running must not keep its process alive.
        _flush()
        os._exit(_code)
    sys.exit(_code)
else:
    sys.modules[__name__].__class__ = _CallableModule
