"""The baseline of scan.py, the least a web application can do: one durable row in SQLite, no sign-in, no checks."""

import os
import sqlite3
import threading

from flask import Flask, Response, request

app = Flask(__name__)
own = threading.local()


def connection() -> sqlite3.Connection:
    if not hasattr(own, "connection"):
        own.connection = sqlite3.connect(os.environ["PLAIN_DATABASE"], timeout=30, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            own.connection.execute(f"PRAGMA {pragma}")
        own.connection.execute("CREATE TABLE IF NOT EXISTS scan (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    return own.connection


@app.post("/scan")
def scan() -> Response:
    connection().execute("INSERT INTO scan (body) VALUES (?)", (request.get_data(as_text=True),))
    return Response('{"verdict":"green"}', mimetype="application/json")
