#!/usr/bin/env python3
"""Memory of an ingest from a pipe, whatever its length, and what `sli` costs on what it has stored.

    python3 tests/peers/stream_memory.py target/dist/fidoscope [EVENTS ...]

Streams native logs of so many events (1 M is about 590 MB) from the generator into a new store each, and prints
seconds, megabytes a second, the greatest resident memory, the size of the store, and how long the first `sli`
(which brings the rollup up to date) and the second take over the same 30 days.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time


def timed(command, **more):
    begin = time.perf_counter()
    child = subprocess.Popen(command, **more)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{command[1]} ended with status {status}")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def main():
    program = sys.argv[1]
    for events in [int(text) for text in sys.argv[2:]] or [1_000_000]:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="fidoscope-stream-"))
        store = folder / "store"
        try:
            simulate = [program, "simulate", "--seed", "1", "--events", str(events), "--out", "-"]
            source = subprocess.Popen(simulate, stdout=subprocess.PIPE)
            ingest = [program, "ingest", "--quiet", "--source", "native", "--store", str(store), "-"]
            seconds, memory = timed(ingest, stdin=source.stdout, stdout=subprocess.DEVNULL)
            source.wait()
            size = sum(file.stat().st_size for file in store.rglob("*") if file.is_file()) / 1e6
            print(f"{events} events: {seconds:.1f} s, {events / seconds / 1000:.0f} k events/s, peak {memory:.0f} MiB, store {size:.0f} MB", flush=True)
            for turn in ("first", "second"):
                seconds, memory = timed([program, "sli", "--store", str(store), "--format", "csv"], stdout=subprocess.DEVNULL)
                print(f"  {turn} sli {seconds:.2f} s, peak {memory:.0f} MiB", flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
