"""Answering over HTTP: pipelines behind an ASGI application, for every task alike."""
