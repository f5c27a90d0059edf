"""What a network charges, dated: prices change, so every plan that shows one cites the date. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Prices:
    """Pay-per-use prices in USD for one request or one post read."""

    as_of: date
    source: str
    create: Decimal
    create_with_url: Decimal
    read: Decimal
    own_read: Decimal
    """One post on the account's own timeline."""
    delete: Decimal
    account_read: Decimal
    """The account's own record, with its followers."""


X = Prices(
    as_of=date(2026, 4, 20),
    source="X API pay-per-use price list",
    create=Decimal("0.015"),
    create_with_url=Decimal("0.200"),
    read=Decimal("0.005"),
    own_read=Decimal("0.001"),
    delete=Decimal("0.010"),
    # "User: Read". X lists the endpoints where own data are cheaper (changelog of 2026-04-16, looked up 2026-11-30);
    # /2/users/me is not among them: so the dearer price, until X says otherwise
    account_read=Decimal("0.010"),
)

FREE = Prices(date(2026, 4, 20), "no charge per post", *(Decimal(0),) * 6)


def prices_of(network: str) -> Prices:
    """The price table of a network; a network without one costs nothing per post."""
    return X if network in {"x", "simulated"} else FREE


MILLION = 1_000_000


def micros(amount: Decimal | int) -> int:
    """USD as whole millionths, as costs are stored; what is smaller is cut off."""
    return int(amount * MILLION)


def usd(amount: Decimal) -> str:
    """An amount as people write it: `$0.20`, and `$0.015` where cents are not enough."""
    cents = amount.quantize(Decimal("0.01"))
    return f"${cents if cents == amount else amount.normalize():f}"


def usd_of(cost: int) -> str:
    """The same for millionths."""
    return usd(Decimal(cost) / MILLION)
