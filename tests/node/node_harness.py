"""A recorded node and the program as tests need them: each in a process of its own."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Longer than anything here takes; on a loaded machine things take long.
PATIENCE_S = 240


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RecordedNode:
    """`recorded_node.py FOLDER OPTIONS` on a port of its own."""

    def __init__(self, folder, *options, port=None):
        self.port = port or free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-B", str(HERE / "recorded_node.py"), str(folder), "--port", str(self.port), *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.process.stdout.readline()  # it says when it is ready

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def step(self, number):
        request = urllib.request.Request(self.url + "/control", data=str(number).encode())
        return json.load(urllib.request.urlopen(request, timeout=20))

    def calls(self):
        """How many requests it has answered."""
        return json.load(urllib.request.urlopen(self.url + "/control", timeout=20))["calls"]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def run(program, *arguments, cwd=None, timeout=PATIENCE_S):
    return subprocess.run([program, *map(str, arguments)], cwd=cwd, timeout=timeout, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def lines_of(path):
    text = subprocess.run(["zstd", "-dcq", str(path)], stdout=subprocess.PIPE, check=True).stdout.decode()
    return text.splitlines()


def write_lines(path, lines):
    path.unlink(missing_ok=True)
    subprocess.run(["zstd", "-q", "-o", str(path)], input="\n".join(lines) + "\n", text=True, check=True)


def changed_copy(folder, target, name, change):
    """A copy of a recording in which `change` has made other lines of the file `name`."""
    shutil.copytree(folder, target)
    path = Path(target) / f"{name}.jsonl.zst"
    before = lines_of(path)
    after = change(list(before))
    assert after != before, "nothing was changed"
    write_lines(path, after)
    return target


def wait_for(condition, what, timeout=PATIENCE_S):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited {timeout} s for {what}")


def has_zstd():
    return shutil.which("zstd") is not None


def counts(text):
    """`297 match, 0 mismatch, 0 inconclusive` of what a command printed."""
    found = re.search(r"(\d+) match, (\d+) mismatch, (\d+) inconclusive", text)
    return tuple(map(int, found.groups())) if found else None
