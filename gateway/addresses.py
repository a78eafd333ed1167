"""The client address of a request."""

from ipaddress import ip_address

from aiohttp import web


def address_of(request: web.Request, trusted_proxies: int) -> str:
    """Returns the client address: the peer, or the one that the operator's proxies forward."""
    peer = request.remote or ""
    if not trusted_proxies:
        return peer
    # A proxy extends the received line or adds its own: in both cases its entry comes last.
    said = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    addresses = [address for part in said if (address := _address(part.strip()))]
    return addresses[-min(trusted_proxies, len(addresses))] if addresses else peer


def _address(text: str) -> str | None:
    """Parses the address in an entry of X-Forwarded-For, with or without a port; None if it is invalid."""
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ip_address(bare))
    except ValueError:
        return None
