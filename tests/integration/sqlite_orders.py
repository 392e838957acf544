#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""sqlite_orders.py make FILE MODE | write FILE | count FILE - an application with a SQLite database.

write adds row after row, each a transaction, numbered from 1 without a gap, and never ends by itself. count prints how many there
are, having checked the file and that no number is missing.
"""
import sqlite3
import sys
import time


def connect(path):
    return sqlite3.connect(path, isolation_level=None, timeout=30)


def make(path, mode):
    connection = connect(path)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("CREATE TABLE orders (number INTEGER PRIMARY KEY, text TEXT)")


def write(path):
    connection = connect(path)
    while True:
        connection.execute("INSERT INTO orders (text) VALUES (?)", ("x" * 300,))
        time.sleep(0.002)


def count(path):
    connection = connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    rows, last = connection.execute("SELECT count(*), coalesce(max(number), 0) FROM orders").fetchone()
    assert rows == last
    print(rows)


globals()[sys.argv[1]](*sys.argv[2:])
