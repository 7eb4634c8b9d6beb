"""The elements of HTML by what their tags do."""

# WHATWG, section "Elements", and those it lists as obsolete.
_ELEMENTS = {
    "void": "area br col embed hr img input link meta source wbr",
    "end tag omitted": "p li dt dd tr td th thead tbody tfoot colgroup option rt rp",
    # A link or heading ends where the next begins.
    "not nested": "a nobr button h1 h2 h3 h4 h5 h6",
    "code": "pre code samp kbd tt",
    "other": (
        "abbr acronym address article aside audio b bdi bdo big blink blockquote body canvas caption "
        "center cite data datalist del details dfn dialog dir div dl em fieldset figcaption figure font "
        "footer form frame frameset head header hgroup html i iframe ins label legend main map mark "
        "marquee math menu meter nav noframes noscript object ol optgroup output param picture progress q "
        "ruby s script search section select slot small span strike strong style sub summary sup svg "
        "table template textarea time title u ul var video base basefont bgsound path g use rect circle"
    ),
}
KNOWN = frozenset(" ".join(_ELEMENTS.values()).split())
CODE = frozenset(_ELEMENTS["code"].split())
VOID = frozenset(_ELEMENTS["void"].split())
UNPAIRED = VOID | frozenset(_ELEMENTS["end tag omitted"].split())
# Annotations lie in each other until their ruby ends.
UNNESTED = (UNPAIRED - {"rt", "rp"}) | frozenset(_ELEMENTS["not nested"].split())
FORMATTING = frozenset(
    ["b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)
