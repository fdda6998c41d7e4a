"""Records which code a process really runs, and which it looked for in the project and did not find.

Two sources. An import finder for folders of the project reads sources itself (never from cached bytecode, so that what
is hashed is what runs) and notes where a module was looked for in vain. An audit hook sees all other code that is
executed, wherever it lies: the program itself, what `exec` is given, modules outside the project; and the libraries that
are loaded.

Left out: installed packages and the standard library, for which the digest of the environment stands, the folders of the
attempt and of the record, and cached bytecode. Names are relative to the project, also of what lies outside it: `../x.py`.

A recorder can begin before everything else in any Python process. So this file loads only modules that no project would
name its own after, and takes nothing of `mlspec` but itself.
"""

import _thread
import os
import sys

try:
    # What `importlib.machinery` has, without the package around it, which takes longer to load than all else here.
    import _frozen_importlib_external as machinery
except ImportError:
    from importlib import machinery
try:
    # By version, because a module that is not there is looked for in every folder.
    if sys.version_info >= (3, 12):
        from _sha2 import sha256
    else:
        from _sha256 import sha256
except ImportError:
    from hashlib import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable

_SKIPPED_PARTS = {"__pycache__", ".mlspec", ".git", "site-packages", "dist-packages", "node_modules"}
_SUFFIXES = [*machinery.SOURCE_SUFFIXES, *machinery.BYTECODE_SUFFIXES, *machinery.EXTENSION_SUFFIXES]
_BLOCK_BYTES = 1 << 20
# Before anybody wraps it.
look = os.stat


def digest_bytes(data: bytes) -> str:
    """`sha256:…` of bytes."""
    return f"sha256:{sha256(data).hexdigest()}"


def digest_file(path: str) -> str:
    """`sha256:…` of a file's bytes."""
    state = sha256()
    with open(path, "rb", buffering=0) as file:
        for block in iter(lambda: file.read(_BLOCK_BYTES), b""):
            state.update(block)
    return f"sha256:{state.hexdigest()}"


def append_note(path: str, note: "tuple[str, ...]") -> None:
    """Appends one note to a file that several processes write: its parts, each ended by a zero byte, in one write."""
    data = "".join(f"{part}\0" for part in note).encode("utf-8", "surrogateescape")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        if os.write(handle, data) != len(data):
            raise OSError(f"{path} could not be written to its end")
    finally:
        os.close(handle)


class CodeRecorder:
    """All code that this process runs from `start` on. `tell` hears each file with its digest, each absent path with ``""``."""

    def __init__(self, project_root: str, skipped: "Iterable[str]", tell: "Callable[[str, str], None]") -> None:
        root = os.path.abspath(project_root)
        self.roots: "tuple[str, ...]" = tuple(sorted({root, os.path.realpath(project_root)}))
        self.tell = tell
        self.files: "dict[str, str]" = {}
        self.absent: "set[str]" = set()
        self.written: "set[str]" = set()
        self.trouble: "str | None" = None
        self.active = False
        self._root = root
        self._skipped = _prefixes_of([sys.prefix, sys.base_prefix, *_libraries(), *skipped], self.roots)
        self._executed: "set[str]" = set()
        self._guard = _thread._local()

    def start(self) -> None:
        """Begins to record. There is no way back: an audit hook stays."""
        self.active = True
        sys.addaudithook(self._audit)
        sys.path_hooks.insert(0, self._path_hook)
        # Folders of the project are looked at anew, by the hook; all others stay as they are known.
        for folder in [*sys.path_importer_cache]:
            if self._is_of_project(os.path.abspath(folder)):
                del sys.path_importer_cache[folder]

    def stop(self) -> None:
        """Ends recording."""
        self.active = False

    def relative(self, path: "Any") -> "str | None":
        """The name of a path inside the project, or None for what is not recorded."""
        text = _absolute(path)
        if text is None or text.startswith(self._skipped):
            return None
        for root in self.roots:
            if text.startswith(root.rstrip(os.sep) + os.sep):
                parts = text[len(root.rstrip(os.sep)) + 1 :].split(os.sep)
                return "/".join(parts) if _SKIPPED_PARTS.isdisjoint(parts) else None
        return None

    def name_of_code(self, path: str) -> "str | None":
        """The name of code, also of that outside the project, or None for what is installed."""
        inside = self.relative(path)
        if inside is not None or any(_inside(path, root) for root in self.roots):
            return inside
        if path.startswith(self._skipped) or not _SKIPPED_PARTS.isdisjoint(path.split(os.sep)):
            return None
        return os.path.relpath(path, self._root).replace(os.sep, "/")

    def note_code(self, path: str) -> None:
        """Notes a file whose code runs; of a path inside an archive, the archive."""
        text = _existing_file(path)
        name = None if text is None else self.name_of_code(text)
        if text is not None and name is not None and name not in self.files and name not in self.written:
            self.add_file(name, digest_file(text))

    def note_source(self, path: str, data: bytes) -> None:
        """Notes the very bytes of a module that is about to run."""
        name = self.relative(path)
        if name is not None:
            self.add_file(name, digest_bytes(data))

    def note_missing_module(self, folder: str, module: str, found_elsewhere: bool) -> None:
        """Notes where a module was looked for in a folder of the project and is not."""
        suffixes = [".py"] if found_elsewhere else _SUFFIXES
        for place in [f"{module}{suffix}" for suffix in suffixes] + [f"{module}/__init__.py"]:
            self.note_absent(os.path.join(folder, place))

    def note_absent(self, path: str) -> None:
        """Notes a path of the project at which something was looked for in vain."""
        name = self.relative(path)
        if name is not None and name not in self.files and name not in self.written and name not in self.absent:
            self.absent.add(name)
            self.tell(name, "")

    def add_file(self, name: str, digest: str) -> None:
        """Adds a file by its name. The first digest stands: what runs later was loaded then."""
        if self.files.setdefault(name, digest) is digest:
            self.tell(name, digest)

    def quietly(self, work: "Any", *arguments: "Any") -> None:
        """Does what must neither hear of itself nor disturb the program. Where it fails, not all is known any more."""
        if getattr(self._guard, "busy", False):
            return
        self._guard.busy = True
        try:
            work(*arguments)
        except Exception as error:
            self.give_up(f"{type(error).__name__}: {error}")
        finally:
            self._guard.busy = False

    def give_up(self, why: str) -> None:
        """Remembers that what was recorded is not all."""
        self.trouble = why

    def heard(self, event: str, arguments: "Any") -> None:
        """Is told of every audit event while recording."""
        if event == "exec":
            path = getattr(arguments[0], "co_filename", "<")
            if path not in self._executed and not path.startswith("<"):
                self._executed.add(path)
                self.quietly(self.note_code, path)
        elif event == "import" and isinstance(arguments[1], str):
            self.quietly(self.note_code, arguments[1])
        elif event == "ctypes.dlopen" and isinstance(arguments[0], str):
            self.quietly(self.note_code, arguments[0])

    def _audit(self, event: str, arguments: "Any") -> None:
        if self.active:
            self.heard(event, arguments)

    def _is_of_project(self, absolute: str) -> bool:
        return absolute in self.roots or self.relative(absolute) is not None

    def _path_hook(self, folder: str) -> "Any":
        absolute = os.path.abspath(folder or os.getcwd())
        if not self._is_of_project(absolute):
            raise ImportError("not a folder of the project")
        if not os.path.isdir(absolute):
            self.quietly(self.note_code if os.path.exists(absolute) else self.note_absent, absolute)
            raise ImportError("not a folder")
        return _ProjectFinder(absolute, self)


class _ProjectFinder(machinery.FileFinder):
    """Finds modules in one folder of the project and tells the recorder where it found none."""

    def __init__(self, folder: str, recorder: CodeRecorder) -> None:
        def source_loader(name: str, path: str) -> "ProjectLoader":
            return ProjectLoader(name, path, recorder)

        super().__init__(
            folder,
            (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES),
            (source_loader, machinery.SOURCE_SUFFIXES),
            (machinery.SourcelessFileLoader, machinery.BYTECODE_SUFFIXES),
        )
        self.recorder = recorder
        self._folder = folder

    def find_spec(self, fullname: str, target: "Any" = None) -> "Any":
        spec = super().find_spec(fullname, target)
        if self.recorder.active:
            self.recorder.quietly(self._note, fullname.rpartition(".")[2], spec)
        return spec

    def _note(self, module: str, spec: "Any") -> None:
        if spec is None or spec.loader is None:
            self.recorder.note_missing_module(self._folder, module, found_elsewhere=self._is_elsewhere(module))
        elif spec.origin is not None:
            if spec.submodule_search_locations is None:
                self.recorder.note_absent(os.path.join(self._folder, module, "__init__.py"))
            if not spec.origin.endswith(".py"):
                self.recorder.note_code(spec.origin)

    @staticmethod
    def _is_elsewhere(module: str) -> bool:
        return module in sys.modules or module in getattr(sys, "stdlib_module_names", ())


class ProjectLoader(machinery.SourceFileLoader):
    """Loads sources only, and hands the recorder the bytes that it runs."""

    def __init__(self, name: str, path: str, recorder: CodeRecorder) -> None:
        super().__init__(name, path)
        self._recorder = recorder

    def path_stats(self, path: str) -> "Any":
        # importlib takes this for "no cached bytecode", both for reading and for writing it.
        raise OSError("sources only")

    def get_data(self, path: str) -> bytes:
        data = super().get_data(path)
        if self._recorder.active and path == self.path:
            self._recorder.quietly(self._recorder.note_source, path, data)
        return data


def _libraries() -> "list[str]":
    # Where the prefix holds the project too, as /usr does that of an image, it says nothing of what is installed.
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    places = {"lib", getattr(sys, "platlibdir", "lib")}
    return [os.path.dirname(os.__file__), *(os.path.join(sys.base_exec_prefix, place, version) for place in places)]


def _prefixes_of(folders: "Iterable[str]", roots: "tuple[str, ...]") -> "tuple[str, ...]":
    both = {form(folder) for folder in folders for form in (os.path.abspath, os.path.realpath)}
    # An interpreter below the project is left out, a project below the interpreter's prefix is not.
    return tuple(folder + os.sep for folder in both if not any(_inside(root, folder) for root in roots))


def _absolute(path: "Any") -> "str | None":
    try:
        return os.path.abspath(os.fsdecode(path))
    except (TypeError, ValueError, OSError):
        return None


def _existing_file(path: str) -> "str | None":
    text = _absolute(path)
    while text is not None and len(text) > 1:
        try:
            return text if look(text).st_mode & 0o170000 == 0o100000 else None
        except NotADirectoryError:
            text = os.path.dirname(text)
        except (OSError, ValueError):
            return None
    return None


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
