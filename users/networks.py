"""The network of a client: all addresses that one line or host can send from count as one address."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.http import HttpRequest

PREFIX_OF_A_LINE = 64
"""One line or host has at least this wide an IPv6 network (RFC 6177), and can send each attempt from another
address.
"""


def network_of(request: HttpRequest) -> str:
    """The client's IPv4 address, or the network of its IPv6 address."""
    claimed: str = request.META.get("REMOTE_ADDR", "")
    try:
        address = ip_address(claimed)
    except ValueError:
        return claimed
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Network((int(address), PREFIX_OF_A_LINE), strict=False))
    return str(address)
