#!/usr/bin/env python3
"""One ES256 assertion judged many times: the whole program beside two relying party libraries.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install webauthn==3.0.1 fido2==2.2.1
    npm install --prefix /tmp/simple @simplewebauthn/server@13
    /tmp/peers/bin/python tests/peers/assertion_speed.py target/dist/fidoscope /tmp/simple

Ours is `fidoscope replay` over a file of copies, with one thread and with two: reading, judging
every step, comparing with the expectation and writing a line of TAP each, the start of the program
included. The libraries are called in a loop, after their own start, with the parsed response.
Prints the load of the machine and microseconds an assertion; the rounds of all take turns.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

RECORDING = "datasets/ceremonies/authentication-packed.json"
COPIES = 100_000
CALLS = 2_000
ROUNDS = 5


def replay(program, file, jobs):
    command = [program, "replay", file, "--jobs", str(jobs), "--format", "tap"]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) / COPIES * 1e6


def simple(directory, recording):
    script = pathlib.Path(__file__).with_name("speed_simplewebauthn.mjs")
    command = ["node", script, directory, str(CALLS)]
    done = subprocess.run(command, input=recording, check=True, capture_output=True, text=True)
    return float(done.stdout)


def python(recording):
    script = pathlib.Path(__file__).with_name("judge_webauthn.py")
    command = [sys.executable, script, "--speed", str(CALLS)]
    done = subprocess.run(command, input=recording, check=True, capture_output=True, text=True)
    lines = map(json.loads, done.stdout.splitlines())
    return {line["peer"]: line["median_us"] for line in lines}


def main():
    program, directory = sys.argv[1:3]
    assertion = json.loads(pathlib.Path(RECORDING).read_text())
    recording = json.dumps(assertion) + "\n"
    rounds = {}
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for number in range(COPIES):
            file.write(json.dumps(assertion | {"id": f"assertion-{number}"}) + "\n")
        file.flush()
        print("load", *(f"{load:.2f}" for load in os.getloadavg()))
        for _ in range(ROUNDS):
            took = {f"fidoscope --jobs {jobs}": replay(program, file.name, jobs) for jobs in (1, 2)}
            took |= python(recording) | {"SimpleWebAuthn": simple(directory, recording)}
            for name, microseconds in took.items():
                rounds.setdefault(name, []).append(microseconds)
    ours = statistics.median(rounds["fidoscope --jobs 1"])
    for name, took in rounds.items():
        median = statistics.median(took)
        print(f"{name:20} {median:8.1f} us, {median / ours:5.2f} of ours with one thread")


main()
