"""Why a calendar cannot be taken, as a sentence for staff."""


class Unreadable(Exception):
    """The sentence says what is wrong with the calendar or its address. It never repeats the address."""
