#!/usr/bin/env python3
"""What the wire costs: `parallax feed` to a parallaxd over TCP on loopback, against `parallax replay`.

    benchmarks/feed_cost.py [--blocks N] [--transactions N] [--rounds N] [--candidate NAME]

Generates an archive (mixed, really signed transactions; one in twenty fails), then takes turns, so
that a busy neighbour hits all alike: a replay; a feed to an empty sidecar; the same to one that keeps
no bundles and so need not record what its candidates read. Each time is that of the whole command,
with the loading of the state and everything on disk. Needs scripts/build.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parent.parent / "build/release/bin"
ADDRESS = re.compile(r"(?m)^sidecar_started .*\baddress=(\S+)")
REPLAY = "replay"


def timed(command):
    """Seconds that a command takes; it must find that every block matches."""
    started = time.monotonic()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"feed_cost: {' '.join(map(str, command))} ended with {done.returncode}:\n"
                 f"{done.stdout}{done.stderr}")
    return time.monotonic() - started


def replay(options, archive, _):
    with tempfile.TemporaryDirectory() as folder:
        return timed([PROGRAMS / "parallax", "replay", archive, "--candidate", options.candidate,
                      "--db", Path(folder) / "state", "--out", Path(folder) / "out"])


def feed(options, archive, bundles):
    with tempfile.TemporaryDirectory() as folder:
        config, log = Path(folder) / "config.json", Path(folder) / "log"
        config.write_text(json.dumps({"bundles": {"count": bundles}}))
        with open(log, "w", encoding="utf-8") as output:
            daemon = subprocess.Popen(
                [PROGRAMS / "parallaxd", "--config", config, "--data", Path(folder) / "data",
                 "--listen", "127.0.0.1:0", "--candidate", options.candidate, "--max-threads",
                 str(os.cpu_count())], stdin=subprocess.DEVNULL, stderr=output)
        try:
            while not (found := ADDRESS.search(log.read_text())):
                if daemon.poll() is not None:
                    sys.exit("feed_cost: the daemon did not start:\n" + log.read_text())
                time.sleep(0.02)
            return timed([PROGRAMS / "parallax", "feed", archive, "--sidecar", found.group(1)])
        finally:
            daemon.terminate()
            daemon.wait()


RUNS = {REPLAY: (replay, 0), "feed": (feed, 20), "feed, no bundles kept": (feed, 0)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--blocks", type=int, default=1000)
    parser.add_argument("--transactions", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--candidate", default="batch")
    options = parser.parse_args()
    if not (PROGRAMS / "parallaxd").exists():
        sys.exit("feed_cost: build/release/bin/parallaxd is missing: run scripts/build")
    with tempfile.TemporaryDirectory() as folder:
        archive = str(Path(folder) / "blocks.pxa")
        subprocess.run([PROGRAMS / "parallax", "generate", "--seed", "5",
                        "--blocks", str(options.blocks),
                        "--transactions-per-block", str(options.transactions), archive],
                       check=True, stdout=subprocess.DEVNULL)
        times = {name: [] for name in RUNS}
        for _ in range(options.rounds):
            for name, (run, argument) in RUNS.items():
                times[name].append(run(options, archive, argument))
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    print(f"Machine: {model.group(1) if model else 'unknown'}, {os.cpu_count()} logical cores; "
          f"{options.blocks} blocks of {options.transactions} transactions, candidate "
          f"{options.candidate} in a process of its own, median of {options.rounds} rounds.\n")
    print("| command | seconds | fastest..slowest | over the replay |\n|---|---|---|---|")
    base = statistics.median(times[REPLAY])
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        print(f"| {name} | {middle:.2f} | {min(seconds):.2f}..{max(seconds):.2f} | "
              f"{middle / base:.2f} |")


if __name__ == "__main__":
    main()
