#!/usr/bin/env python3
"""What CI systems read, by parsers that are not ours.

    formats_test.py PARALLAX WRITE_SAMPLES NODE_MODULES SCHEMA_FOLDER
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import jsonschema
import junitparser

PARALLAX, WRITE_SAMPLES, NODE_MODULES, SCHEMAS = sys.argv[1:5]
SARIF_SCHEMA = Path(NODE_MODULES) / "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        subprocess.run([WRITE_SAMPLES, folder.name], check=True, timeout=120)
        cls.codes = {run: cls.report(run) for run in ("sample", "clean")}

    @classmethod
    def report(cls, run):
        formats = []
        for name in ("json", "junit", "sarif", "github"):
            formats += ["--format", name]
        summary = cls.folder / f"{run}-summary.md"
        result = subprocess.run(
            [PARALLAX, "report", cls.folder / run, *formats, "--out", cls.folder / run / "report"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
            env={**os.environ, "GITHUB_STEP_SUMMARY": str(summary)})
        return result.returncode

    def file(self, run, name):
        return self.folder / run / "report" / name

    def test_the_exit_code_is_that_of_the_run(self):
        self.assertEqual(self.codes, {"sample": 2, "clean": 0})

    def test_junit_is_read_by_an_independent_parser(self):
        sample = junitparser.JUnitXml.fromfile(str(self.file("sample", "report.xml")))
        self.assertGreater(sample.tests, 20)
        self.assertGreater(sample.failures, 0)
        self.assertGreater(sample.errors, 0)
        counts = [0, 0, 0, 0]
        for suite in sample:
            for case in suite:
                counts[0] += 1
                for result in case.result:
                    counts[1] += isinstance(result, junitparser.Failure)
                    counts[2] += isinstance(result, junitparser.Error)
                    counts[3] += isinstance(result, junitparser.Skipped)
        self.assertEqual(counts, [sample.tests, sample.failures, sample.errors, sample.skipped])
        clean = junitparser.JUnitXml.fromfile(str(self.file("clean", "report.xml")))
        self.assertEqual((clean.failures, clean.errors), (0, 0))

    def test_junit_names_stay_the_same_whatever_is_found(self):
        def names(run, suite_name):
            suites = junitparser.JUnitXml.fromfile(str(self.file(run, "report.xml")))
            return [case.name for suite in suites if suite.name == suite_name for case in suite]
        for suite in ("parallax.run", "parallax.control", "parallax.steady"):
            self.assertTrue(names("sample", suite))
            self.assertEqual(names("sample", suite), names("clean", suite))

    def test_sarif_fits_its_schema(self):
        schema = json.loads(SARIF_SCHEMA.read_text())
        kind = jsonschema.validators.validator_for(schema)
        validator = kind(schema)
        for run in ("sample", "clean"):
            validator.validate(json.loads(self.file(run, "report.sarif").read_text()))
        self.assertFalse(validator.is_valid({"version": "2.1.0"}))

    def test_sarif_has_stable_rules_and_fingerprints(self):
        log = json.loads(self.file("sample", "report.sarif").read_text())["runs"][0]
        rules = [rule["id"] for rule in log["tool"]["driver"]["rules"]]
        self.assertEqual(rules[:2], ["divergence", "invariant_broken"])
        fingerprints = [result["partialFingerprints"]["parallax/v1"] for result in log["results"]]
        self.assertEqual(len(fingerprints), len(set(fingerprints)))
        for result in log["results"]:
            self.assertEqual(rules[result["ruleIndex"]], result["ruleId"])
            self.assertGreater(
                result["locations"][0]["physicalLocation"]["region"]["startLine"], 0)
        lanes = log["results"][0]["codeFlows"][0]["threadFlows"]
        self.assertEqual([lane["id"] for lane in lanes], ["control", "careless"])

    def test_the_json_report_fits_its_schema(self):
        schema = json.loads((Path(SCHEMAS) / "report.schema.json").read_text())
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        for run in ("sample", "clean"):
            kind(schema).validate(json.loads(self.file(run, "report.json").read_text()))

    def test_github_gets_its_step_summary(self):
        summary = (self.folder / "sample-summary.md").read_text()
        self.assertTrue(summary.startswith("## :x: Parallax: MISMATCH"))
        self.assertLess(len(summary.encode()), 1 << 20)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
