"""Which addresses a server may ask on behalf of somebody: none of its own house, however they are spelled.

The name is resolved once, every address it has is judged, and the connection goes to a judged address.
"""

import ipaddress
import socket
from collections.abc import Sequence

from api.importing.errors import Unreadable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_GLOBAL_6 = ipaddress.ip_network("2000::/3")
_NOT_GLOBAL_6 = tuple(
    ipaddress.ip_network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")  # tunnels lead into any house
)
_NOT_GLOBAL_4 = tuple(
    ipaddress.ip_network(text) for text in ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24")
)


def networks(text: str) -> tuple[Network, ...]:
    """The networks of a setting, with commas between them; ValueError for anything else."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def resolved(host: str, port: int, allowed: Sequence[Network]) -> list[tuple[int, tuple[str, int]]]:
    """Where the host can be reached: families and addresses. Raises Unreadable, also where a single one of
    its addresses may not be asked.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreadable(f"There is no computer of the name {host[:100]!r}.") from None
    out = []
    for family, _, _, _, where in found:
        text = str(where[0]).partition("%")[0]
        if not may_be_asked(ipaddress.ip_address(text), allowed):
            raise Unreadable(
                f"{host[:100]!r} is inside a private network; calendars are read from the internet alone."
            )
        out.append((int(family), (text, port)))
    return out


def may_be_asked(address: Address, allowed: Sequence[Network] = ()) -> bool:
    """Whether it is on the internet, or in a network that the operator allows."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in allowed):
        return True
    if isinstance(address, ipaddress.IPv6Address):
        return address in _GLOBAL_6 and not any(address in network for network in _NOT_GLOBAL_6)
    special = address.is_multicast or address.is_reserved or any(address in n for n in _NOT_GLOBAL_4)
    return address.is_global and not special
