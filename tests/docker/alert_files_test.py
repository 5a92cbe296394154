#!/usr/bin/env python3
"""What ties the alerts together: each has a runbook that exists and a unit test in which it fires,
and the scrape configuration, the alerts and the dashboard speak of series that the verifier has.

    alert_files_test.py ROOT METRICS.cpp...     ROOT is the tree, the sources name the series
"""

import json
import re
import sys
from pathlib import Path


def alerts(text):
    """(name, rule's text) of each alert."""
    parts = re.split(r"(?m)^ *- alert: (\w+)\n", text)
    return list(zip(parts[1::2], parts[2::2]))


def fired(text):
    """Alerts that a unit test expects to fire."""
    return set(re.findall(r"alertname: (\w+)\n\s+exp_alerts:\n\s+- exp_labels", text))


def series(text):
    """Names of our series in a text, without the endings that histograms add."""
    found = re.findall(r"\b((?:tos_parallel|parallax)_[a-z_]+[a-z])\b(?!\.)", text)
    return {re.sub(r"(?<=size|atio|onds|rate)_(?:bucket|sum|count)$", "", name) for name in found}


def problems(root, sources):
    rules = (root / "docker/prometheus/alerts.yml").read_text()
    tested = fired((root / "tests/docker/alerts_test.yml").read_text())
    found = alerts(rules)
    if not found:
        yield "there are no alerts"
    for name, rule in found:
        if name not in tested:
            yield f"{name}: no unit test in which it fires"
        runbook = re.search(r"runbook: (\S+)", rule)
        if not runbook or not (root / runbook.group(1)).is_file():
            yield f"{name}: its runbook {runbook and runbook.group(1)} does not exist"
        elif f"`{name}`" not in (root / runbook.group(1)).read_text():
            yield f"{name}: its runbook does not name it"
    known = set().union(*(series(source.read_text()) for source in sources))
    dashboard = json.loads((root / "docker/grafana/dashboards/parallax.json").read_text())
    queries = " ".join(target["expr"] for panel in dashboard["panels"]
                       for target in panel.get("targets", []))
    shown = series(queries)
    for name in sorted((shown | series(rules)) - known):
        yield f"{name}: asked for, but no verifier has it"
    for name in sorted(known - shown):
        yield f"{name}: the dashboard does not show it"
    documented = series((root / "docs/METRICS.md").read_text())
    for name in sorted(known ^ documented):
        yield f"{name}: in the sources or in docs/METRICS.md, not in both"


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 1
    found = list(problems(Path(arguments[0]), [Path(name) for name in arguments[1:]]))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
