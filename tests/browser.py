"""A real browser without a window, asked through ChromeDriver's own protocol (W3C WebDriver)."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

import pytest

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1200,1000",
)
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Browser:
    """Chromium with one page; a context that ends it."""

    def __init__(self, *flags: str) -> None:
        driver, browser = shutil.which("chromedriver"), shutil.which("chromium")
        if driver is None or browser is None:
            pytest.skip("no Chromium here: apt-get install chromium chromium-driver")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._address = f"http://127.0.0.1:{probe.getsockname()[1]}"
        self._folder = tempfile.TemporaryDirectory()
        self._driver = subprocess.Popen(
            [driver, f"--port={self._address.rpartition(':')[2]}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        options = {
            "binary": browser,
            "args": [*_FLAGS, *flags, f"--user-data-dir={self._folder.name}"],
        }
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        for _ in range(1_000):
            try:
                found = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
                break
            except OSError:  # it does not listen yet
                time.sleep(0.1)
        else:
            raise TimeoutError("ChromeDriver does not listen")
        self._session = f"/session/{found['sessionId']}"

    def _send(self, method, path, content=None):
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self._address + path, data, method=method)
        with _OPENER.open(request, timeout=600) as answer:
            return json.load(answer)["value"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._send("DELETE", self._session)
        finally:
            self._driver.terminate()
            self._driver.wait()
            self._folder.cleanup()

    def open(self, address):
        """Open a page."""
        self._send("POST", f"{self._session}/url", {"url": address})

    def run(self, script, *arguments):
        """Return what a script in the page returns."""
        content = {"script": script, "args": list(arguments)}
        return self._send("POST", f"{self._session}/execute/sync", content)

    def until(self, expression, seconds=600.0):
        """Wait until an expression in the page holds, and return its value."""
        end = time.monotonic() + seconds
        while not (found := self.run(f"return {expression}")):
            if time.monotonic() > end:
                raise TimeoutError(expression)
            time.sleep(0.05)
        return found

    def _place(self, selector):
        found = self._send(
            "POST", f"{self._session}/element", {"using": "css selector", "value": selector}
        )
        return f"{self._session}/element/{next(iter(found.values()))}"

    def click(self, selector):
        """Click as a person does."""
        self._send("POST", f"{self._place(selector)}/click", {})

    def type(self, selector, text):
        """Type into a field, after what is in it."""
        self._send("POST", f"{self._place(selector)}/value", {"text": text})

    def clear(self, selector):
        """Empty a field."""
        self._send("POST", f"{self._place(selector)}/clear", {})

    def complaints(self):
        """Return what the page's console says is wrong."""
        found = self._send("POST", f"{self._session}/se/log", {"type": "browser"})
        return [one["message"] for one in found if one["level"] in ("SEVERE", "WARNING")]

    def picture(self, path):
        """Write what is to be seen as a PNG file."""
        path.write_bytes(base64.b64decode(self._send("GET", f"{self._session}/screenshot")))
