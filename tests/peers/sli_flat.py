#!/usr/bin/env python3
"""Whether asking for the indicators of a month takes longer when there are more events in it.

    python3 tests/peers/sli_flat.py target/dist/fidoscope [EVENTS ...]     (1,000,000 10,000,000)

For each number a store is filled with so many events of the same thirty days. The first question counts
them by minutes; then the stores are asked in turns. 100,000,000 events take a quarter of an hour and 7 GB.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

TURNS = 15
QUESTIONS = {
    "up to now": [],
    "up to now, by os": ["--by", "os"],
}


def fill(program, events, store):
    lines = subprocess.Popen([program, "simulate", "--seed", "1", "--events", str(events), "--out", "-"], stdout=subprocess.PIPE)
    command = [program, "ingest", "--quiet", "--source", "native", "--store", str(store), "-"]
    subprocess.run(command, stdin=lines.stdout, stdout=subprocess.DEVNULL, check=True)
    lines.wait()


def ask(program, store, question):
    """Seconds that an answer takes, and the memory in MiB."""
    begin = time.perf_counter()
    command = [program, "sli", "--store", str(store), "--format", "csv", *question]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"fidoscope sli ended with status {status}")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def compare(program, stores, question):
    seconds = {events: [] for events in stores}
    for _ in range(TURNS):
        for events, store in stores.items():
            seconds[events].append(ask(program, store, question)[0])
    return {events: statistics.median(found) for events, found in seconds.items()}


def main():
    program = sys.argv[1]
    numbers = [int(number) for number in sys.argv[2:]] or [1_000_000, 10_000_000]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fidoscope-sli-"))
    try:
        stores = {}
        for events in numbers:
            stores[events] = folder / str(events)
            fill(program, events, stores[events])
            first, memory = ask(program, stores[events], [])
            print(f"{events} events: first answer {first:.1f} s, {memory:.0f} MiB")
        for name, question in QUESTIONS.items():
            medians = compare(program, stores, question)
            least = medians[numbers[0]]
            for events, median in medians.items():
                print(f"{name}: {events} events {median:.3f} s, {median / least:.2f} times the first")
        print(f"load {os.getloadavg()[0]:.1f}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
