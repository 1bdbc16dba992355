"""Who might come to the demo venue in the two weeks around a day: invented, and the same for the same day."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from booking.requests import ComponentRequest, CustomerRequest, GuestWishes, OrderRequest
from catalog.times import WEEKDAYS

DAYS_BEFORE, DAYS_AFTER = 7, 7
EVERY_DAY = "mon tue wed thu fri sat sun"
Sequel = Literal["nothing", "one fewer", "less coffee", "cancelled"]


@dataclass(frozen=True)
class Habit:
    """How often something is booked: `per_day` orders on each of these weekdays, on average."""

    product: str
    days: str
    starts: str
    parties: tuple[int, ...]
    per_day: float
    is_package: bool = False


@dataclass(frozen=True)
class Visit:
    """One order to be, for a customer known by name, and what becomes of it afterwards."""

    day: date
    customer: CustomerRequest
    request: OrderRequest
    sequel: Sequel


# The large and rare first: they are placed before the small fill the day.
HABITS = (
    Habit("conference-3-days", "tue", "08:30", (80, 66), 1, True),
    Habit("day-conference", "mon wed thu fri", "08:30 09:00", (20, 12, 46, 28), 0.6, True),
    Habit("spa-weekend", "fri sat", "11:00 11:30 12:00", (2, 4, 6, 3), 1.3, True),
    Habit("hotel-weekend", "thu fri sat", "15:00 15:30 16:00", (2, 4, 2, 1), 0.9, True),
    Habit("morning-meeting", "mon tue wed thu fri", "08:00 13:00", (8, 11, 6), 0.3, True),
    Habit("couples-day", "wed thu fri sat sun", "11:00 12:30 13:30", (2,), 0.5, True),
    Habit("sea-ritual", "wed thu fri sat sun", "13:00 14:00", (1, 2), 0.3, True),
    Habit("half-day-spa", EVERY_DAY, "10:30 11:00 12:00 13:30", (2, 1, 3), 0.6, True),
    Habit("yoga-morning", "wed fri sat sun", "07:30 08:00", (5, 3, 8), 0.4, True),
    Habit("massage-50", EVERY_DAY, "09:00 10:30 12:30 14:00 16:15 18:00", (1, 1, 2), 0.8),
    Habit("facial-50", EVERY_DAY, "10:15 11:00 13:30 15:45", (1,), 0.35),
    Habit("massage-25", EVERY_DAY, "11:30 12:00 16:45 17:30", (1,), 0.35),
    Habit("massage-80", EVERY_DAY, "10:00 13:30 17:00", (1,), 0.2),
    Habit("manicure", EVERY_DAY, "10:30 13:15 15:00", (1,), 0.3),
    Habit("dinner", "wed thu fri sat", "18:00 18:30 19:30", (4, 2, 6), 0.4),
    Habit("sauna-ritual", "wed fri sat sun", "10:00 11:30", (4, 6), 0.3),
    Habit("hydro-bath", "tue fri sun", "11:00 14:30", (1,), 0.4),
)

NAMES = """
Alma Lindqvist, Oskar Nyström, Signe Hallberg, Viggo Sandell, Ebba Kronvall, Nils Åkerblom, Tuva Sjödin,
Axel Bergsten, Linnea Fors, Hugo Ekdahl, Maj Wallander, Sten Rosengren, Ingeborg Dahl, Lars Østby,
Solveig Haugen, Henrik Bakke, Mette Skovgaard, Jeppe Kjær, Freja Lindholt, Aino Korpela, Eero Lahtinen,
Helmi Rautio, Sigrún Jónsdóttir, Einar Hallsson, Liina Tamm, Kaspar Ozols, Zofia Wrońska, Piotr Zalewski,
Anneke de Boer, Thijs Verhoeven, Clara Weidmann, Jonas Reuter, Camille Fournel, Luc Marchetti,
Giulia Ferrante, Inés Carmona, Diego Salvat, Fiona Kerr, Rowan Whitlock, Priya Nair, Arjun Mehra,
Yuki Tanabe, Mei Lin Zhou, Amina Diallo, Samuel Okoro, Leyla Demirel, Omid Farahani, Nadia Haddad
"""
PEOPLE = tuple(name.strip() for name in NAMES.split(","))
MEMBERS = frozenset(PEOPLE[::6])
NOTES = ("Anniversary", "Arrives by the late train", "Would like a quiet room", "A surprise: say nothing")
LETTERS = str.maketrans("åäöøæéńóú", "aaooaenou")


def visits(today: date) -> Iterator[Visit]:
    """In the order of their days; the same date gives the same visits."""
    chance = random.Random(today.isoformat())  # noqa: S311 - nothing secret
    due = {habit: chance.random() for habit in HABITS}
    turn = {habit: chance.randrange(12) for habit in HABITS}
    for offset in range(-DAYS_BEFORE, DAYS_AFTER + 1):
        day = today + timedelta(days=offset)
        for habit in HABITS:
            if WEEKDAYS[day.weekday()] not in habit.days.split():
                continue
            due[habit] += habit.per_day
            while due[habit] >= 1:
                due[habit] -= 1
                turn[habit] += 1
                yield _visit(habit, day, habit.parties[turn[habit] % len(habit.parties)], today, chance)


def _visit(habit: Habit, day: date, participants: int, today: date, chance: random.Random) -> Visit:
    name = chance.choice(PEOPLE)
    request = OrderRequest(
        package=habit.product if habit.is_package else None,
        product=None if habit.is_package else habit.product,
        participants=participants,
        start=f"{day.isoformat()}T{chance.choice(habit.starts.split())}",
        guests=tuple(_guests(habit, name, participants, chance)),
        components=_messages(habit, chance),
        hold_minutes=chance.choice((1440, 2880, 10_080)) if day > today and chance.random() < 0.12 else None,
        note=chance.choice(NOTES) if participants < 12 and chance.random() < 0.12 else "",
    )
    return Visit(day, _customer(name), request, _sequel(habit, participants, chance))


def _customer(name: str) -> CustomerRequest:
    address = name.lower().translate(LETTERS).replace(" ", ".")
    return CustomerRequest(
        name=name, email=f"{address}@example.org", tier="member" if name in MEMBERS else None
    )


def _guests(habit: Habit, name: str, participants: int, chance: random.Random) -> Iterator[GuestWishes]:
    """Small parties give their names; some ask for a therapist, and each chooses where there is a choice."""
    if participants > 8:
        return
    companions = chance.sample([person for person in PEOPLE if person != name], participants - 1)
    for person in (name, *companions):
        wish = chance.random()
        yield GuestWishes(
            name=person.split(" ")[0],
            required={"gender": "female"} if wish < 0.12 else {},
            preferred={"gender": chance.choice(("female", "male"))} if wish > 0.85 else {},
            choices={"treatment": chance.choice(("massage-50", "facial-50", "manicure"))}
            if habit.product == "half-day-spa"
            else {},
        )


def _messages(habit: Habit, chance: random.Random) -> tuple[ComponentRequest, ...]:
    meals = {"spa-weekend": "lunch-1", "hotel-weekend": "dinner-1", "day-conference": "lunch"}
    if habit.product not in meals or chance.random() > 0.4:
        return ()
    message = chance.choice(("No nuts", "One vegan", "Two without gluten", "A table by the window"))
    return (ComponentRequest(component=meals[habit.product], message=message),)


def _sequel(habit: Habit, participants: int, chance: random.Random) -> Sequel:
    what = chance.random()
    if habit.product == "day-conference" and what < 0.5:
        return "less coffee"
    if what < 0.08:
        return "cancelled"
    return "one fewer" if participants > 2 and what < 0.4 else "nothing"
