"""Settings of a scorer that asks a server."""

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from curation_assets.quality.ask_llm.config import (
    OtherAnswers,
    PromptLanguages,
    PromptName,
    ShotCount,
    Shots,
    YesAnswers,
)
from curation_assets.quality.prompts.registry import LANGUAGES
from curation_assets.section import Section

LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


class EndpointConfig(Section):
    """Which server is asked for a score, what, and how fast.

    A document is sent to the server as plain text. The score is the value of the answers among the
    ``top_logprobs`` likeliest first tokens; what lies below these counts as nothing.
    """

    url: str = Field(description="of the API, for instance http://localhost:8000/v1")
    model: str = Field(min_length=1, description="name by which the server knows the model")
    api: Literal["chat", "completions"] = Field(
        default="chat",
        description="chat puts the prompt into the model's template; completions sends it as it is",
    )
    readout: Literal["verbalizer", "both_orders", "fewshot"] = Field(
        default="verbalizer",
        description="P(yes) to the prompt; its mean over both orders of yes and no; or P(yes) after examples",
    )
    prompt: PromptName = "paper"
    answers: YesAnswers = ()
    other_answers: OtherAnswers = ()
    prompt_languages: PromptLanguages = LANGUAGES
    shots: Shots = "packaged"
    shot_count: ShotCount = 4
    maximum_characters: int = Field(
        default=2000,
        ge=64,
        le=1_000_000,
        description="characters of a document that are sent, from its start",
    )
    top_logprobs: int = Field(
        default=20, ge=1, le=100, description="likeliest tokens that are asked for; servers allow 20 at most"
    )
    api_key_variable: str = Field(
        default="", description="environment variable that holds the key; empty: no key is sent"
    )
    allow_http: bool = Field(
        default=False, description="unencrypted http to other machines, too: documents and key can be read"
    )
    timeout_seconds: float = Field(default=60.0, gt=0, le=3600, description="for one answer")
    retries: int = Field(
        default=5,
        ge=0,
        le=20,
        description="further attempts after 429, 408, 5xx, timeouts and lost connections",
    )
    first_wait_seconds: float = Field(
        default=1.0, ge=0, le=60, description="before the first of them; each further wait is twice as long"
    )
    maximum_wait_seconds: float = Field(
        default=120.0, ge=0, le=3600, description="longest wait, also where the server says Retry-After"
    )
    requests_per_minute: float | None = Field(
        default=None,
        gt=0,
        le=1_000_000,
        description="most requests a minute, repeated ones included; null: any",
    )
    parallel_requests: int = Field(default=4, ge=1, le=256, description="requests under way at a time")

    @field_validator("url")
    @classmethod
    def _plain(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an address such as http://localhost:8000/v1")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("must have no password, ? or #; name the key's variable in api_key_variable")
        return url.rstrip("/")

    @field_validator("api_key_variable")
    @classmethod
    def _a_name(cls, name: str) -> str:
        if name and not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name):
            raise ValueError("must be the name of an environment variable, not the key itself")
        return name

    @model_validator(mode="after")
    def _encrypted(self) -> "EndpointConfig":
        parts = urlsplit(self.url)
        if parts.scheme == "http" and parts.hostname not in LOCAL_HOSTS and not self.allow_http:
            raise ValueError(f"url: http to {parts.hostname} is not encrypted; take https, or set allow_http")
        return self
