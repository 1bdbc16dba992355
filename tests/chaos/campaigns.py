"""The campaigns: kills under load, histories that are judged, races for a place. Each says what it found."""

import asyncio
import random
import statistics
import subprocess
import time
from collections import Counter
from datetime import timedelta
from typing import Any

import asyncpg

from api.embedded import EmbeddedPostgres
from tests.chaos.load import DAYS, FIRST_DAY, HOURS, VENUE, Load
from tests.faults.histories import FIRST_DAY as DAY_OF_HISTORIES
from tests.faults.histories import Recorder, document
from tests.faults.linearizability import linearizable
from tests.faults.replay import amiss
from tests.walks.server import COMMAND, ROOT, SojournServer

Figures = dict[str, Any]
VICTIMS = ("server", "worker", "backend", "backend", "postmaster", "postmaster", "server and postmaster")
CLIENTS = 6


async def kills(server: SojournServer, seconds: float, seed: int) -> Figures:
    """Server, worker, a process of PostgreSQL and PostgreSQL itself, again and again, while clients book."""
    chance = random.Random(seed)
    load = Load(server, seed)
    load.open_house()
    load.start(CLIENTS)
    worker = _worker(server)
    killed: Counter[str] = Counter()
    back: list[float] = []
    wrong: dict[str, int] = {}
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            await load.some_answered(chance.randint(3, 12))
            await asyncio.sleep(chance.uniform(0, 0.3))
            victim = chance.choice(VICTIMS)
            killed[victim] += 1
            if victim == "worker":
                worker.kill()
                worker.wait()
                worker = _worker(server)
                continue
            back.append(await asyncio.to_thread(_killed_and_back, server, victim, chance))
            if sum(killed.values()) % 20 == 0:
                wrong |= await amiss(_address(server))
    finally:
        await load.stop()
        worker.kill()
        worker.wait()
    wrong |= await amiss(_address(server))
    lost = await _lost(_address(server), load.told)
    return {
        "kills": dict(killed),
        "seconds_until_it_serves_again": {"median": statistics.median(back), "longest": max(back)}
        if back
        else {},
        "answers": {str(status): count for status, count in sorted(load.statuses.items())},
        "requests_cut_off": load.interrupted,
        "slowest_answer_seconds": load.slowest,
        "orders_answered": len(load.told),
        "answered_and_lost": lost,
        "amiss": wrong,
        "odd_answers": load.odd[:20],
        "sound": not (wrong or lost or load.odd),
    }


async def histories(server: SojournServer, seconds: float, seed: int) -> Figures:
    """Clients at few hours of few resources; amid every fourth a process of PostgreSQL is killed."""
    chance = random.Random(seed)
    with server.client() as client:
        assert client.put("/venues/histories/catalog", json=document(3)).is_success
    judged = operations = 0
    wrong: list[str] = []
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        day = DAY_OF_HISTORIES + timedelta(days=number % 300)
        venue = "histories" if number < 300 else f"histories-{number // 300}"
        if number % 300 == 0 and number:
            with server.client() as client:
                assert client.put(f"/venues/{venue}/catalog", json=document(3)).is_success
        recorder = Recorder(venue, 3, day, seed * 100_000 + number)
        async with server.crowd() as crowd:
            living = asyncio.create_task(recorder.live([crowd] * 6, steps=10))
            if number % 4 == 3:
                await asyncio.sleep(chance.uniform(0.05, 0.3))
                await asyncio.to_thread(_killed_and_back, server, "backend", chance)
            await living
        number += 1
        for resource, history in recorder.history.items():
            judged += 1
            operations += len(history)
            if not linearizable(history):
                wrong.append(f"{resource} on {day}, seed {seed * 100_000 + number - 1}")
    return {
        "histories": judged,
        "operations": operations,
        "not_linearizable": wrong,
        "sound": not wrong,
    }


async def races(server: SojournServer, seconds: float, seed: int) -> Figures:
    """Waves of a hundred who want the same hour of six resources, half of them with one of twenty keys."""
    chance = random.Random(seed)
    Load(server, seed).open_house()
    attempts, waves = 0, 0
    wrong: list[str] = []
    answers: Counter[int] = Counter()
    until = time.monotonic() + seconds
    while time.monotonic() < until and waves < DAYS * len(HOURS):
        day = FIRST_DAY + timedelta(days=400 + waves // len(HOURS))
        start = f"{day}T{HOURS[waves % len(HOURS)]:02}:00"
        body = {"product": "massage", "start": start}
        keys = [
            {"Idempotency-Key": f"{seed} {start} {chance.randrange(20)}"} if n % 2 else {} for n in range(100)
        ]
        async with server.crowd() as crowd:
            heard = await asyncio.gather(
                *(crowd.post(f"/venues/{VENUE}/orders", json=body, headers=key) for key in keys)
            )
        attempts += len(heard)
        answers.update(answer.status_code for answer in heard)
        made = {answer.json()["id"] for answer in heard if answer.status_code == 201}
        if len(made) != 6 or {answer.status_code for answer in heard} - {201, 409}:
            wrong.append(f"{start}: {len(made)} got one of 6")
        waves += 1
    wrong += list(await amiss(_address(server)))
    return {
        "attempts": attempts,
        "waves": waves,
        "answers": {str(status): count for status, count in sorted(answers.items())},
        "wrong": wrong,
        "sound": not wrong,
    }


def _killed_and_back(server: SojournServer, victim: str, chance: random.Random) -> float:
    """The seconds until it serves again."""
    began = time.monotonic()
    if victim == "backend":
        server.kill_backend(chance)
    elif victim == "postmaster":
        server.kill_postmaster()
    else:
        server.kill(database_too=victim != "server")
        server.start()
    server.wait_until_ready()
    return time.monotonic() - began


def _worker(server: SojournServer) -> subprocess.Popen[bytes]:
    with (server.data / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [*COMMAND, "worker"], cwd=ROOT, env=server.environment, stdout=log, stderr=log
        )


def _address(server: SojournServer) -> str:
    return EmbeddedPostgres(server.data / "postgresql").url


async def _lost(address: str, told: dict[str, int]) -> list[str]:
    """The orders of which somebody was answered a version that is not kept."""
    connection = await asyncpg.connect(address)
    try:
        found = await connection.fetch(
            "select id::text, version from orders where id = any($1::uuid[])", list(told)
        )
    finally:
        await connection.close()
    kept = {row["id"]: row["version"] for row in found}
    return [order for order, version in told.items() if kept.get(order, 0) < version]
