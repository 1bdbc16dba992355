"""Money: exact decimals in the smallest unit of a currency, rounded half up, shared without losing a cent."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import floor, lcm

from catalog.currencies import decimals

_EXACT = Context(prec=1_000)  # digits: an amount has far fewer


def quantum(currency: str) -> Decimal:
    """The smallest amount of the currency: 0.01 SEK, 1 JPY, 0.001 KWD."""
    return Decimal(1).scaleb(-decimals(currency))


def rounded(amount: Decimal | Fraction, currency: str) -> Decimal:
    """To the quantum, half up: 0.005 SEK is 0.01, and -0.005 is -0.01."""
    if isinstance(amount, Decimal):
        half_up = amount.quantize(quantum(currency), ROUND_HALF_UP, _EXACT)
        return half_up or _amount(0, currency)  # never -0.00
    units = floor(abs(amount) * 10 ** decimals(currency) + Fraction(1, 2))
    return _amount(units if amount >= 0 else -units, currency)


def is_exact(amount: Decimal, currency: str) -> bool:
    """Whether the amount is a whole number of quanta."""
    return amount == amount.quantize(quantum(currency))


def as_text(amount: Decimal, currency: str) -> str:
    """With the currency's number of decimals: `1250.00`, `1250` yen. An `is_exact` amount keeps its value."""
    return str(rounded(amount, currency))


def plain(rate: Decimal) -> Decimal:
    """The same percentage, written without trailing zeros or exponent: 12, 2.5, 0."""
    return Decimal(f"{rate.normalize():f}")


def share(amount: Decimal, weights: Sequence[Decimal | int], currency: str) -> list[Decimal]:
    """The amount in parts proportional to the weights, by largest remainder, ties to the earlier part.

    sum(share(a, w, c)) == a, always; a part of weight 0 gets nothing, unless all weights are 0: then they
    count as equal. No part exceeds its exact proportion rounded up to the quantum.
    """
    if not is_exact(amount, currency) or any(w < 0 for w in weights) or (amount and not weights):
        raise ValueError(f"{amount} {currency} cannot be shared by the weights {weights}")
    units = int(abs(amount).scaleb(decimals(currency)))
    exact = _as_integers(weights)
    exact = exact if any(exact) else [1] * len(exact)
    whole = sum(exact)
    quotas = [divmod(units * weight, whole) for weight in exact]
    parts = [part for part, _ in quotas]
    by_remainder = sorted(range(len(parts)), key=lambda i: -quotas[i][1])
    for i in by_remainder[: units - sum(parts)]:
        parts[i] += 1
    return [_amount(part if amount >= 0 else -part, currency) for part in parts]


def _as_integers(weights: Sequence[Decimal | int]) -> list[int]:
    """In the same proportions."""
    ratios = [weight.as_integer_ratio() for weight in weights]
    common = lcm(*(denominator for _, denominator in ratios))
    return [numerator * (common // denominator) for numerator, denominator in ratios]


def _amount(units: int, currency: str) -> Decimal:
    return Decimal(units).scaleb(-decimals(currency))
