"""The real daemon on free ports, with a folder and a token of its own."""

import re
import signal
import subprocess
import time
from pathlib import Path

# How long a start may take before a test gives up: no judgement on speed.
PATIENCE_S = 120


class Daemon:
    """Starts it and waits until it listens. `arguments` are added to the command line."""

    def __init__(self, program, folder, arguments=()):
        self.token = "a-token-of-this-test"
        self.token_file = folder / "token"
        self.token_file.touch(mode=0o600)
        self.token_file.write_text(self.token + "\n")
        self.log_path = folder / "parallaxd.log"
        self.log = open(self.log_path, "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [program, "--data", folder / "data", "--listen", "127.0.0.1:0", "--metrics",
             "127.0.0.1:0", "--token-file", self.token_file, *arguments],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        try:
            self.address = self.logged_address("sidecar_started")
            self.metrics = self.logged_address("metrics_exposed")
        except RuntimeError:
            self.stop()
            raise

    def logged_address(self, event):
        """The address in the log's line of `event`, once it is there."""
        pattern = re.compile(rf"(?m)^{event} .*\baddress=(\S+:\d+)")
        deadline = time.monotonic() + PATIENCE_S
        while True:
            text = self.log_path.read_text()
            found = pattern.search(text)
            if found:
                return found.group(1)
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the daemon never logged {event}:\n{text}")
            time.sleep(0.02)  # between two looks; nothing depends on how long

    def children(self):
        """Processes that it has started."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except (OSError, IndexError):
                continue  # no process, or one that has ended since
            if entry.name.isdigit() and int(fields[1]) == self.process.pid:
                found.append(int(entry.name))
        return found

    def stop(self):
        """Asks it to stop and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait()
        self.log.close()
        return code
