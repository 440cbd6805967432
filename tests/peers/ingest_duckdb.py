#!/usr/bin/env python3
"""Ingest beside DuckDB: the same native log, the same two cores, pair by pair; or only its decoding.

    pip install duckdb
    fidoscope simulate --seed 1 --events 1000000 --out /tmp/native.ndjson
    python3 tests/peers/ingest_duckdb.py target/dist/fidoscope /tmp/native.ndjson

or, without the store (no credentials, no commits; what is read is digested all the same), with the program that

    cargo bench -p fidoscope-analytics --bench decode_to_parquet --no-run

names: `python3 tests/peers/ingest_duckdb.py target/dist/deps/decode_to_parquet-… LOG`.

A is `fidoscope ingest` into a new store, from process start to a synced disk. B is DuckDB's
`read_json` to Parquet (zstd), from the statement to a synced disk; its start-up is not counted.
Rows and the checksums of five columns must agree, or the numbers mean nothing.
"""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import duckdb

PAIRS = 5
THREADS = 2

# Column of the log, the same in the store, and how both become comparable.
CHECKS = {
    "event_id": ("event_id", "event_id"),
    "ts": ("epoch_us(ts::TIMESTAMPTZ)", "epoch_us(ts)"),
    "kind": ("kind", "kind"),
    "sign_count": ("sign_count::BIGINT", "sign_count::BIGINT"),
    "rp_id": ("rp_id", "rp_id"),
}


def connect():
    return duckdb.connect(config={"threads": THREADS, "preserve_insertion_order": "false"})


def checksums(source, side):
    sums = ", ".join(f"sum(hash({pair[side]})::HUGEINT)" for pair in CHECKS.values())
    return connect().execute(f"SELECT count(*), {sums} FROM {source}").fetchone()


def ours(program, log, folder):
    store = folder / "store"
    shutil.rmtree(store, ignore_errors=True)
    begin = time.perf_counter()
    command = [program, "ingest", "--source", "native", "--threads", str(THREADS), "--store", str(store), "--quiet", str(log)]
    if is_without_store(program):
        command = [program, "native", str(THREADS), str(log), str(store / "events")]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    seen = []
    # What the system reports of an ended child counts the memory of this process too.
    watch = threading.Thread(target=watch_memory, args=(child.pid, seen))
    watch.start()
    if child.wait():
        sys.exit(f"fidoscope ended with status {child.returncode}")
    os.sync()
    seconds = time.perf_counter() - begin
    watch.join()
    return seconds, max(seen, default=0), store


def is_without_store(program):
    return pathlib.Path(program).name.startswith("decode_to_parquet")


def watch_memory(pid, seen):
    """Notes the greatest memory of a process until it ends."""
    while resident := greatest_resident(pid):
        seen.append(resident)
        time.sleep(0.1)


def greatest_resident(pid):
    """MiB that the process has held at most; 0 when it has ended."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    peak = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(peak[0].split()[1]) / 1024 if peak else 0


def peer(log, folder):
    out = folder / "peer.parquet"
    out.unlink(missing_ok=True)
    connection = connect()
    begin = time.perf_counter()
    connection.execute(
        f"COPY (SELECT * FROM read_json('{log}', format='newline_delimited')) "
        f"TO '{out}' (FORMAT parquet, COMPRESSION zstd)"
    )
    os.sync()
    return time.perf_counter() - begin, out


def active_files(store):
    """The files of the newest version of the `events` table, from its log."""
    table, files = store / "events", {}
    if not (table / "_delta_log").exists():
        return [str(file) for file in table.rglob("*.parquet")]
    for commit in sorted((table / "_delta_log").glob("*.json")):
        for line in commit.read_text().splitlines():
            action = json.loads(line)
            if "add" in action:
                files[action["add"]["path"]] = True
            if "remove" in action:
                files.pop(action["remove"]["path"], None)
    return [str(table / name) for name in files]


def main():
    program, log = sys.argv[1], pathlib.Path(sys.argv[2])
    size = log.stat().st_size / 1e6
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fidoscope-peer-"))
    a, b, memory = [], [], 0
    try:
        for pair in range(PAIRS):
            seconds, resident, store = ours(program, log, folder)
            other, out = peer(log, folder)
            a.append(seconds)
            b.append(other)
            memory = max(memory, resident)
            print(f"pair {pair + 1}: fidoscope {seconds:.2f} s, duckdb {other:.2f} s, ratio {other / seconds:.2f}")
        source = f"read_json('{log}', format='newline_delimited')"
        raw = checksums(source, 0)
        stored = checksums(f"read_parquet({active_files(store)}, hive_partitioning=false)", 1)
        theirs = checksums(f"read_parquet('{out}')", 0)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"rows and checksums of {', '.join(CHECKS)}:", "equal" if raw == stored == theirs else "DIFFERENT")
    print(f"log {size:.0f} MB; load {os.getloadavg()[0]:.1f}; peak memory of fidoscope {memory:.0f} MiB")
    print(f"median fidoscope {statistics.median(a):.2f} s = {size / statistics.median(a):.0f} MB/s")
    print(f"median duckdb    {statistics.median(b):.2f} s = {size / statistics.median(b):.0f} MB/s")
    ratio = statistics.median(y / x for x, y in zip(a, b))
    print(f"median ratio of the pairs {ratio:.2f} (above 1: fidoscope is faster)")
    sys.exit(0 if raw == stored == theirs else 1)


if __name__ == "__main__":
    main()
