"""The instance on standard input, solved by PyJobShop with split tasks; its own environment runs this.

With `start`, by job and task (start, therapist, room), it begins with that plan.
"""

import json
import math
import sys
import time

from pyjobshop import Model, ScheduledTask, Solution  # type: ignore[import-not-found]  # of the peers

given = json.load(sys.stdin)
began = time.perf_counter()
m = Model()
horizon = max(b for day in given["opening"] for _, b in day)
machines = {}
for key, resource in given["resources"].items():
    breaks, at = [], 0
    for a, b in resource["free"]:
        if at < a:
            breaks.append((at, a))
        at = b
    if at < horizon:
        breaks.append((at, horizon))
    machines[key] = m.add_machine(breaks=breaks)
begun = []
for n, (day, tasks) in enumerate(zip(given["opening"], given["days"], strict=True)):
    job = m.add_job()
    before = None
    for k, task in enumerate(tasks):
        low, high = max(day[0][0], given["arrival"]), day[-1][1] - task["length"]
        hand = m.add_task(job, earliest_start=low, latest_start=high)
        seat = m.add_task(job)
        m.add_start_at_start(hand, seat)
        m.add_start_at_start(seat, hand)
        first, *chosen = given["start"][n][k] if "start" in given else (0, None, None)
        for held, pool, used in ((hand, task["skill"], chosen[0]), (seat, task["room"], chosen[1])):
            for key, resource in given["resources"].items():
                if pool in resource["pools"]:
                    m.add_mode(held, machines[key], task["length"])
                    if key == used:
                        place = [list(machines).index(key)]
                        end = first + task["length"]
                        begun.append(ScheduledTask(len(m.modes) - 1, place, first, end))
        if before is not None:
            m.add_end_before_start(before, hand)
        before = hand
m.set_objective(weight_total_flow_time=1)
start = Solution(m.data(), begun) if begun else None
result = m.solve(time_limit=given["seconds"], num_workers=1, display=False, initial_solution=start)
took = (time.perf_counter() - began) * 1000
objective = round(result.objective) if math.isfinite(result.objective) else None  # None: it found no plan
sys.stdout.write(json.dumps({"ms": took, "objective": objective, "status": result.status.value}))
