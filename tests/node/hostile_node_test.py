#!/usr/bin/env python3
"""The program asks something that is no node, or one whose answers are spoilt on their way.

    hostile_node_test.py PARALLAX PARALLAXD DATA_FOLDER [unittest options]
"""

import http.server
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request
from pathlib import Path

from node_harness import RecordedNode, run

PARALLAX, DATA = sys.argv[1], Path(sys.argv[3])
# What the program may have in memory, at the least of any hostile answer.
MEMORY = 2 << 30


class Server:
    """Answers each request with what `answer(handler, body)` does."""

    def __init__(self, answer):
        outer = answer

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                try:
                    outer(self, body)
                except OSError:
                    pass

            def do_GET(self):
                self.send_error(404)

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()


def reply(handler, body, code=200, length=None, **headers):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("content-length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


def result(value):
    return lambda h, b: reply(h, {"jsonrpc": "2.0", "id": json.loads(b)["id"], "result": value})


def drip(handler, _):
    handler.send_response(200)
    handler.send_header("content-length", "100000")
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.2)


def endless(handler, _):
    handler.send_response(200)
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    while True:
        handler.wfile.write(b"10000\r\n" + b"[" * 65536 + b"\r\n")


def close(handler, _):
    handler.close_connection = True


ANSWERS = {
    "no JSON": (lambda h, b: reply(h, b"<html>"), "is not JSON"),
    "nothing": (lambda h, b: reply(h, b""), "is not JSON"),
    "JSON nested a million deep": (lambda h, b: reply(h, b"[" * 1_000_000), "nested too deeply|not JSON"),
    "a length of 64 GiB": (lambda h, b: reply(h, b"{", length=64 << 30), "more than 67108864 bytes"),
    "chunks without end": (endless, "more than 67108864 bytes"),
    "an answer to another call": (lambda h, b: reply(h, {"jsonrpc": "2.0", "id": 99999, "result": 1}),
                                  "a call that was not made"),
    "an answer without a result": (lambda h, b: reply(h, {"jsonrpc": "2.0", "id": json.loads(b)["id"]}),
                                   "neither a result nor an error"),
    "a number": (lambda h, b: reply(h, b"7"), "neither an answer nor a list"),
    "two answers": (lambda h, b: reply(h, [{"id": json.loads(b)["id"], "result": 1}] * 2), "two are to one call"),
    "the same for everything": (result({"network": "Dev"}), "first block has no hash"),
    "a refusal with control characters": (
        lambda h, b: reply(h, {"id": json.loads(b)["id"], "error": {"code": -1, "message": "\x1b[2J" * 500}}),
        r"refuses get_version: \" \[2J"),
    "HTTP 302": (lambda h, b: reply(h, b"", 302, location="http://127.0.0.1:1/"), "HTTP 302"),
    "HTTP 401": (lambda h, b: reply(h, b"", 401), "wants other credentials"),
    "HTTP 404": (lambda h, b: reply(h, b"", 404), "no node answers under"),
    "HTTP 500": (lambda h, b: reply(h, b"", 500), "HTTP 500"),
    "a closed connection": (close, "cannot read the answer"),
}


class NoNode(unittest.TestCase):
    def ask(self, url, *options, timeout=90):
        with tempfile.TemporaryDirectory() as folder:
            return subprocess.run(
                [PARALLAX, "record", "--node", url, "-o", f"{folder}/a.pxa", "--quiet", "--patience", "1", *options],
                timeout=timeout, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)))

    def test_is_told_by_name_whatever_it_answers(self):
        for name, (answer, words) in ANSWERS.items():
            with self.subTest(name), Server(answer) as server:
                asked = self.ask(server.url)
                self.assertEqual(asked.returncode, 1, asked.stderr)
                self.assertRegex(asked.stderr, words)
                self.assertLess(len(asked.stderr), 1000)
                self.assertNotRegex(asked.stderr, r"[\x00-\x09\x0b-\x1f]")

    def test_that_is_slow_is_not_waited_for_longer_than_it_is_worth(self):
        with Server(drip) as server:
            begun = time.monotonic()
            asked = self.ask(server.url)
            self.assertEqual(asked.returncode, 1, asked.stderr)
            self.assertRegex(asked.stderr, "took longer than")
            self.assertLess(time.monotonic() - begun, 80)

    def test_is_not_told_the_password_in_messages(self):
        seen = []

        def answer(handler, _):
            seen.append(handler.headers.get("authorization"))
            reply(handler, b"", 401)

        with Server(answer) as server:
            asked = self.ask(server.url.replace("//", "//me:hidden@"))
        self.assertEqual(seen[0], "Basic bWU6aGlkZGVu")
        self.assertNotIn("hidden", asked.stdout + asked.stderr)


class TooMuch(unittest.TestCase):
    def test_at_once_is_asked_for_in_smaller_parts(self):
        with RecordedNode(DATA / "e1_forks") as node, tempfile.TemporaryDirectory() as folder:
            padded = []

            def pad(handler, body):
                text = urllib.request.urlopen(urllib.request.Request(node.url + "/json_rpc", data=body)).read()
                if body.count(b"include_txs") > 5:
                    padded.append(1)
                    text += b" " * (65 << 20)
                reply(handler, text)

            with Server(pad) as server:
                recorded = run(PARALLAX, "record", "--node", server.url, "--node-rate", 0, "--to", 60,
                               "-o", f"{folder}/a.pxa", "--quiet")
            self.assertEqual(recorded.returncode, 0, recorded.stdout + recorded.stderr)
            self.assertTrue(padded)


class SpoiltAnswers(unittest.TestCase):
    """A proxy before a recorded node changes a byte now and then. What is taken is proved by hashes; what was
    observed may be wrong, and is then a difference, never a crash, never another state."""

    def test_never_make_another_chain(self):
        for seed in range(6):
            with self.subTest(seed=seed), RecordedNode(DATA / "e1_forks") as node, \
                    tempfile.TemporaryDirectory() as folder:
                chance = random.Random(seed)
                lock = threading.Lock()

                def spoil(handler, body):
                    request = urllib.request.Request(node.url + "/json_rpc", data=body)
                    text = bytearray(urllib.request.urlopen(request, timeout=30).read())
                    with lock:
                        if chance.random() < 0.1:
                            for _ in range(chance.randint(1, 3)):
                                text[chance.randrange(len(text))] ^= 1 << chance.randrange(7)
                    reply(handler, bytes(text))

                with Server(spoil) as server:
                    recorded = run(PARALLAX, "record", "--node", server.url, "--network", "devnet", "--profile", "e1",
                                   "--node-rate", 0, "-o", f"{folder}/a.pxa", "--quiet")
                if recorded.returncode == 1:
                    self.assertRegex(recorded.stderr, "parallax record: ")
                    continue
                self.assertIn(recorded.returncode, (0, 3), recorded.stderr)
                whole = run(PARALLAX, "archive", "verify", f"{folder}/a.pxa")
                self.assertEqual(whole.returncode, 0, whole.stderr)
                replayed = run(PARALLAX, "replay", f"{folder}/a.pxa", "--quiet")
                self.assertIn(replayed.returncode, (0, 2, 3), replayed.stdout + replayed.stderr)
                if recorded.returncode == 0 and replayed.returncode != 3:
                    self.assertEqual(re.findall(r"state +(\S+) at", replayed.stdout), [self.clean_state(node)])

    def clean_state(self, node):
        with tempfile.TemporaryDirectory() as folder:
            run(PARALLAX, "record", "--node", node.url, "--node-rate", 0, "-o", f"{folder}/a.pxa", "--quiet")
            return re.findall(r"state +(\S+) at", run(PARALLAX, "replay", f"{folder}/a.pxa", "--quiet").stdout)[0]


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
