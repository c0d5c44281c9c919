#!/usr/bin/env python3
"""The same models in SimPy and Ciw: one line of JSON for each, as `cargo bench --bench peers -- --json` prints them.

Needs SimPy (all three models) or Ciw (M/M/2 only): `pip install simpy ciw`. What is missing is named on standard error and
left out. Rates are work per second of this process's CPU time; pin it to a core where the system allows it. Luck is Python's
own, so figures agree with theory and not with the other engines to the digit.
"""

import argparse
import importlib.util
import json
import os
import random
import statistics
import sys
import time

CUSTOMERS, DEALERS, CLERKS = 10_000, 10, 5
ASKS_EVERY, ANSWER = 3600.0, 3600.0 * 40 / CUSTOMERS
MMC_WAIT, STAR_RESPONSE = 1.7778, 22.38


def simpy_phold(seed, cells, length):
    """Each ball that is due is a timeout whose callback passes it on; gives balls handled and CPU time."""
    import simpy

    luck, environment = random.Random(seed), simpy.Environment()
    handled = [0] * cells

    def ball(event):
        me = event.value
        handled[me] += 1
        to = luck.randrange(cells) if luck.random() < 0.9 else me
        environment.timeout(0.1 + luck.expovariate(1 / 0.9), to).callbacks.append(ball)

    for cell in range(cells):
        environment.timeout(0.1 + luck.expovariate(1 / 0.9), cell).callbacks.append(ball)
    start = time.process_time()
    environment.run(until=length)
    return sum(handled), time.process_time() - start, sum(handled)


def simpy_mmc(seed, length):
    """A process for each customer; gives customers called up, CPU time and the mean wait."""
    import simpy

    luck, environment = random.Random(seed), simpy.Environment()
    clerks, waits = simpy.Resource(environment, capacity=2), []

    def customer():
        since = environment.now
        with clerks.request() as clerk:
            yield clerk
            waits.append(environment.now - since)
            yield environment.timeout(luck.expovariate(1.0))

    def source():
        while True:
            yield environment.timeout(luck.expovariate(1.6))
            environment.process(customer())

    environment.process(source())
    start = time.process_time()
    environment.run(until=length)
    return len(waits), time.process_time() - start, statistics.fmean(waits)


def simpy_star(seed, length):
    """A process for each customer and each request; gives requests answered, CPU time and the mean response."""
    import simpy

    luck, environment = random.Random(seed), simpy.Environment()
    dealers = [simpy.Resource(environment, capacity=CLERKS) for _ in range(DEALERS)]
    responses = []

    def request(dealer):
        asked = environment.now
        with dealer.request() as clerk:
            yield clerk
            yield environment.timeout(luck.expovariate(1 / ANSWER))
        responses.append(environment.now - asked)

    def customer():
        while True:
            yield environment.timeout(luck.expovariate(1 / ASKS_EVERY))
            environment.process(request(luck.choice(dealers)))

    for _ in range(CUSTOMERS):
        environment.process(customer())
    start = time.process_time()
    environment.run(until=length)
    return len(responses), time.process_time() - start, statistics.fmean(responses)


def ciw_mmc(seed, length):
    """Ciw's own network of one node; gives customers served, CPU time and the mean wait."""
    import ciw

    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=1.6)],
        service_distributions=[ciw.dists.Exponential(rate=1.0)],
        number_of_servers=[2],
    )
    simulation = ciw.Simulation(network)
    start = time.process_time()
    simulation.simulate_until_max_time(length)
    seconds = time.process_time() - start
    waits = [record.waiting_time for record in simulation.get_all_records(only=["service"])]
    return len(waits), seconds, statistics.fmean(waits)


def jobs(quick):
    """Workload, engine, unit, what runs it, and what theory says of its figure: the value and how far it may be off."""
    share = 5.0 if quick else 1.0
    for name, cells, length in [("phold-1k", 1_000, 200), ("phold-10k", 10_000, 20), ("phold-100k", 100_000, 3)]:
        length = max(1.0, length / share)
        theory, sd = cells * (length - 0.095), (0.81 * cells * length) ** 0.5
        yield name, "simpy", "events/s", lambda seed, c=cells, t=length: simpy_phold(seed, c, t), theory, 5 * sd
    wide = share**0.5
    # M/M/2 at 60,000 customers: one standard deviation is about 5 % of the wait; the star at 60,000 requests about 1 %.
    yield "mmc", "simpy", "customers/s", lambda seed: simpy_mmc(seed, 40_000 / share), MMC_WAIT, MMC_WAIT * 0.2 * wide
    yield "mmc", "ciw", "customers/s", lambda seed: ciw_mmc(seed, 40_000 / share), MMC_WAIT, MMC_WAIT * 0.2 * wide
    star = lambda seed: simpy_star(seed, 21_600 / share)
    yield "star", "simpy", "requests/s", star, STAR_RESPONSE, STAR_RESPONSE * 0.05 * wide


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a fifth of the work")
    parser.add_argument("--repetitions", type=int, default=3, help="runs of each, with different seeds (default 3)")
    parser.add_argument("--workload", action="append", help="only this workload; may be repeated")
    parser.add_argument("--engine", action="append", choices=["simpy", "ciw"], help="only this engine; may be repeated")
    arguments = parser.parse_args()
    if arguments.repetitions < 1:
        parser.error("--repetitions must be 1 or more")
    there = {name for name in ("simpy", "ciw") if importlib.util.find_spec(name)}
    for name in sorted({"simpy", "ciw"} - there):
        print(f"{name} is not installed, so it is left out: pip install {name}", file=sys.stderr)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    wrong = 0
    for workload, engine, unit, run, theory, tolerance in jobs(arguments.quick):
        wanted = engine in there and engine in (arguments.engine or [engine])
        if not wanted or workload not in (arguments.workload or [workload]):
            continue
        runs = [run(seed) for seed in range(1, arguments.repetitions + 1)]
        for work, _, figure in runs:
            if abs(figure - theory) > tolerance:
                print(f"{workload} on {engine}: {figure:.4f}, theory says {theory:.4f} ± {tolerance:.4f}", file=sys.stderr)
                wrong += 1
        rates = [work / seconds for work, seconds, _ in runs]
        line = {
            "workload": workload, "engine": engine, "form": "native", "per_cpu_second": statistics.median(rates), "unit": unit,
            "repetitions": len(rates), "min": min(rates), "max": max(rates), "checked": runs[0][2],
        }
        print(json.dumps(line), flush=True)
    return 1 if wrong or not there else 0


if __name__ == "__main__":
    sys.exit(main())
