"""A server of the test's own that answers as OpenAI-compatible ones do, or fails as it is told."""

import contextlib
import json
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "tiny-model"
PROBABILITIES = {" yes": 0.4, "Yes": 0.2, "yes!": 0.1, "no": 0.05, "3": 0.06, "4": 0.02, "j": 0.03}


@dataclass
class Failure:
    """What to answer instead; ``status`` 0 closes the connection, ``drip`` sends byte by byte."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"error": "told to fail"}'
    delay: float = 0.0
    drip: float = 0.0


class AnsweringServer:
    """Remembers requests as (path, headers, body), and answers each with the same probabilities.

    Attributes:
        failures: for the next requests, first one first.
        probabilities: of first tokens, given the text of the whole question.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.failures: list[Failure] = []
        self.fail_on: Callable[[str], Failure | None] = lambda _text: None
        self.probabilities: Callable[[str], dict[str, float]] = lambda _text: PROBABILITIES
        self.model: str | None = MODEL
        self.before: Callable[[], object] = lambda: None
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def asked(self) -> list[str]:
        return [text_of(body) for _, _, body in self.requests]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, body: dict[str, Any]) -> Any:
        logprobs = {token: math.log(p) for token, p in self.probabilities(text_of(body)).items()}
        if path.endswith("/chat/completions"):
            top = [{"token": token, "logprob": value, "bytes": None} for token, value in logprobs.items()]
            choice: dict[str, Any] = {"logprobs": {"content": [{"token": "x", "top_logprobs": top}]}}
        else:
            choice = {"logprobs": {"tokens": ["x"], "top_logprobs": [logprobs]}}
        return {"model": self.model, "choices": [{"index": 0, **choice}]}

    def receive(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Failure | None:
        with self._lock:
            self.requests.append((path, headers, body))
            planned = self.failures.pop(0) if self.failures else None
        return planned or self.fail_on(text_of(body))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                failure = server.receive(self.path, dict(self.headers), body)
                server.before()
                if failure is None:
                    self._send(200, {}, json.dumps(server.answer(self.path, body)).encode())
                    return
                time.sleep(failure.delay)
                with contextlib.suppress(OSError):  # the client has given up
                    if failure.status:
                        self._send(failure.status, failure.headers, failure.body, failure.drip)

            def _send(self, status: int, headers: dict[str, str], body: bytes, drip: float = 0.0) -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                for part in [bytes([byte]) for byte in body] if drip else [body]:
                    self.wfile.write(part)
                    time.sleep(drip)

            def do_GET(self) -> None:
                server.requests.append((self.path, dict(self.headers), {"prompt": ""}))
                self._send(200, {}, b"{}")

            def log_message(self, *_arguments: object) -> None:
                pass

        return Handler


def text_of(body: dict[str, Any]) -> str:
    return str(body["prompt"]) if "prompt" in body else str(body["messages"][-1]["content"])
