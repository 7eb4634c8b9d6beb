"""Configuration of the cleaning stage. A threshold of ``null`` switches its rule off.

Keys marked as thresholds are for ``judge`` alone. All others, and any key that is added without the mark, are
taken to change what is measured: forgetting the mark costs time and never gives a stale value.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, model_validator

from curation_assets.cleaning.rules.presets import PRESETS
from curation_assets.section import ModelName, Section

_THRESHOLD = "threshold"
Share = Annotated[float | None, _THRESHOLD]
Count = Annotated[int | None, _THRESHOLD]
Ratio = Annotated[float | None, _THRESHOLD]
Switch = Annotated[bool, _THRESHOLD]
Phrase = Annotated[str, Field(pattern=r"\S")]
Language = Annotated[str, Field(pattern="^[a-z]{2,3}$")]
PresetName = Literal["default", "gopher", "c4", "fineweb", "refinedweb", "ccnet"]
AnySection = TypeVar("AnySection", bound=Section)


def _share(default: float | None, description: str) -> float | None:
    return Field(default, ge=0, le=1, description=description)


def _count(default: int | None, description: str) -> int | None:
    return Field(default, ge=0, description=description)


class ExtractionConfig(Section):
    """How text is taken out of HTML."""

    main_content: bool = Field(
        True, description="leave out menus, headers, footers and other boilerplate of a page"
    )
    extractor: Literal["resiliparse", "trafilatura"] = Field(
        "resiliparse", description="what finds the text; trafilatura is an extra and some 15 times slower"
    )
    comments: bool = Field(False, description="take readers' comments for content")
    # Of technical documentation, 0.7 % is above: indexes and tables of contents, all of them.
    maximum_link_density: Share = _share(0.8, "greatest share of a page's text that is in links")


class NormalisationConfig(Section):
    """How characters are normalised."""

    unicode_nfc: bool = Field(True, description="compose characters (Unicode NFC)")
    repair_encoding: bool = Field(True, description="repair text that was decoded with the wrong encoding")
    remove_control_characters: bool = Field(
        True, description="remove NUL, other control and invisible characters"
    )
    normalise_whitespace: bool = Field(
        True, description="one kind of line end and space, one blank line at most"
    )


class ResidueConfig(Section):
    """Mark-up that was left in plain text."""

    entities: bool = Field(True, description="decode HTML entities such as &nbsp; and &amp;amp;")
    tags: bool = Field(True, description="remove HTML tags such as <br> and </div>, but not from code")
    markdown: Literal["keep", "strip"] = Field(
        "keep", description="keep links and images of Markdown, or leave only their text"
    )


class LanguageConfig(Section):
    """Language identification with fastText's lid.176."""

    enabled: bool = Field(True, description="identify the language of each document")
    # Random letters score below 0.12. Of technical documentation in eight languages 0.2 % score below 0.15,
    # most of it code listings.
    minimum_recognition: Share = _share(
        0.15, "least certainty, whatever the languages kept: gibberish is below"
    )
    allowed: Annotated[list[Language], _THRESHOLD] = Field(
        [], description="ISO 639 codes of the languages to keep; empty keeps every language"
    )
    minimum_score: Annotated[float, _THRESHOLD] = Field(
        0.65, ge=0, le=1, description="least certainty, applied when languages are listed (FineWeb)"
    )
    minimum_scores: Annotated[dict[Language, Annotated[float, Field(ge=0, le=1)]], _THRESHOLD] = Field(
        {}, description="least certainty for single languages, e.g. {pl: 0.5}"
    )
    characters: int = Field(
        2000, ge=100, description="characters at the start of a document that are looked at"
    )
    per_line: bool = Field(True, description="identify each line, too, to tell pages of mixed languages")
    minimum_line_share: Share = _share(
        None, "least share of a document's letters in lines of its language; null keeps mixed pages"
    )


class GopherQualityConfig(Section):
    """Quality rules of Gopher (arXiv 2112.11446, appendix A.1.1)."""

    enabled: Switch = Field(True, description="apply the quality rules of Gopher")
    minimum_words: Count = _count(50, "fewest words")
    maximum_words: Count = _count(100_000, "most words")
    minimum_mean_word_length: Ratio = Field(
        3.0, ge=0, description="least mean length of words, in characters"
    )
    maximum_mean_word_length: Ratio = Field(10.0, ge=0, description="greatest mean length of words")
    maximum_hash_ratio: Ratio = Field(0.1, ge=0, description="most '#' per word")
    maximum_ellipsis_ratio: Ratio = Field(0.1, ge=0, description="most ellipses per word")
    maximum_bullet_lines: Share = _share(0.9, "greatest share of lines that start with a bullet")
    maximum_ellipsis_lines: Share = _share(0.3, "greatest share of lines that end with an ellipsis")
    minimum_alphabetic_words: Share = _share(0.8, "least share of words with a letter")
    minimum_stop_words: Count = _count(2, "fewest different function words of the document's language")

    @model_validator(mode="after")
    def _some_pass(self) -> "GopherQualityConfig":
        """Refuse limits between which there is nothing."""
        low, high = self.minimum_words, self.maximum_words
        if low is not None and high is not None and low > high:
            raise ValueError(f"minimum_words is {low}, more than maximum_words, which is {high}")
        return self


class GopherRepetitionConfig(Section):
    """Repetition rules of Gopher (arXiv 2112.11446, table A1); each is a greatest share."""

    enabled: Switch = Field(True, description="apply the repetition rules of Gopher")
    duplicate_lines: Share = _share(0.30, "lines that stood before")
    duplicate_paragraphs: Share = _share(0.30, "paragraphs that stood before")
    duplicate_line_characters: Share = _share(0.20, "characters in lines that stood before")
    duplicate_paragraph_characters: Share = _share(0.20, "characters in paragraphs that stood before")
    top_2_gram: Share = _share(0.20, "characters in the most frequent sequence of 2 words")
    top_3_gram: Share = _share(0.18, "characters in the most frequent sequence of 3 words")
    top_4_gram: Share = _share(0.16, "characters in the most frequent sequence of 4 words")
    duplicate_5_grams: Share = _share(0.15, "characters in sequences of 5 words that stood before")
    duplicate_6_grams: Share = _share(0.14, "the same for 6 words")
    duplicate_7_grams: Share = _share(0.13, "the same for 7 words")
    duplicate_8_grams: Share = _share(0.12, "the same for 8 words")
    duplicate_9_grams: Share = _share(0.11, "the same for 9 words")
    duplicate_10_grams: Share = _share(0.10, "the same for 10 words")


class C4Config(Section):
    """Rules of C4 (arXiv 1910.10683, section 2.2), as FineWeb chose them; some only edit lines."""

    enabled: bool = Field(True, description="apply the rules of C4")
    remove_policy_lines: bool = Field(
        True, description="remove lines about cookies, privacy policy and terms of use"
    )
    # C4 removes every line with the word, which takes sentences out of any text about the language itself.
    javascript_lines: Literal["off", "notices", "all"] = Field(
        "notices", description="remove no lines with 'javascript', those asking to enable it, or all of them"
    )
    remove_citation_marks: bool = Field(
        True, description="remove [edit], [citation needed] and [1] after punctuation"
    )
    maximum_word_characters: int | None = _count(1000, "remove lines with a longer run without spaces")
    # C4 asks for 5 and later 3, FineWeb for 3: headings, terms and list items of documentation would go.
    minimum_line_words: int | None = _count(None, "remove lines with fewer words (FineWeb: 3)")
    # FineWeb (arXiv 2406.17557, section 3.5) left this rule out, since it removes most.
    line_ends: Literal["any", "sentence", "sentence_or_quote"] = Field(
        "any", description="remove lines that end in anything else (C4: sentence_or_quote)"
    )
    # FineWeb asks for 5, which would keep 30 of 160 short informative texts, 3 keeps 106 (and 17 instead of
    # 11 of 217 pieces of junk).
    minimum_sentences: Count = _count(3, "fewest sentences (C4: 3, FineWeb: 5)")
    maximum_lorem_ipsum: Count = _count(0, "most occurrences of 'lorem ipsum'")
    # C4 uses 0 against scripts left in pages; it would drop all documentation that shows code.
    maximum_curly_brackets: Count = _count(None, "most opening curly brackets (C4: 0)")


class FineWebConfig(Section):
    """Rules FineWeb added (arXiv 2406.17557, section 3.6)."""

    enabled: Switch = Field(True, description="apply the rules FineWeb added")
    minimum_terminal_lines: Share = _share(0.12, "least share of lines that end a sentence")
    maximum_short_lines: Share = _share(0.67, "greatest share of lines of at most short_line characters")
    short_line: int = Field(
        30, ge=1, description="characters up to which a line is short; read when measuring"
    )
    # 0.01 in FineWeb, set on running web text. Headings such as "Example", table cells and code repeat
    # in sound reference text: with 0.01 the share kept of technical documentation falls from 58 % to 32 %.
    # Gopher's rules on duplicate lines and paragraphs stay on.
    maximum_duplicate_line_characters: Share = _share(
        None, "most characters in repeated lines (FineWeb: 0.01)"
    )
    maximum_line_breaks_per_word: Ratio = Field(0.3, ge=0, description="most line breaks per word")


class RefinedWebConfig(Section):
    """Line-wise corrections of RefinedWeb (arXiv 2306.01116, appendix G.2), off by default."""

    # Made for web pages. Headings of manual pages are single words in capitals: of those in German 20 % are
    # kept instead of 56 %, of technical documentation in all 62 % instead of 67 %.
    enabled: bool = Field(False, description="correct lines, and drop documents that lose much by it")
    remove_uppercase_lines: bool = Field(True, description="remove lines mainly of capital letters")
    remove_numeric_lines: bool = Field(True, description="remove lines that are a number")
    remove_counter_lines: bool = Field(True, description="remove counters such as '3 likes'")
    remove_one_word_lines: bool = Field(True, description="remove lines of a single word")
    cut_line_starts: list[Phrase] = Field(["sign-in"], description="phrases cut off the start of short lines")
    cut_line_ends: list[Phrase] = Field(
        ["read more...", "read more"], description="phrases cut off the end of short lines"
    )
    cut_from_lines: list[Phrase] = Field(["items in cart"], description="phrases cut out of short lines")
    short_line_words: int = Field(10, ge=1, description="words up to which phrases are cut out of a line")
    maximum_removed_words: Share = _share(0.05, "greatest share of words that the corrections remove")


class CcNetConfig(Section):
    """The rule of CCNet (arXiv 1911.00359) that no other section has, off by default."""

    enabled: Switch = Field(False, description="apply the least length of CCNet")
    minimum_characters: Count = _count(300, "fewest characters")


class PiiConfig(Section):
    """Which personal data and secrets are masked by a typed placeholder."""

    emails: bool = Field(True, description="mask e-mail addresses with <EMAIL>")
    example_emails: bool = Field(
        False, description="mask addresses below example.com, .net and .org (RFC 2606), too"
    )
    ip_addresses: bool = Field(True, description="mask public IPv4 and IPv6 addresses with <IP_ADDRESS>")
    phones: bool = Field(
        True,
        description="mask phone numbers with <PHONE>: with '+', in unmistakable national notation, or "
        "after a word such as 'Tel'",
    )
    credit_cards: bool = Field(True, description="mask payment card numbers (Luhn) with <CREDIT_CARD>")
    ibans: bool = Field(True, description="mask bank accounts (ISO 13616, modulo 97) with <IBAN>")
    us_ssns: bool = Field(True, description="mask US social security numbers with <US_SSN>")
    kr_rrns: bool = Field(True, description="mask Korean resident registration numbers with <KR_RRN>")
    secrets: bool = Field(
        True,
        description="mask API keys, tokens, private keys and values named key, token, secret or password "
        "with <SECRET>",
    )
    secret_entropy: float = Field(
        2.5, ge=0, le=8, description="least entropy of a named value that is masked, in bits a character"
    )


class UrlsConfig(Section):
    """Filters on the address of a document, if it has one (RefinedWeb, arXiv 2306.01116, appendix G.1)."""

    blocklists: list[ModelName] = Field(
        [], description="files of blocked domains or beginnings of addresses, one a line, or hosts files"
    )
    hard_words: ModelName = Field(
        "packaged",
        min_length=1,
        description="file of words of which one drops; 'packaged' is short; or 'off'",
    )
    soft_words: ModelName = Field(
        "packaged", min_length=1, description="file of words of which two drop; 'packaged' is short; or 'off'"
    )
    drop_blocked: Switch = Field(True, description="drop documents whose address a blocklist covers")
    maximum_hard_words: Count = _count(0, "most hard words in an address")
    maximum_soft_words: Count = _count(1, "most soft words in an address")


class WordListsConfig(Section):
    """Words and phrases that are counted. A list is a file, a folder of files such as en.txt and any.txt,
    'packaged' or 'off'."""

    bad_words: ModelName = Field(
        "packaged", min_length=1, description="list of obscene words; the packaged one is short"
    )
    toxic_words: ModelName = Field(
        "packaged", min_length=1, description="list of insults and threats; so is this one"
    )
    # C4 drops a page that has a single one, with a list of 403 words. A count says little of a long text, and
    # a share little of a list; 2 % of all words are beyond what a quotation or a dictionary needs.
    maximum_bad_words: Count = _count(None, "most obscene words (C4: 0)")
    maximum_bad_word_share: Share = _share(0.02, "greatest share of words that are obscene")
    maximum_toxic_words: Count = _count(None, "most insults and threats")
    maximum_toxic_word_share: Share = _share(0.02, "greatest share of words in insults and threats")


class NoticesConfig(Section):
    """Shares of the characters in lines of licences, copyright and policies; long lines by sentence."""

    maximum_licence_lines: Share = _share(0.5, "greatest share in sentences of software and content licences")
    maximum_copyright_lines: Share = _share(0.5, "greatest share in copyright lines")
    maximum_policy_lines: Share = _share(
        0.5, "greatest share in sentences about privacy, cookies and terms of use"
    )


class CleaningConfig(Section):
    """The cleaning stage: extraction, normalisation, language, rules and personal data."""

    preset: Annotated[PresetName, _THRESHOLD] = Field(
        "default",
        description="published rules for the keys below that are left out; a key that is given goes first. "
        "c4, fineweb and refinedweb keep English alone",
    )
    extraction: ExtractionConfig = ExtractionConfig()
    urls: UrlsConfig = UrlsConfig()
    residue: ResidueConfig = ResidueConfig()
    normalisation: NormalisationConfig = NormalisationConfig()
    language: LanguageConfig = LanguageConfig()
    gopher_repetition: GopherRepetitionConfig = GopherRepetitionConfig()
    gopher_quality: GopherQualityConfig = GopherQualityConfig()
    c4: C4Config = C4Config()
    fineweb: FineWebConfig = FineWebConfig()
    refinedweb: RefinedWebConfig = RefinedWebConfig()
    ccnet: CcNetConfig = CcNetConfig()
    word_lists: WordListsConfig = WordListsConfig()
    notices: NoticesConfig = NoticesConfig()
    pii: PiiConfig = PiiConfig()

    @model_validator(mode="before")
    @classmethod
    def _start_from_preset(cls, values: Any) -> Any:
        """Fill in what the preset sets and is not given; an unknown preset is left to its own check."""
        preset = values.get("preset") if isinstance(values, dict) else None
        if not isinstance(preset, str) or preset not in PRESETS:
            return values
        filled = dict(values)
        for name, section in PRESETS[preset].items():
            given = values.get(name, {})
            if isinstance(given, Section):
                given = {key: getattr(given, key) for key in given.model_fields_set}
            filled[name] = section | given if isinstance(given, dict) else given
        return filled

    def measuring(self) -> "CleaningConfig":
        """Return these settings with every threshold, and every key of an edit that is off, at its default.

        Whatever is measured by it cannot depend on them.
        """
        return _without_thresholds(self)


def _without_thresholds(section: AnySection) -> AnySection:
    switch = type(section).model_fields.get("enabled")
    if switch and _THRESHOLD not in switch.metadata and not getattr(section, "enabled"):  # noqa: B009
        return type(section).model_validate({"enabled": False})
    defaults: dict[str, object] = {}
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, Section):
            defaults[name] = _without_thresholds(value)
        elif _THRESHOLD in field.metadata:
            defaults[name] = field.get_default(call_default_factory=True)
    return section.model_copy(update=defaults)
