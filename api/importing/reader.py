"""Reading a calendar in another process, as the server sees it."""

import asyncio
import os
import sys
from weakref import WeakKeyDictionary

import msgspec
import structlog

from api.importing.child import CPU_SECONDS, Answer, Task
from api.importing.errors import Unreadable

SECONDS = 25.0
_AT_ONCE = 2
_log = structlog.get_logger()
_doors: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def read_elsewhere(task: Task, content: bytes = b"") -> Answer:
    """What the calendar says; raises Unreadable. At most two are read at once."""
    loop = asyncio.get_running_loop()
    door = _doors.setdefault(loop, asyncio.Semaphore(_AT_ONCE))
    async with door:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "api.importing.child"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={
                k: v for k, v in os.environ.items() if k in ("LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "TZDIR")
            },
        )
        try:
            async with asyncio.timeout(SECONDS):
                out, _ = await child.communicate(msgspec.json.encode(task) + b"\n" + content)
        except TimeoutError:
            raise Unreadable(f"The calendar was not read within {SECONDS:.0f} seconds.") from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    if child.returncode != 0:
        if child.returncode is not None and child.returncode > 0:
            _log.error("reading a calendar failed", status=child.returncode)
        raise Unreadable(
            f"The calendar takes more than {CPU_SECONDS} seconds, or too much memory, to work out."
        )
    answer = msgspec.json.decode(out, type=Answer)
    if answer.refused:
        raise Unreadable(answer.refused)
    return answer
