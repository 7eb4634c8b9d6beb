"""What classes, ids and roles say that an element is for: navigation, notices, comments and the like.

A name alone does not decide: what an element holds is looked at, so that the menu of a restaurant, a wrapper
called ``has-sidebar`` and a section ``related-work`` stay.
"""

import functools
import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from curation_assets.cleaning.pages.page_work import PageWork

Role = Literal["mark", "hidden", "links", "notice", "meta", "box", "side", "comments", "content"]
_SAFE = re.compile(r"[\w :/.\t\n\-]+")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_WHOLE: dict[Role, str] = {
    # Permalinks, edit links, line numbers and tooltips.
    "mark": (
        "headerlink anchorjs-link viewcode-link viewcode-back mw-editsection mw-jump-link siteSub "
        "contentSub ttc linenos lineno linenodiv line-numbers-rows hljs-ln-numbers blob-num rouge-gutter "
        "printfooter skip-link skip-nav screen-reader-text"
    ),
    "hidden": "hidden d-none display-none invisible is-hidden visually-hidden sr-only",
    "content": (
        "articleBody article-body article-content article__body entry-content post-content post-body "
        "postcontent story-body story-content main-content markdown-body"
    ),
}
_WORDS: dict[Role, str] = {
    # Boilerplate where it is mostly links:
    "links": (
        "menu menubar submenu header topbar banner masthead related recommended recommendations popular "
        "trending teaser teasers stories tags categories links sitemap"
    ),
    # Where it is short:
    "meta": "byline dateline timestamp submitted",
    "notice": (
        "cookie cookies gdpr consent share sharing social sharedaddy addthis addtoany follow newsletter "
        "subscribe subscription signup signin login optin advert advertisement advertising ad ads sponsor "
        "sponsored promo footer colophon copyright contentinfo popup modal dialog alertdialog overlay "
        "lightbox toast offcanvas search searchbox toolbar tooltip logo branding"
    ),
    # Unless it holds most of the page:
    "box": (
        "widget widgets nav navbar navigation navheader navfooter navbox navpath navpanel docnav "
        "breadcrumb breadcrumbs crumb crumbs pagination pager paging toc catlinks"
    ),
    "side": "sidebar sidebars complementary",
    "comments": "comments comment disqus respond responses replies",
}
# Hidden on small screens only, as Tailwind and Bootstrap write it: "hidden md:block", "d-none d-lg-flex".
_SHOWN = re.compile(r"[:-](?:block|flex|grid|inline|table|contents)\b")
_META_ENDS = ("meta", "date", "info", "byline", "author")
_META = re.compile(
    rf"(?:^|[\s_-])(?:entry|post|article|story|author|page)[_-]+(?:{'|'.join(_META_ENDS)})(?:$|\s)"
)
ROLE_OF_WORD = {word: role for role, words in _WORDS.items() for word in words.split()}
ROLE_OF_NAME = {name: role for role, names in _WHOLE.items() for name in names.split()}
_TAGS = frozenset(
    ("div", "section", "ul", "ol", "aside", "header", "footer", "p", "table", "td", "form", "dl")
)
_CONTENT = re.compile(r"<(?:h1|main|article)\b|role=\"main\"|class=\"headertitle\"")
_LINK = re.compile(r"<a[\s>][^<>]*>(.*?)</a>", re.DOTALL)
_LINK_END = "</a>"
_TAG = re.compile(r"<[^<>]*>")
_BOOK = frozenset(("section", "sect1", "sect2", "sect3", "chapter", "appendix"))
_LINKS = 0.3
_LONGEST_NOTICE = 600
_LONGEST_META = 200
_LARGEST_SHARE = 0.4
MOST_SELECTORS = 500
"""Of each kind: 112 are the most of 5,594 pages, and each is compared with each element."""
_LONGEST_NAME = 2_000


def role_of(name: str) -> Role | None:
    """Return what the value of a class, id or role says that an element is for; long ones say nothing."""
    return _role_of(name) if len(name) <= _LONGEST_NAME else None


@functools.lru_cache(maxsize=65_536)
def _role_of(name: str) -> Role | None:
    if not _SAFE.fullmatch(name):
        return None
    for whole in name.split():
        role = ROLE_OF_NAME.get(whole)
        if role and not (role == "hidden" and _SHOWN.search(name)):
            return role
    roles = {ROLE_OF_WORD.get(word.lower()) for word in _WORD.findall(name)}
    found: Role
    for found in ("comments", "notice", "box", "side", "links", "meta"):
        if found in roles:
            return found
    return "meta" if _META.search(name) else None


@dataclass(frozen=True)
class Named:
    """Selectors of the elements of a page whose names have a role."""

    skipped: list[str]
    """They have no content: permalinks, line numbers, what is hidden."""
    doubtful: list[str]
    """They may be boilerplate, which ``is_boilerplate`` decides."""
    content: list[str]
    """They may hold all of the content."""
    main: bool
    """Whether an element may have the role "main"."""


def named_in(html: str) -> Named:
    """Return the selectors for the classes, ids and roles in the source of a page.

    Of each kind the first MOST_SELECTORS, in the order of classes, ids and roles and then of the alphabet.
    """
    values, main = scan(html)
    named = Named([], [], [], main)
    for attribute, value in sorted(values):
        name = value.strip("\"'")
        if role := role_of(name):
            kinds = {"mark": named.skipped, "hidden": named.skipped, "content": named.content}
            kind = kinds.get(role, named.doubtful)
            if len(kind) < MOST_SELECTORS:
                written = name.replace("\n", "\\a ")
                kind.append(f'[{attribute}="{written}"]')
    return named


def scan(html: str) -> tuple[set[tuple[str, str]], bool]:
    """Return the attributes and values, as written, that may have a role, and whether "main" may be one."""
    from curation_assets.cleaning.pages.page_values import ATTRIBUTES, scan_values

    source = html.encode("utf-8", "surrogatepass")
    rows = np.empty((len(source) // 3 + 1, 3), np.int64)
    count, main = scan_values(np.frombuffer(source, np.uint8), _buckets(), rows)
    found = {(attribute, source[start:stop]) for attribute, start, stop in rows[:count].tolist()}
    values = {(ATTRIBUTES[attribute], value.decode("utf-8", "surrogatepass")) for attribute, value in found}
    return values, main


@functools.cache
def _buckets() -> NDArray[np.bool_]:
    """Return the table of words of which each value with a role has one."""
    from curation_assets.cleaning.pages.page_values import buckets_of

    whole = (max(_WORD.findall(name), key=len).lower() for name in ROLE_OF_NAME)
    return buckets_of({*ROLE_OF_WORD, *whole, *_META_ENDS})


def is_boilerplate(node: Any, work: PageWork, *, comments: bool) -> bool:
    """Say whether an element is what its names say, and no content. comments: whether those are content."""
    tag, classes = node.tag, node.class_name or ""
    of_chapter = tag == "section" or "section" in classes.split()
    roles = {role_of(classes), role_of(node.getattr("role") or ""), ROLE_OF_WORD.get(tag)}
    if not (of_chapter and is_nested(node)):
        roles.add(role_of(node.id or ""))
    if comments:
        roles.discard("comments")
    if roles <= {None, "mark", "hidden", "content"} or tag not in _TAGS:
        return False
    html = work.source(node)
    if "comments" not in roles and _CONTENT.search(html):
        return False
    linked, characters = link_characters(node, html)
    if "links" in roles and (linked >= _LINKS * characters):
        return True
    if len(html) > _LARGEST_SHARE * work.size:
        return False
    if "meta" in roles and characters <= _LONGEST_META:
        return True
    if "notice" in roles and (characters <= _LONGEST_NOTICE or 2 * linked > characters):
        return True
    return not roles.isdisjoint({"comments", "box"}) or ("side" in roles and not is_nested(node))


def is_nested(node: Any) -> bool:
    """Say whether the element around is a section of a book or manual.

    Sections in it are chapters, whose ids are their headings, and a "sidebar" is part of the text (DocBook).
    """
    around = node.parent
    return around.tag == "section" or not _BOOK.isdisjoint((around.class_name or "").split())


def link_characters(node: Any, html: str) -> tuple[int, int]:
    """Return how many characters of an element lie in links, and how many there are, blanks aside.

    html: its source. The links are found there, since each node of resiliparse that Python sees costs 5
    microseconds.
    """
    # No further than the last end of a link: each start is then followed by one, and none looks in vain.
    links = _LINK.findall(html, 0, html.rfind(_LINK_END) + len(_LINK_END)) if _LINK_END in html else ()
    linked = _TAG.sub("", " ".join(links))
    return len("".join(linked.split())), text_length(node)


def text_length(node: Any) -> int:
    """Return the characters of an element, blanks aside."""
    return len("".join((node.text or "").split()))
