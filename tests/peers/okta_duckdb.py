#!/usr/bin/env python3
"""A mapped source beside DuckDB: Okta's System Log, the same columns, the same two cores, pair by pair.

    pip install duckdb
    python3 tests/peers/okta_duckdb.py target/dist/fidoscope [LINES]     (1,000,000: 1.8 GB)

The log is made of datasets/logs/okta.ndjson.gz, repeated with new identifiers and later times; once
with the passkey events that it has, once with three in a hundred lines. A is `fidoscope ingest` into a
new store, from process start to a synced disk. B is DuckDB's `read_json` of the same members, filtered
to the same types of event, to Parquet (zstd). The sign-ins with a passkey must be as many in both.
"""

import gzip
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

import duckdb

PAIRS = 5
THREADS = 2
DATA = pathlib.Path(__file__).parents[2] / "datasets/logs/okta.ndjson.gz"

# What the mapping reads of a record, as DuckDB writes it.
PROJECTION = """
SELECT published::TIMESTAMPTZ AS ts, uuid AS event_id, eventType AS source_event_type,
  coalesce(transaction.id, debugContext.debugData.requestId) AS request_id,
  coalesce(authenticationContext.rootSessionId, authenticationContext.externalSessionId) AS session_id,
  coalesce(list_filter(target, lambda t: t.type = 'User')[1].id, actor.id) AS user_id,
  actor.id AS actor_id,
  list_filter(target, lambda t: t.type = 'AppInstance')[1].displayName AS app,
  list_filter(target, lambda t: t.type = 'AuthenticatorEnrollment')[1].id AS credential_ref,
  coalesce(debugContext.debugData.factor,
    list_filter(target, lambda t: t.type = 'AuthenticatorEnrollment')[1].displayName) AS method_raw,
  try_cast(debugContext.debugData.responseTime AS BIGINT) AS server_ms, outcome.result AS outcome, outcome.reason AS failure_raw, client.ipAddress AS client_ip,
  securityContext.asNumber AS asn, securityContext.isProxy AS is_proxy,
  client.geographicalContext.country AS geo_country, client.geographicalContext.city AS geo_city,
  client.geographicalContext.geolocation.lat AS geo_lat,
  client.geographicalContext.geolocation.lon AS geo_lon,
  client.userAgent.rawUserAgent AS user_agent, client.userAgent.browser AS browser,
  client.userAgent.os AS os, client.device AS device, severity, displayMessage AS display_message
FROM read_json('{log}', format='newline_delimited', maximum_depth=-1, sample_size=20000)
WHERE eventType LIKE 'user.mfa.%' OR eventType LIKE 'user.account.%'
  OR eventType = 'user.authentication.auth_via_mfa'
"""


def is_passkey(record):
    return "webauthn" in json.dumps([record["debugContext"], record["target"]]).lower()


def read(line):
    """The record of a line; the data set has some that nobody can read."""
    try:
        record = json.loads(line)
        int(record["debugContext"]["debugData"].get("responseTime", "0"))
        return record if "T" in record["published"] and record["outcome"]["result"] else None
    except (ValueError, TypeError, KeyError):
        return None


def make(path, lines, share):
    """Writes the log; `share` of its lines are about passkeys, or as many as the data set has."""
    records = [record for record in map(read, gzip.open(DATA)) if record]
    keys = [record for record in records if is_passkey(record)]
    others = [record for record in records if not is_passkey(record)]
    dice = random.Random(7)
    with open(path, "w") as out:
        for number in range(lines):
            pool = records if share is None else keys if dice.random() < share else others
            record = dict(pool[number % len(pool)])
            record["uuid"] = str(uuid.UUID(int=dice.getrandbits(128)))
            minute = number * 40000 // lines
            day, clock = divmod(minute, 1440)
            record["published"] = f"2026-10-{1 + day:02}T{clock // 60:02}:{clock % 60:02}:{number % 60:02}.{number % 1000:03}Z"
            out.write(json.dumps(record, separators=(",", ":")) + "\n")


def ours(program, log, folder):
    store = folder / "store"
    shutil.rmtree(store, ignore_errors=True)
    begin = time.perf_counter()
    command = [program, "ingest", "--source", "okta", "--threads", str(THREADS), "--store", str(store), "--quiet", str(log)]
    if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
        sys.exit("fidoscope failed")
    os.sync()
    return time.perf_counter() - begin, store


def peer(log, folder):
    out = folder / "peer.parquet"
    out.unlink(missing_ok=True)
    connection = duckdb.connect(config={"threads": THREADS, "preserve_insertion_order": "false"})
    begin = time.perf_counter()
    connection.execute(f"COPY ({PROJECTION.format(log=log)}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")
    os.sync()
    return time.perf_counter() - begin, out


def sign_ins(program, store, out):
    sql = "SELECT count(*) AS n FROM events WHERE kind = 'authentication.completed' AND source_event_type = 'user.authentication.auth_via_mfa'"
    command = [program, "query", "--store", str(store), "--format", "csv", sql]
    stored = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[1])
    theirs = duckdb.execute(
        f"SELECT count(*) FROM '{out}' WHERE outcome = 'SUCCESS' AND method_raw ILIKE '%webauthn%'"
        " AND source_event_type = 'user.authentication.auth_via_mfa'"
    ).fetchone()[0]
    return stored, theirs


def compare(program, log, folder, name):
    size = log.stat().st_size / 1e6
    ratios = []
    for pair in range(PAIRS):
        seconds, store = ours(program, log, folder)
        other, out = peer(log, folder)
        ratios.append(other / seconds)
        print(f"{name} {pair + 1}: fidoscope {seconds:.2f} s ({size / seconds:.0f} MB/s), duckdb {other:.2f} s, ratio {other / seconds:.2f}")
    stored, theirs = sign_ins(program, store, out)
    agree = "equal" if stored == theirs else "DIFFERENT"
    print(f"{name}: log {size:.0f} MB, load {os.getloadavg()[0]:.1f}; sign-ins with a passkey {stored} and {theirs}: {agree}")
    print(f"{name}: median ratio {statistics.median(ratios):.2f} (above 1: fidoscope is faster)")
    return stored == theirs


def main():
    program = sys.argv[1]
    lines = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fidoscope-okta-"))
    try:
        good = True
        for name, share in (("as the data set", None), ("3 % passkeys", 0.03)):
            log = folder / "okta.ndjson"
            make(log, lines, share)
            good &= compare(program, log, folder, name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
