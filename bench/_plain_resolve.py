"""The plain way to look a handle up, for comparison: Flask, one SQLModel query, `jsonify`. Reads the same table."""

import json
import os
from typing import Any

from flask import Flask, jsonify
from sqlmodel import Session, create_engine, select

from app.store.tables import Record

engine = create_engine(f"sqlite:///{os.environ['PLAIN_DATABASE']}")
app = Flask(__name__)


@app.get("/api/handles/<path:handle>")
def resolve(handle: str) -> Any:
    with Session(engine) as session:
        record = session.exec(select(Record).where(Record.key == handle.upper())).first()
        if record is None:
            return jsonify(responseCode=100, handle=handle), 404
        return jsonify(responseCode=1, handle=handle, values=json.loads(record.public))
