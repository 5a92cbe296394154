#!/usr/bin/env python3
"""The published schemas, by a validator that is not ours, against what the programs really wrote.

    schema_test.py SCHEMA_FOLDER WRITE_SAMPLES
"""

import copy
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import jsonschema

SCHEMAS, WRITE_SAMPLES = Path(sys.argv[1]), sys.argv[2]


def validator(name):
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


class Schemas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        subprocess.run([WRITE_SAMPLES, cls.folder.name], check=True, timeout=120)

    def lines(self, run):
        path = Path(self.folder.name) / run / "ledger.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def run_record(self):
        return json.loads((Path(self.folder.name) / "sample" / "run.json").read_text())

    def refuses(self, validating, document, change):
        changed = copy.deepcopy(document)
        change(changed)
        self.assertFalse(validating.is_valid(changed))

    def test_every_line_of_a_ledger_is_valid(self):
        ledger = validator("ledger")
        findings = 0
        for line in self.lines("sample") + self.lines("clean"):
            ledger.validate(line)
            findings += len(line["findings"])
        self.assertGreater(findings, 3)

    def test_a_ledger_line_must_be_whole_and_have_nothing_else(self):
        ledger = validator("ledger")
        line = next(line for line in self.lines("sample") if line["findings"])
        for member in line:
            self.refuses(ledger, line, lambda changed: changed.pop(member))
        # A finding that nobody has put down to a cause, as a failed executor's, has none.
        for member in set(line["findings"][0]) - {"cause"}:
            self.refuses(ledger, line, lambda changed: changed["findings"][0].pop(member))
        self.refuses(ledger, line, lambda changed: changed.update(extra=1))
        self.refuses(ledger, line, lambda changed: changed.update(verdict="fine"))
        self.refuses(ledger, line, lambda changed: changed.update(ledger=1))
        self.refuses(ledger, line, lambda changed: changed.update(topoheight="7"))
        self.refuses(ledger, line, lambda changed: changed["conflicts"].update(unknown=1))

    def test_the_schema_knows_every_word_of_the_program(self):
        schema = json.loads((SCHEMAS / "ledger.schema.json").read_text())
        definitions = schema["$defs"]
        shapes = schema["properties"]["conflicts"]["propertyNames"]["pattern"]
        enums = {"verdict": definitions["verdict"]["enum"], "reason": definitions["reason"]["enum"],
                 "section": definitions["section"]["enum"],
                 "class": definitions["finding"]["properties"]["class"]["enum"],
                 "kind": definitions["event"]["properties"]["kind"]["enum"],
                 "type": definitions["transaction"]["properties"]["type"]["enum"]}
        names = [line.split() for line in
                 (Path(self.folder.name) / "names.txt").read_text().splitlines()]
        self.assertGreater(len(names), 50)
        for kind, name in names:
            if kind in enums:
                self.assertIn(name, enums[kind], f"ledger.schema.json lacks a {kind}")
            if kind in ("type", "hazard", "family"):
                self.assertRegex(shapes, rf"[(|]{name}[)|]", f"ledger.schema.json lacks a {kind}")

    def test_a_run_record_is_valid_with_and_without_a_result(self):
        run = validator("run")
        record = self.run_record()
        run.validate(record)
        run.validate({**record, "result": None})
        for member in record:
            self.refuses(run, record, lambda changed: changed.pop(member))
        for member in record["request"]:
            self.refuses(run, record, lambda changed: changed["request"].pop(member))
        for member in record["bundles"][0]:
            self.refuses(run, record, lambda changed: changed["bundles"][0].pop(member))

    def test_every_line_of_times_is_valid(self):
        times = validator("times")
        text = (Path(self.folder.name) / "sample" / "times.jsonl").read_text()
        lines = [json.loads(line) for line in text.splitlines()]
        self.assertEqual(len(lines), 8)
        for line in lines:
            times.validate(line)
        for member in lines[0]:
            self.refuses(times, lines[0], lambda changed: changed.pop(member))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
