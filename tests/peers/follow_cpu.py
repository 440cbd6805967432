#!/usr/bin/env python3
"""What following a log costs: processor time, files and log of the store, and how late an event is visible.

    python3 tests/peers/follow_cpu.py target/dist/fidoscope [SECONDS] [EVENTS_A_SECOND]

Appends lines of the generator to a file at a steady rate while `fidoscope ingest --follow` reads it.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    program = sys.argv[1]
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    rate = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fidoscope-follow-"))
    log, store = folder / "log.ndjson", folder / "store"
    simulate = [program, "simulate", "--seed", "3", "--events", str(seconds * rate), "--out", "-"]
    lines = subprocess.Popen(simulate, stdout=subprocess.PIPE)
    try:
        with open(log, "wb") as out:
            follow = [program, "ingest", "--follow", "--quiet", "--source", "native", "--store", str(store), str(log)]
            child = subprocess.Popen(follow, stdout=subprocess.DEVNULL)
            begin = time.monotonic()
            for tick in range(seconds * 10):
                for _ in range(rate // 10):
                    out.write(lines.stdout.readline())
                out.flush()
                time.sleep(max(0, begin + (tick + 1) / 10 - time.monotonic()))
            used = cpu_seconds(child.pid)
            written = time.monotonic()
            total = 0
            while total < seconds * rate and time.monotonic() - written < 60:
                sql = "SELECT count(*) AS n FROM events"
                asked = subprocess.run([program, "query", "--store", str(store), "--format", "csv", sql], capture_output=True, text=True)
                total = int(asked.stdout.split()[1])
            late = time.monotonic() - written
            status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
            resident = int(status.split("VmHWM:")[1].split()[0]) / 1024
            child.send_signal(signal.SIGTERM)
            child.wait()
        data = list((store / "events").rglob("*.parquet"))
        logs = [file for file in (store / "events/_delta_log").iterdir()]
        print(f"{rate} events/s for {seconds} s: {100 * used / seconds:.1f} % of a core, peak {resident:.0f} MiB, load {os.getloadavg()[0]:.1f}")
        print(f"{total} of {seconds * rate} events visible {late:.1f} s after the last line (asking included)")
        print(f"events: {len(data)} data files on disk, {len(logs)} files of log with {sum(f.stat().st_size for f in logs) / 1e6:.1f} MB")
    finally:
        lines.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
