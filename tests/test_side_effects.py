"""Nothing is written, connected to or printed that nobody asked for, by whichever library."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import checkpoint_files
from zoo.hub.staging import stage
from zoo.tasks.text_classification.testing import OTHER_BACKBONES, make_checkpoint

# Reports what Python code writes and connects to; what native code does shows in the home
# directory, in the sockets that are open at the end, and at the proxy, which all of them ask.
WATCH = """
import os, sys
allowed = tuple(sys.argv[1].split(":"))
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        print("connects:", *arguments[-2:])
    elif event == "open" and isinstance(arguments[2], int) and isinstance(arguments[0], str):
        path = os.path.abspath(arguments[0])
        writes = arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and not path.startswith(allowed):
            print("writes:", path)
sys.addaudithook(watch)
checkpoint, output, table = sys.argv[2:]
import zoo
"""
SOCKETS = """
for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
    try:
        target = os.readlink(f"/proc/self/fd/{name}")
    except OSError:
        continue
    if target.startswith("socket:") and int(name) > 2:
        print("socket:", name)
"""
PREDICT = """
for entry, given in (("lstm-imdb", ["A moving film."]), ("bahdanau-multi30k-de-en", ["Ein Hund."])):
    zoo.pipeline(entry)(given)
assert "keras" not in sys.modules
"""
FINETUNE = """
import logging
logging.getLogger("absl").setLevel("ERROR")  # KerasHub's use of grain, where that is installed
from rich.console import Console
zoo.load(checkpoint).predict(["A moving film."], verbose=0)
quiet = Console(quiet=True)
zoo.finetune(checkpoint, table, output=output, epochs=1, console=quiet)
import keras
from pathlib import Path
from zoo.files import write_directory
from zoo.hub.staging import stage
keras.layers.Dense(3, name=None)  # moves on what Keras counts
write_directory(Path(output + ".staged"), stage(checkpoint, "user/tiny").files)
"""
# What Keras and Matplotlib keep for themselves, with or without the zoo: settings, and the list
# of the fonts that are installed.
OWN = (".keras/keras.json", ".cache/matplotlib/")


@pytest.mark.parametrize(("code", "own"), [(PREDICT, ()), (FINETUNE, OWN)])
def test_nothing_is_written_sent_or_printed_unasked(tmp_path, code, own):
    home, temporary, output = tmp_path / "home", tmp_path / "temporary", tmp_path / "tuned"
    for folder in (home, temporary):
        folder.mkdir()
    table = tmp_path / "table.csv"
    rows = [f"moving {n * 'film '},good\nawful {n * 'film '},bad\n" for n in range(1, 9)]
    table.write_text("text,label\n" + "".join(rows))
    names = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "KERAS_BACKEND")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.setblocking(False)
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        proxies = ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY")
        allowed = (home, temporary, f"{output}.", output, tmp_path / ".tuned", "/dev/", "/proc/")
        # A network that compiles sooner than a recurrent one.
        tiny = make_checkpoint(tmp_path / "tiny", backbone=OTHER_BACKBONES["one width"])
        places = [tiny, output, table]
        script = WATCH + code + SOCKETS
        result = subprocess.run(
            [sys.executable, "-B", "-c", script, ":".join(map(str, allowed)), *places],
            env={**kept, "HOME": str(home), "TMPDIR": str(temporary)}
            | dict.fromkeys(proxies, address),
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
        with pytest.raises(BlockingIOError):  # nobody asked for the proxy
            proxy.accept()
    written = [path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()]
    assert [path for path in written if not path.startswith(own)] == []
    assert list(temporary.iterdir()) == []
    if code == FINETUNE:  # the same checkpoint gives the same bytes in another process
        staged = stage(tiny, "user/tiny").files
        assert staged == stage(tiny, "user/tiny").files
        assert checkpoint_files(tmp_path / "tuned.staged") == staged
