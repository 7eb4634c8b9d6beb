"""From reduced HTML to text by one regular expression after the other: what the compiled way must give."""

import re
from dataclasses import dataclass, field

# Stand for the start and end of a link, the start of a heading and of one that is the title, until the text
# is done.
_LINK, _LINK_END, _HEADING, _TITLE = "\x02", "\x03", "\x04", "\x05"
_MARKS = (_LINK, _LINK_END, _HEADING, _TITLE)
_PRE = re.compile(r"<pre>(.*?)</pre>", re.DOTALL)
_LINK_TAG = re.compile(r'<a href="[^"]*">')
# A heading that leads back to the table of contents is no link to elsewhere.
_HEADING_TAG = re.compile(r'<h[1-6]>(?:<a href="#[^"]*">)?')
_PLAIN_TAG = re.compile(r"</?(?:p|br|h[1-6]|pre)>")
_LINE_TAG = re.compile(r"<br>|</(?:p|li|h[1-6])>\n?")
_ANY_TAG = re.compile(r"<[^<>]*>")
_LIST_TAG = re.compile(r"<(/?(?:ul|ol|li))>")
_PERMALINK = re.compile(rf"{_LINK}[\s\u00b6#\u00a7\U0001f517\u2693]*{_LINK_END}")
# A link that is longer was never closed.
_LINKED = re.compile(rf"{_LINK}([^{_LINK}{_LINK_END}]{{0,500}}){_LINK_END}")
_LONG_LINK = re.compile(rf"{_LINK}([^{_LINK}{_LINK_END}\n]*\n[^{_LINK}{_LINK_END}]{{0,500}}){_LINK_END}")
_LINE_START = re.compile(r"\n (?=\S)")
_CELL_END = re.compile(r" *\t *")
_NOT_WORDS = re.compile(r"[\W_]+")
_COPYRIGHT = re.compile(
    r"\s*(?:\u00a9|\(c\)|copyright\s*(?:\u00a9|\(c\)|[\d\s,-]{4,})|all rights reserved)", re.IGNORECASE
)
# Of a line of navigation, at most this share is outside of links ("Next:", "Up:").
_UNLINKED = 0.2
_RUN = 3
_LEAST = 0.3


@dataclass(frozen=True)
class Lines:
    """The text of a page and the share of its characters, blanks aside, that are in links."""

    text: str
    link_density: float


def without_marks(html: str) -> str:
    """Return a page without the control characters that are used as marks here."""
    for mark in _MARKS:
        html = html.replace(mark, "")
    return html


def lines_of(markup: str, *, trim: bool) -> Lines:
    """Return the text of a page: bullets and numbers before list items, a tab between cells.

    markup: what ``extract_plain_text(..., preserve_formatting="minimal_html", links=True)`` returns.
    trim: leave out runs of links, and links and copyright notices at both ends; they count for the density.
    """
    lists = _Lists()
    markup = _HEADING_TAG.sub(_HEADING, markup.replace("<h1>", f"{_TITLE}<h1>"))
    parts = _PRE.split(_LINK_TAG.sub(_LINK, markup).replace("</a>", _LINK_END))
    parts[::2] = [_flow(part, lists) for part in parts[::2]]
    parts[1::2] = [_ANY_TAG.sub("", _LINE_TAG.sub("\n", part)) for part in parts[1::2]]
    text = "".join(parts)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    text = _LONG_LINK.sub(_by_line, _PERMALINK.sub("", text))
    linked = "".join(_LINKED.findall(text))
    density = min(_size(linked) / max(_size(text), 1), 1.0)
    if trim:
        text = _without_links(text)
    return Lines(without_marks(text), density)


@dataclass
class _Lists:
    """The lists that are open: the number of the next item, None where items have bullets."""

    numbers: list[int | None] = field(default_factory=list)

    def written(self, markup: str) -> str:
        """Return the markup with bullets and numbers for the tags of lists."""
        pieces = _LIST_TAG.split(markup)
        for index in range(1, len(pieces), 2):
            tag, after = pieces[index], pieces[index + 1]
            pieces[index] = ""
            if tag == "li":
                pieces[index] = self._next()
                pieces[index + 1] = after.lstrip()
            elif tag in ("ul", "ol"):
                pieces[index - 1] = pieces[index - 1].rstrip(" ")
                self.numbers.append(None if tag == "ul" else 1)
                pieces[index + 1] = after.removeprefix("\n")
            elif tag != "/li" and self.numbers:
                self.numbers.pop()
                pieces[index - 1] = pieces[index - 1].rstrip()
        return "".join(pieces)

    def _next(self) -> str:
        number = self.numbers[-1] if self.numbers else None
        if number is None:
            return "\u2022 "
        self.numbers[-1] = number + 1
        return f"{number}. "


def _flow(markup: str, lists: _Lists) -> str:
    """Return the text of what is not preformatted."""
    if "<" in markup:
        markup = _PLAIN_TAG.sub("", markup)
        markup = lists.written(markup)
    if "\t" in markup:
        markup = _CELL_END.sub("\t", markup.replace("\t\t", "\t"))
    return _LINE_START.sub("\n", markup)


def _by_line(link: re.Match[str]) -> str:
    """Return a link of several lines as a link on each."""
    lines = (line and f"{_LINK}{line}{_LINK_END}" for line in map(str.strip, link[1].split("\n")))
    return "\n".join(lines)


def _size(text: str) -> int:
    """Return the number of characters, blanks and marks aside."""
    return len(text) - sum(map(text.count, (" ", "\n", "\t", *_MARKS)))


def _without_links(text: str) -> str:
    """Return the text without runs of links, and without lines of links or copyright at both ends.

    A page of which little would be left is a list of links and stays as it is.
    """
    lines = text.split("\n")
    links = [_links_in(line) if _LINK in line else 0 for line in lines]
    dropped = _runs(lines, links)
    for indexes in (range(len(lines)), range(len(lines) - 1, -1, -1)):
        for index in indexes:
            if index not in dropped and not _goes(lines[index], links[index], at_end=indexes.step < 0):
                break
            dropped.add(index)
    kept = [line for index, line in enumerate(lines) if index not in dropped]
    return "\n".join(kept) if sum(map(len, kept)) >= _LEAST * len(text) else text


def _links_in(line: str) -> int:
    """Return how many links a line has that is links but for a few characters, and 0 for any other."""
    if 2 * sum(map(len, _LINKED.findall(line))) < len(line):
        return 0
    words = _NOT_WORDS.sub("", line)
    unlinked = _NOT_WORDS.sub("", _LINKED.sub("", line))
    if len(unlinked) > _UNLINKED * len(words):
        return 0
    # Names with commas between them are part of a text, such as the interfaces of a class.
    return 1 if "," in line else line.count(_LINK)


def _goes(line: str, links: int, *, at_end: bool) -> bool:
    """Say whether a line goes that is first or last: blank, links, or at the end copyright or a heading."""
    if _is_blank(line):
        return True
    if at_end and (_HEADING in line or _COPYRIGHT.match(line)):
        return True
    return links > 0 and _HEADING not in line


def _runs(lines: list[str], links: list[int]) -> set[int]:
    """Return the lines of runs of at least 3 links, and of headings over nothing else; no rows of tables."""
    dropped: set[int] = set()
    run: list[int] = []
    for index, count in enumerate(links):
        if count and "\t" not in lines[index] and _TITLE not in lines[index]:
            if run and not all(map(_is_blank, lines[run[-1] + 1 : index])):
                dropped.update(_dropped(run, lines, links))
                run = []
            run.append(index)
    return dropped.union(_dropped(run, lines, links))


def _dropped(run: list[int], lines: list[str], links: list[int]) -> list[int]:
    """Return the lines of a run that is long enough, with a heading before it that has nothing else below."""
    if sum(links[index] for index in run) < _RUN:
        return []
    before, after = _neighbour(lines, run[0], -1), _neighbour(lines, run[-1], 1)
    if before is None or _HEADING not in lines[before] or _neighbour(lines, before, -1) is None:
        return run
    return [before, *run] if after is None or _HEADING in lines[after] else run


def _neighbour(lines: list[str], index: int, step: int) -> int | None:
    """Return the next line that is not blank."""
    index += step
    while 0 <= index < len(lines):
        if not _is_blank(lines[index]):
            return index
        index += step
    return None


def _is_blank(line: str) -> bool:
    return not line or line.isspace()
