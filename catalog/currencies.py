"""How many decimals the amounts of a currency have (ISO 4217)."""

_DECIMALS = {
    currency: places
    for places, currencies in {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }.items()
    for currency in currencies.split()
}  # Not CLDR's: those are for display (IQD 0) and would lose money.


def decimals(currency: str) -> int:
    """2 for SEK, 0 for JPY, 3 for KWD; 2 for a code that is not known."""
    return _DECIMALS.get(currency, 2)
