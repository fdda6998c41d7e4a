"""`%load_ext mlspec`: the command in a notebook, its results as objects, and MLflow's client told of the project's tracker."""

import os
import re
import shlex
import signal
import subprocess
import sys
from typing import Any, Callable, Dict, List, Optional

from .comparison import Comparison, compare
from .errors import MlspecError
from .run_list import RunList, list_runs
from .runs import Run, find_program, load_run
from .tracking import Injection

_RUN_ID = re.compile(r"\brun_[0-9a-z]{26}\b")
_injection: Optional[Injection] = None


class CommandFailed(MlspecError):
    """A command ended with another code than 0; what went wrong it has printed already."""

    def _render_traceback_(self) -> List[str]:
        # The cell shows this line in place of the frames of this package.
        return [self.message]


def load_ipython_extension(shell: Any) -> None:
    """Adds `%mlspec` and `%%mlspec`, and tells MLflow's client where the runs of this project are."""
    global _injection
    shell.register_magic_function(_line_or_cell, "line_cell", "mlspec")
    if _injection is None:
        try:
            _injection = Injection()
        except MlspecError as error:
            print(f"MLflow's client was told of no tracker: {error.message}", file=sys.stderr)
            return
        _register_end(_injection)
    print(_injection.told)


def unload_ipython_extension(shell: Any) -> None:
    """Takes the magics away, ends the tracker and puts the variables back."""
    global _injection
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("mlspec", None)
    if _injection is not None:
        _injection.close()
        _injection = None


def _register_end(injection: Injection) -> None:
    import atexit

    atexit.register(injection.close)


def _line_or_cell(line: str, cell: Optional[str] = None) -> Any:
    """%mlspec run | exec | runs | show | compare | tracking, or any other command of mlspec.

    %mlspec run --param c=3     run the declaration; gives the run
    %mlspec runs 50             the newest runs
    %mlspec show latest~1       a run
    %mlspec compare A B         two runs side by side; the last two where left out
    %mlspec tracking            where MLflow's client logs to
    %mlspec why training        any other command, with what it prints
    %%mlspec exec --name fit    the code of the cell, in a process of its own, recorded as a run; gives the run
    """
    words = shlex.split(line)
    if cell is not None:
        return _run_cell(words, cell)
    command, rest = (words[0], words[1:]) if words else ("--help", [])
    return _magics.get(command, lambda arguments: _print_command([command, *arguments]))(rest)


def _run_cell(words: List[str], cell: str) -> Run:
    if words[:1] != ["exec"]:
        raise CommandFailed("CLI_USAGE", "expected %%mlspec exec; %mlspec with one % takes the other commands")
    named = [] if "--name" in words or any(word.startswith("--name=") for word in words) else ["--name", "cell"]
    return _recorded(["exec", *named, *words[1:], "--", sys.executable, "-c", cell])


def _runs(arguments: List[str]) -> RunList:
    return list_runs(int(arguments[0])) if arguments else list_runs()


def _show(arguments: List[str]) -> Any:
    # A step, its logs and outputs are texts.
    return load_run(*arguments) if len(arguments) < 2 and not any(one.startswith("-") for one in arguments) else _print_command(["show", *arguments])


def _compare(arguments: List[str]) -> Comparison:
    return compare(*arguments)


def _tracking(_arguments: List[str]) -> None:
    print("MLflow's client was told of no tracker" if _injection is None else _injection.told)


_magics: Dict[str, Callable[[List[str]], Any]] = {
    "run": lambda arguments: _recorded(["run", *arguments]),
    "release": lambda arguments: _recorded(["release", *arguments]),
    "exec": lambda arguments: _recorded(["exec", *arguments]),
    "runs": _runs,
    "show": _show,
    "compare": _compare,
    "tracking": _tracking,
}


def _recorded(command: List[str]) -> Optional[Run]:
    """Carries a command out and gives the run that it recorded; None where it recorded none, as with --dry-run."""
    printed, code = _carry_out(command)
    found = _RUN_ID.findall(printed)
    run = load_run(found[-1]) if found else None
    if code == 0:
        return run
    if run is not None:
        from IPython.display import display

        display(run)
    raise _failed(command, code)


def _print_command(command: List[str]) -> None:
    _, code = _carry_out(command)
    if code != 0:
        raise _failed(command, code)


def _failed(command: List[str], code: int) -> CommandFailed:
    return CommandFailed("PROGRAM_FAILED", f"mlspec {command[0]} ended with code {code}")


def _environment() -> Dict[str, str]:
    # The kernel asks for colours, which are written for terminals.
    variables = dict(os.environ) if _injection is None else _injection.environment()
    return {name: value for name, value in variables.items() if name not in ("FORCE_COLOR", "CLICOLOR_FORCE")}


def _carry_out(command: List[str]) -> "tuple[str, int]":
    """Prints what a command prints, while it does. An interrupted cell interrupts the command and waits for its end."""
    process = subprocess.Popen(
        [find_program(), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=_environment(),
        start_new_session=True,
    )
    assert process.stdout is not None
    printed: List[str] = []
    while True:
        try:
            for text in process.stdout:
                printed.append(text)
                print(text, end="", flush=True)
            return "".join(printed), process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
