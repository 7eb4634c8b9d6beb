"""Posts JSON to a server, again where that can help, and says what is wrong where it cannot."""

import http.client
import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from curation_assets.quality.endpoint.config import LOCAL_HOSTS, EndpointConfig
from curation_assets.quality.endpoint.pacing import RateLimit, backoff, retry_after
from resources.models import ModelError

_AGAIN = {408, 425, 429}
"""Of the statuses below 500, those that may pass; all from 500 may."""
_LARGEST_ANSWER = 4 << 20
_SHOWN_OF_AN_ANSWER = 300
_ADVICE = {
    400: "the server refused the request: does it know this api, top_logprobs and so long a prompt"
    " (maximum_characters)?",
    401: "the key is missing or wrong: see api_key_variable.",
    403: "the key may not use this model: see api_key_variable.",
    404: "there is no such address or model: url ends in /v1 for most servers, and model must be a name that"
    " GET url/models lists.",
    413: "the request is too long: lower maximum_characters.",
    422: "the server refused the request: does it know this api and top_logprobs?",
    429: "too many requests: lower requests_per_minute or parallel_requests.",
}


class EndpointError(ModelError):
    """A server does not answer as it should; what was scored before is kept."""


class RefusedError(EndpointError):
    """A server does not take this request, perhaps for the document in it: it may be too long."""


_REFUSED = {400, 413, 422}


@dataclass(frozen=True)
class _Failure:
    what: str
    status: int | None = None
    wait: float | None = None

    @property
    def may_pass(self) -> bool:
        return self.status is None or self.status in _AGAIN or self.status >= 500


class Client:
    """Sends requests to one server; threads may share it. The key is read when needed and kept nowhere.

    Redirections are not followed: they would carry documents and key elsewhere.

    Args:
        clock: for the rate limit, in seconds.
        pause: waits so many seconds, or until it is told to stop.
    """

    def __init__(
        self,
        config: EndpointConfig,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float, threading.Event], object] = lambda seconds, stop: stop.wait(seconds),
    ) -> None:
        self._config = config
        self._pause = pause
        self._rate = RateLimit(config.requests_per_minute, clock)
        local = urlsplit(config.url).hostname in LOCAL_HOSTS
        proxies = [urllib.request.ProxyHandler({})] if local else []
        self._opener = urllib.request.build_opener(_NoRedirection, *proxies)

    def post(self, path: str, body: Mapping[str, Any], stop: threading.Event | None = None) -> Any:
        """Return the server's answer, decoded from JSON.

        Args:
            stop: once set, from another thread, nothing is waited for and tried again.

        Raises:
            EndpointError: there is none, after all attempts; it names address, status and what to do.
        """
        config, url = self._config, f"{self._config.url}/{path}"
        stop = stop or threading.Event()
        for attempt in range(config.retries + 1):
            self._pause(self._rate.reserve(), stop)
            outcome = self._attempt(url, body)
            if not isinstance(outcome, _Failure):
                return outcome
            if not outcome.may_pass or attempt == config.retries or stop.is_set():
                break
            wait = backoff(attempt, config.first_wait_seconds, config.maximum_wait_seconds)
            self._pause(max(wait, min(outcome.wait or 0.0, config.maximum_wait_seconds)), stop)
        times = f" ({attempt + 1} attempts)" if attempt else ""
        advice = _ADVICE.get(outcome.status or 0, "is the server up, and does it answer at this address?")
        kind = RefusedError if outcome.status in _REFUSED else EndpointError
        raise kind(
            f"{url}: {outcome.what}{times}; {advice} What was scored before is kept: run again to go on."
        )

    def _attempt(self, url: str, body: Mapping[str, Any]) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        key = self._key()
        if key:
            headers["Authorization"] = f"Bearer {key}"
        data = json.dumps(body).encode("utf-8")
        request = urllib.request.Request(url, data=data, headers=headers, method="POST")
        try:
            with self._opener.open(request, timeout=self._config.timeout_seconds) as response:
                return json.loads(self._read(response))
        except urllib.error.HTTPError as error:
            with error:
                said = self._said(error, key)
                wait = retry_after(error.headers.get("Retry-After"))
            return _Failure(f"HTTP status {error.code}{said}", error.code, wait)
        except (OSError, http.client.HTTPException) as error:  # timeouts are OSErrors
            reason = getattr(error, "reason", None) or error
            return _Failure(f"no answer ({type(reason).__name__}: {reason})")
        except ValueError:
            return _Failure("HTTP status 200, but the answer is not JSON", 200)

    def _read(self, response: Any) -> bytes:
        """Read an answer in no more than the time for one: a server may also send a byte now and then.

        Raises:
            TimeoutError: it took longer.
        """
        deadline = time.monotonic() + self._config.timeout_seconds
        data = bytearray()
        while len(data) < _LARGEST_ANSWER and (part := response.read1(1 << 16)):
            data += part
            if time.monotonic() > deadline:
                raise TimeoutError("the answer came too slowly")
        return bytes(data)

    def _key(self) -> str:
        variable = self._config.api_key_variable
        if not variable:
            return ""
        key = os.environ.get(variable, "").strip()
        if not key or not key.isascii() or not key.isprintable():
            raise EndpointError(f"{self._config.url}: the environment variable {variable} holds no key")
        return key

    def _said(self, error: urllib.error.HTTPError, key: str) -> str:
        """Return the start of what a server says to its refusal, without the key, on one line."""
        try:
            text = self._read(error).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return ""
        text = " ".join((text.replace(key, "[key]") if key else text).split())
        shown = "".join(char if char.isprintable() else "?" for char in text[:_SHOWN_OF_AN_ANSWER])
        return f": {shown}" if shown else ""


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        return None  # urllib then raises HTTPError with the status
