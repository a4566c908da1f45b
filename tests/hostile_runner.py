"""Open checkpoint directories in a process that watches itself; see `test_hostile`.

Reads good directories and bad ones as JSON from standard input. The good ones are opened first, so
that all is imported. Then prints what came of each bad one as a line of JSON: the error, and
whatever was opened or run outside the directory. The last line is the largest memory of the
process in MiB, before the bad ones and after.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import warnings
from pathlib import Path

# What runs code of others, or reaches out. Imports are no such thing: the modules are Python's.
_RUNS = (
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "subprocess.Popen",
    "socket.connect",
    "pickle.find_class",
    "marshal.loads",
    "exec",
    "compile",
    "ctypes.dlopen",
)


class Watch:
    """Notes what is opened or run while `folder` is set, but for what lies in it or in Python."""

    def __init__(self) -> None:
        self.folder = ""
        self.seen: list[str] = []
        here = str(Path(__file__).resolve().parent.parent)
        places = {sys.prefix, sys.base_prefix, str(Path(os.__file__).parent), here}
        self._python = tuple(os.path.realpath(place) + os.sep for place in places)

    def __call__(self, event: str, arguments: tuple) -> None:
        if not self.folder:
            return
        if event in ("open", "os.listdir", "os.scandir"):
            path = arguments[0]
            if isinstance(path, int) or path is None:
                return
            real = os.path.realpath(os.fsdecode(path))
            inside = real == self.folder or real.startswith(self.folder + os.sep)
            if not inside and not real.startswith(self._python):
                self.seen.append(f"{event} {real}")
        elif event in _RUNS:
            self.seen.append(f"{event} {str(arguments)[:100]}")


def main() -> None:
    given = json.load(sys.stdin)
    import zoo

    warnings.simplefilter("ignore")
    for folder in given["good"]:
        zoo.info(folder)
        zoo.pipeline(folder)
    before = _memory()
    watch = Watch()
    sys.addaudithook(watch)
    for folder in given["bad"]:
        watch.seen, watch.folder = [], os.path.realpath(folder)
        error, known = None, True
        try:
            zoo.info(folder)
            zoo.pipeline(folder)
        except BaseException as raised:  # a panic of Rust's is no Exception
            error, known = (
                f"{type(raised).__name__}: {raised}"[:300],
                isinstance(raised, zoo.ZooError),
            )
        watch.folder = ""
        result = {"error": error, "known": known, "outside": watch.seen}
        print(json.dumps(result), flush=True)
    print(json.dumps({"before": before, "after": _memory()}))


def _memory() -> float:
    """Return the largest memory of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # Linux' ru_maxrss starts from that of the process that started this one.
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (1 << 20 if sys.platform == "darwin" else 1 << 10)


if __name__ == "__main__":
    main()
