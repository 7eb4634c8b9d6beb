"""Addresses of pages, written one way."""

from urllib.parse import urlsplit

_TRACKING = ("utm_", "fbclid=", "gclid=", "dclid=", "msclkid=", "mc_cid=", "mc_eid=", "igshid=", "yclid=")
"""How parameters begin that tell where a visitor came from, and nothing of the page."""
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def canonical_address(url: str) -> str | None:
    """Return what the spellings of an address have in common, or None where it has no host.

    Left out are the scheme, ``www.``, the port that the scheme implies, the fragment, a slash at the end and
    tracking parameters; the host is in lower case. Path and query are as they are: their case may matter.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:  # such as a bracket that is not closed
        return None
    host = parts.netloc.lower().rpartition("@")[2].removeprefix("www.")
    host = host.removesuffix(_DEFAULT_PORTS.get(parts.scheme, "\n")).rstrip(".")
    if not host:
        return None
    query = "&".join(part for part in parts.query.split("&") if part and not part.startswith(_TRACKING))
    return f"{host}{parts.path.rstrip('/')}{'?' if query else ''}{query}"
