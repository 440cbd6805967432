#!/usr/bin/env python3
"""An S3 server on loopback that lives as long as its standard input.

    pip install 'moto[s3]==5.2.5' flask flask-cors
    python3 tests/peers/s3_server.py BUCKET

Prints its URL once the bucket is there. Each line `KEY FILE` of standard input puts a file; the
answer is a line with the number of objects in the bucket.
"""

import logging
import pathlib
import sys

import boto3
from moto.server import ThreadedMotoServer


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    bucket = sys.argv[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_bucket(Bucket=bucket)
    print(url, flush=True)
    for line in sys.stdin:
        key, file = line.rstrip("\n").split(" ", 1)
        client.put_object(Bucket=bucket, Key=key, Body=pathlib.Path(file).read_bytes())
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        print(sum(page["KeyCount"] for page in pages), flush=True)
    server.stop()


if __name__ == "__main__":
    main()
