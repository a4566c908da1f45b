"""Points this process and its children at one Hub of the tests; import it before all else.

The client reads its environment when it is imported, by Keras too. No test talks to the real Hub,
and none reads or fills the cache and the login of whoever runs the tests. No test needs any other
network: the way out is a proxy at which nobody listens.
"""

from __future__ import annotations

import os
import tempfile

from hub_server.server import HubServer

HUB = HubServer()
_HOME = tempfile.TemporaryDirectory(prefix="hub-home-")

for _name in [name for name in os.environ if name.startswith(("HF_", "HUGGING"))]:
    del os.environ[_name]
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
os.environ |= {
    **dict.fromkeys(_PROXIES, "http://127.0.0.1:9"),
    "no_proxy": "localhost,127.0.0.1",
    "NO_PROXY": "localhost,127.0.0.1",
    "HF_ENDPOINT": HUB.endpoint,
    "HF_HOME": _HOME.name,
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HUB_DISABLE_XET": "1",
}
