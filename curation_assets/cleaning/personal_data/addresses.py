"""Mail and network addresses: their notation, and what tells one from a file name or a version."""

import ipaddress
import re

# ASCII: an ideograph next to an address is no part of it.
EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[._%+-]{0,8}+(?P<value>(?P<local>[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}+)@"
    r"(?P<host>(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}(?P<top>[A-Za-z]{2,24})))"
    r"(?![A-Za-z0-9]|[_-][A-Za-z0-9])",
    re.ASCII,
)
IPV4 = re.compile(r"(?<![\w.-])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![\w-]|\.[0-9])", re.ASCII)
IPV6 = re.compile(
    r"(?<![\w:.-])(?P<value>[23][0-9A-Fa-f]{3}:(?:[0-9A-Fa-f:]{0,33}[0-9A-Fa-f]|(?:[0-9A-Fa-f]{1,4}:){0,6}:))"
    r":?(?![\w:])",
    re.ASCII,
)
# What looks like a top-level domain but ends the name of a file, a unit or a host of one's own network:
# image@2x.png, getty@tty1.service, root@host.localdomain.
_FILE_ENDS = (
    "png jpg jpeg gif svg webp ico css js json html htm xml yaml yml toml txt md py rb so dll"
    " exe zip gz service socket target timer mount scope slice device path local localdomain"
    " localhost internal lan"
)
_NOT_DOMAINS = frozenset(_FILE_ENDS.split())
_EXAMPLE_HOSTS = ("example.com", "example.net", "example.org")
_REPOSITORY_HOSTS = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "ssh.dev.azure.com")
_VERSION_BEFORE = re.compile(
    r"(?:(?<![A-Za-z])(?:version|versions|ver|release|releases|rev|revision|firmware|build|kernel|section|chapter"
    r"|figure|table|appendix|clause|patch|update|upgrade|upgraded|oid|rfc|abschnitt|kapitel|v"
    r"|firefox|chrome|chromium|safari|edge|opera|windows|android|ios|macos|linux|java|python|php|node|openssl"
    r"|apache|nginx|mysql|postgresql|oracle|office|flash|driver|sdk|api)"
    r"|\u00a7|[<>=~!]=|~>|\([<>=~])[\s.:=v(]*$",
    re.IGNORECASE,
)
_HEADING_AFTER = re.compile(r"\.?[^\S\n]+[^\W\d_]")
_LARGEST_SECTION_NUMBER = 100
# An address of four numbers below this is one in 4,000; versions and sections hardly have others.
_SMALL_NUMBER = 32
_WELL_KNOWN = frozenset(["8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "4.2.2.1", "4.2.2.2"])
"""Addresses of public resolvers."""
_ADDRESS_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:ips?|ipv4|inet|addr|address|addresse?s?|adresse?n?|host|server|client|gateway|dns|ping|dst|src"
    r"|indirizzo|direcci\u00f3n|endere\u00e7o|\u0430\u0434\u0440\u0435\u0441\w{0,2})(?![a-z])"
    r"|\u5730\u5740|\u30a2\u30c9\u30ec\u30b9|\uc8fc\uc18c).{0,12}$",
    re.IGNORECASE | re.DOTALL,
)
_PORT_OR_MASK = re.compile(r":[0-9]{2,5}(?![0-9.])|/[0-9]{1,2}(?![0-9.])")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_DOCUMENTATION = ipaddress.IPv6Network("3fff::/20")


def is_email(match: re.Match[str], *, examples: bool) -> bool:
    """Accept an address, below example.com, .net and .org (RFC 2606) only if ``examples`` are asked for."""
    local, host = match["local"], match["host"].lower()
    if match["top"].lower() in _NOT_DOMAINS or ".." in local or local.endswith("."):
        return False
    if local == "git" and (host in _REPOSITORY_HOSTS or match.string.startswith((":", "/"), match.end())):
        return False
    return examples or not f".{host}".endswith(tuple(f".{name}" for name in _EXAMPLE_HOSTS))


def is_public_ipv4(match: re.Match[str]) -> bool:
    """Accept a public address that neither words before it nor small numbers make a version or section."""
    octets = match[0].split(".")
    if any(len(octet) > 1 and octet[0] == "0" for octet in octets):
        return False
    try:
        address = ipaddress.IPv4Address(match[0])
    except ValueError:
        return False
    if not address.is_global or address.is_multicast:
        return False
    before = match.string[max(match.start() - 24, 0) : match.start()]
    line = before.rpartition("\n")[2]
    if _VERSION_BEFORE.search(line):
        return False
    largest = max(map(int, octets))
    at_line_start = not line.strip() and (len(line) < len(before) or len(before) == match.start())
    is_heading = at_line_start and _HEADING_AFTER.match(match.string, match.end()) is not None
    if is_heading and largest < _LARGEST_SECTION_NUMBER:
        return False
    return (
        largest >= _SMALL_NUMBER
        or match[0] in _WELL_KNOWN
        or _ADDRESS_BEFORE.search(line) is not None
        or _PORT_OR_MASK.match(match.string, match.end()) is not None
    )


def is_public_ipv6(match: re.Match[str]) -> bool:
    """Accept an address of the range that IANA hands out (2000::/3) and has not set apart (RFC 6890, 9637).

    One or two groups of digits alone, as in ``2000::10``, are a year or a slice rather than an address.
    """
    try:
        address = ipaddress.IPv6Address(match["value"])
    except ValueError:
        return False
    groups = match["value"].replace("::", ":").strip(":").split(":")
    is_slice = len(groups) <= 2 and match["value"].replace(":", "").isdecimal()
    return address in _GLOBAL_UNICAST and address.is_global and address not in _DOCUMENTATION and not is_slice
