"""The kinds of scorers that ``quality.scorers`` may name, and their settings."""

from typing import Annotated, Literal

from pydantic import Field

from curation_assets.quality.ask_llm.config import AskLlmConfig
from curation_assets.quality.endpoint.config import EndpointConfig
from curation_assets.section import ModelName, Section
from curation_assets.text.embedder_settings import EmbedderSettings

ModelFile = Annotated[ModelName, Field(min_length=1, description="file of the model")]


class AskLlmScorer(AskLlmConfig):
    """Ask-LLM with other settings than the column ask_llm."""

    kind: Literal["ask_llm"]


class EndpointScorer(EndpointConfig):
    """Ask-LLM, asked of a server."""

    kind: Literal["endpoint"]


class NgramScorer(Section):
    """Perplexity of an n-gram model: trained here, ARPA, or KenLM's binary file of the kind probing."""

    kind: Literal["ngram"]
    model: ModelFile
    tokens: Literal["words", "spaces"] = Field(
        default="words", description="how texts are cut for a file of KenLM; one trained here says so itself"
    )


class PerplexityScorer(Section):
    """Perplexity of a language model."""

    kind: Literal["perplexity"]
    model: ModelName = Field(default="packaged", min_length=1, description="'packaged', a folder, a hub name")
    maximum_tokens: int = Field(default=256, ge=16, le=8192, description="of a document, from its start")
    dtype: Literal["auto", "bfloat16", "float32"] = Field(default="auto", description="arithmetic")


class HashedScorer(Section):
    """GPT-3's logistic regression on hashed words."""

    kind: Literal["hashed"]
    model: ModelFile


class FastTextScorer(Section):
    """A fastText classifier, trained here or in fastText's own format (.bin, .ftz)."""

    kind: Literal["fasttext"]
    model: ModelFile
    label: str = Field(min_length=1, description="the label whose probability is the score")


class DsirScorer(Section):
    """DSIR's log importance weight."""

    kind: Literal["dsir"]
    model: ModelFile
    per_feature: bool = Field(
        default=True, description="divided by the number of words and pairs: long texts have no larger ones"
    )


AllowFailed = Annotated[
    bool, Field(description="take it although it failed its gate: it is too unlike its teacher")
]


class StudentScorer(Section):
    """A student of another score: heuristics and boosted trees, thousands of documents a second."""

    kind: Literal["student"]
    model: ModelFile
    allow_failed: AllowFailed = False


class CascadeOf(Section):
    """A student that scores all documents, and a band in which Ask-LLM is asked instead."""

    student: ModelFile
    band: Annotated[ModelName, Field(min_length=1, description="file of the band (.json)")]
    allow_failed: AllowFailed = False

    @property
    def alone(self) -> StudentScorer:
        """Return the settings of the column that has the student's own scores."""
        return StudentScorer(kind="student", model=self.student, allow_failed=self.allow_failed)


class EmbeddingScorer(Section):
    """FineWeb-Edu's kind of grade: a regression on the embedding."""

    kind: Literal["embedding"]
    model: ModelFile
    # With the settings of ``embeddings``, no text is embedded twice.
    embedder: EmbedderSettings = Field(
        default=EmbedderSettings(), description="model of the vectors that it was trained on"
    )


ScorerConfig = Annotated[
    AskLlmScorer
    | EndpointScorer
    | NgramScorer
    | PerplexityScorer
    | HashedScorer
    | FastTextScorer
    | DsirScorer
    | EmbeddingScorer
    | StudentScorer,
    Field(discriminator="kind"),
]
LOWER_IS_BETTER = {"ngram", "perplexity"}
ABOUT = {
    "ask_llm": "Ask-LLM score, 0 to 1",
    "endpoint": "Ask-LLM score of a server's model, 0 to 1",
    "ngram": "perplexity of an n-gram model, from 1; low is like its training texts",
    "perplexity": "perplexity of a language model, from 1; low is well predicted, repetition most of all",
    "hashed": "probability of a logistic regression on hashed words",
    "fasttext": "probability of a fastText label",
    "embedding": "grade by a regression on the embedding, 0 to 5 if it was trained on such",
    "student": "what a student makes of the text, on its teacher's scale",
    "dsir": "log importance weight towards a target",
}
