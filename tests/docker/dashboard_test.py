#!/usr/bin/env python3
"""Runs every query of the dashboard and of the alert rules on a real Prometheus that scrapes a real
verifier, and checks that each finds data.

    dashboard_test.py PROMETHEUS DOCKER-FOLDER COMMAND...

PROMETHEUS is the program; COMMAND is started with the name of an empty folder behind it, prints its
metrics' port as the first line, and runs until its input is closed.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

# How long anything may take before the test gives up: no judgement on speed.
PATIENCE_S = 120
# Series that only an accident brings: their queries must run, but may find nothing.
MAY_BE_EMPTY = {"Open circuits"}

CONFIGURATION = """
global:
  scrape_interval: 200ms
  evaluation_interval: 200ms
rule_files:
  - {rules}
scrape_configs:
  - job_name: parallax
    static_configs:
      - targets: ["127.0.0.1:{port}"]
"""


def expressions(dashboard):
    """(panel's title, query) of each target, Grafana's variables filled in."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            query = target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".+")
            yield panel["title"], query


class Prometheus:
    """The real program on a free port, its data in a folder of its own."""

    def __init__(self, program, folder, scraped_port, rules):
        configuration = folder / "prometheus.yml"
        configuration.write_text(CONFIGURATION.format(port=scraped_port, rules=rules))
        self.log_path = folder / "prometheus.log"
        self.log = open(self.log_path, "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [program, f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'data'}",
             "--web.listen-address=127.0.0.1:0", "--log.format=logfmt"],
            stdout=self.log, stderr=subprocess.STDOUT)
        self.port = None

    def find_port(self):
        """Port 0 lets the system choose one: which, the kernel's table says."""
        if self.process.poll() is not None:
            raise RuntimeError("prometheus ended:\n" + self.log_path.read_text())
        inodes = set()
        for entry in Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                match = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(entry))
            except OSError:
                continue
            if match:
                inodes.add(match.group(1))
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                self.port = int(fields[1].split(":")[1], 16)
                return True
        return False

    def get(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            body = refused.read().decode(errors="replace")
            # While it starts, Prometheus answers "Service Unavailable", and not in JSON.
            return json.loads(body) if body.startswith("{") else {"status": "error", "error": body}
        except OSError:
            return {"status": "error", "error": "no answer"}

    def query(self, expression):
        answer = self.get("query", query=expression)
        if answer["status"] != "success":
            return None, answer["error"]
        result = answer["data"]["result"]
        return result, None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.log.close()


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)  # between two looks; nothing depends on how long
    return True


def judge(prometheus, dashboard):
    """Every complaint about the dashboard's queries."""
    # Rates need two scrapes of every histogram, so the slowest query is waited for.
    pending = dict.fromkeys(expressions(dashboard), "not run")

    def look():
        for (title, query) in list(pending):
            result, error = prometheus.query(query)
            if result or (title in MAY_BE_EMPTY and result is not None):
                del pending[(title, query)]
            else:
                pending[(title, query)] = error or "no data"
        return not pending

    wait_until(look)
    return [f"panel '{title}': {why}: {query}" for (title, query), why in pending.items()]


def judge_values(prometheus):
    """What must be so of a verifier that is at work: that queries find something is not enough."""
    for query in ("sum(rate(tos_parallel_transactions_total[1m])) > 0",
                  'sum(parallax_blocks_total{verdict="match"}) > 0',
                  "max(tos_parallel_active_threads) == 2",
                  "sum(tos_parallel_cache_hits_total) > 0",
                  'up{job="parallax"} == 1'):
        if not wait_until(lambda query=query: bool(prometheus.query(query)[0])):
            yield f"never true: {query}"


def judge_rules(prometheus):
    """The alert rules run, and none of them fires for a verifier that is well."""
    rules = []

    def evaluated():
        groups = prometheus.get("rules").get("data", {}).get("groups", [])
        rules[:] = [rule for group in groups for rule in group["rules"]]
        return rules and all(rule["health"] != "unknown" for rule in rules)

    if not wait_until(evaluated):
        yield "the alert rules were never evaluated"
    for rule in rules:
        if rule["health"] != "ok":
            yield f"alert {rule['name']}: {rule.get('lastError')}"
        elif rule["state"] == "firing":
            yield f"alert {rule['name']} fires, though nothing is wrong"


def main(arguments):
    if len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 1
    program, docker, command = arguments[0], Path(arguments[1]).resolve(), arguments[2:]
    dashboard = json.loads((docker / "grafana/dashboards/parallax.json").read_text())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        verifier = subprocess.Popen([*command, name], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, text=True)
        prometheus = None
        try:
            port = verifier.stdout.readline().strip()
            prometheus = Prometheus(program, folder, port, docker / "prometheus/alerts.yml")
            if not wait_until(prometheus.find_port):
                raise RuntimeError("prometheus never listened")
            problems = [*judge(prometheus, dashboard), *judge_values(prometheus),
                        *judge_rules(prometheus)]
            canary = prometheus.query('parallax_no_such_series{instance=~".+"}')[0]
            if canary != []:
                problems.append("a query for nothing finds something: this test proves nothing")
            count = len(list(expressions(dashboard)))
        finally:
            if prometheus:
                prometheus.stop()
            verifier.stdin.close()
            verifier.wait()
    for problem in problems:
        print(problem)
    print(f"{count} queries of the dashboard, {len(problems)} problems")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
