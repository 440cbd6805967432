#!/usr/bin/env python3
"""Ask DuckDB about a store, beside `fidoscope query`.

    pip install duckdb
    python3 tests/peers/read_store.py fidoscope-store "SELECT outcome, count(*) FROM events GROUP BY 1"

Every table of the store becomes a view over the plain Parquet files of its newest version; which
files these are is read from the Delta log: the last checkpoint, and the commits after it. DuckDB's
own Delta extension does the same, but has to be downloaded. Writes CSV without a header.
"""

import csv
import json
import pathlib
import sys
import urllib.parse

import duckdb


def active_files(connection, table):
    """The files of the newest version of a table."""
    log, files, last = table / "_delta_log", set(), -1
    pointer = log / "_last_checkpoint"
    if pointer.exists():
        last = json.loads(pointer.read_text())["version"]
        parts = [str(part) for part in log.glob(f"{last:020}.checkpoint*.parquet")]
        paths = connection.execute(f"SELECT add.path FROM read_parquet({parts}) WHERE add.path IS NOT NULL")
        files.update(path for (path,) in paths.fetchall())
    for commit in sorted(log.glob("*.json")):
        if int(commit.stem) <= last:
            continue
        for line in commit.read_text().splitlines():
            action = json.loads(line)
            if "add" in action:
                files.add(action["add"]["path"])
            if "remove" in action:
                files.discard(action["remove"]["path"])
    return sorted(str(table / urllib.parse.unquote(path)) for path in files)


def main():
    store, sql = pathlib.Path(sys.argv[1]), sys.argv[2]
    connection = duckdb.connect()
    for table in sorted(path.parent for path in store.glob("*/_delta_log")):
        files = active_files(connection, table)
        if files:
            source = f"read_parquet({files}, hive_partitioning=true, union_by_name=true)"
            connection.execute(f'CREATE VIEW "{table.name}" AS SELECT * FROM {source}')
    result = connection.execute(sql)
    csv.writer(sys.stdout, lineterminator="\n").writerows(result.fetchall())


if __name__ == "__main__":
    main()
