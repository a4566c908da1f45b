"""What a server counts, as Prometheus reads it."""

from __future__ import annotations

import functools
from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

__all__ = ["MEDIA_TYPE", "Figures"]

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_INPUTS = (1, 2, 4, 8, 16, 32)


class Figures:
    """Counters, gauges and histograms of one server; none holds anything of an input.

    Example:
        >>> figures = Figures()
        >>> figures.request("/health", "GET", 200, 0.001)
        >>> b"zoo_requests_total" in figures.text()
        True
    """

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "zoo_requests",
            "Requests that were answered.",
            ["route", "method", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "zoo_request_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._inputs = Counter(
            "zoo_inputs", "Inputs that were answered.", ["model", "kind"], registry=registry
        )
        self._batch = Histogram(
            "zoo_batch_inputs",
            "Inputs that were computed together.",
            buckets=_INPUTS,
            registry=registry,
        )
        self._computing = Counter(
            "zoo_computing_seconds", "Time that threads have computed.", registry=registry
        )
        self._gone = Counter(
            "zoo_hung_up", "Requests whose client hung up before the answer.", registry=registry
        )

        # Routes, methods and codes are few: to look them up each time would take a while.
        self._of_route = functools.cache(
            lambda route, method, status: (
                self._requests.labels(route, method, str(status)),
                self._seconds.labels(route),
            )
        )

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Add a figure that is asked for when it is read.

        Args:
            name: its name.
            text: what it is.
            value: returns it.
        """
        Gauge(name, text, registry=self._registry).set_function(value)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request by its route, which names no session."""
        counter, histogram = self._of_route(route, method, status)
        counter.inc()
        histogram.observe(seconds)

    def answered(self, model: str, kind: str, inputs: int) -> None:
        """Count inputs that a model has answered: by `predict`, a `session` or a `stream`."""
        self._inputs.labels(model, kind).inc(inputs)

    def batch(self, inputs: int, seconds: float) -> None:
        """Count a batch."""
        self._batch.observe(inputs)
        self._computing.inc(seconds)

    def hung_up(self) -> None:
        """Count a client that did not wait for its answer."""
        self._gone.inc()

    def text(self) -> bytes:
        """Return all figures in the text format of Prometheus."""
        return generate_latest(self._registry)
