#!/usr/bin/env python3
"""The real daemon under a live stream, for a Prometheus to scrape.

    fed_daemon.py PARALLAX PARALLAXD FOLDER

Prints the port of the daemon's metrics, and feeds it a generated chain with reorganisations until
standard input is closed. What it writes goes to FOLDER, which is empty.
"""

import subprocess
import sys
from pathlib import Path

from daemon import Daemon

BLOCKS = 800  # more than anybody waits for, at this rate
RATE = 25


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 1
    parallax, parallaxd, folder = arguments[0], arguments[1], Path(arguments[2])
    chain = folder / "chain.pxa"
    subprocess.run([parallax, "generate", "--accounts", "60", "--blocks", str(BLOCKS),
                    "--transactions-per-block", "10", chain], check=True, stdout=subprocess.DEVNULL)
    daemon = Daemon(parallaxd, folder, ["--candidate", "batch", "--candidate", "speculative",
                                        "--max-threads", "2", "--canary-interval-blocks", "5"])
    feeder = subprocess.Popen(
        [parallax, "feed", chain, "--sidecar", daemon.address, "--token-file", daemon.token_file,
         "--rate", str(RATE), "--reorganise-every", "20"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    print(daemon.metrics.rsplit(":", 1)[1], flush=True)
    sys.stdin.read()
    feeder.kill()
    feeder.wait()
    return daemon.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
