"""Where a request came from."""

from ipaddress import ip_address

from aiohttp import web


def address_of(request: web.Request, trusted_proxies: int) -> str:
    """Where a request came from: the peer, or what the operator's own proxies say of it."""
    peer = request.remote or ""
    if not trusted_proxies:
        return peer
    # A proxy may add to the line that came, or a line of its own: in both cases what it says comes last.
    said = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    addresses = [address for part in said if (address := _address(part.strip()))]
    return addresses[-min(trusted_proxies, len(addresses))] if addresses else peer


def _address(text: str) -> str | None:
    """The address in an entry of X-Forwarded-For, which may bear a port; None where it is none."""
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ip_address(bare))
    except ValueError:
        return None
