#!/usr/bin/env python3
"""The program beside nodes of epoch V3: one that executes a block's transactions one after another, and one that ran
its parallel executor on the same blocks.

    v3_node_test.py PARALLAX V3_PARALLEL_CHECK DATA_FOLDER [unittest options]
"""

import json
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from node_harness import PATIENCE_S, RecordedNode, changed_copy, counts, run

PARALLAX, CHECK, DATA = sys.argv[1], sys.argv[2], Path(sys.argv[3])
PAIR = DATA / "v3_pair"
LAST = 228
# The first block that the second node executed in parallel, and how many of them there are.
FIRST_PARALLEL = 216
PARALLEL_BLOCKS = 10


class V3Test(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def path(self, name):
        return self.folder / name

    def record(self, node, name="a.pxa", *options):
        return run(PARALLAX, "record", "--node", node.url, "--node-rate", 0, "-o", self.path(name), "--quiet", *options)

    def replay(self, name="a.pxa", *options):
        return run(PARALLAX, "replay", self.path(name), "--quiet", *options)

    def step_by_step(self, command, *nodes):
        """Runs it while the nodes grow together: by one block each time that the last one was told of."""
        process = subprocess.Popen(list(map(str, command)), cwd=self.folder, text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        timer = threading.Timer(PATIENCE_S, process.kill)
        timer.start()
        text = []

        def grow_to(block):
            for node in reversed(nodes):
                node.step(min(block, LAST))

        try:
            grow_to(1)
            for line in process.stdout:
                text.append(line)
                words = line.split()
                if len(words) > 1 and words[0] == "block" and words[1].isdigit():
                    grow_to(int(words[1]) + 1)
        finally:
            timer.cancel()
            process.wait()
            process.stdout.close()
        return process.returncode, "".join(text)


class Replay(V3Test):
    def test_of_a_real_chain_is_equal_in_every_version_that_it_writes(self):
        with RecordedNode(PAIR) as node:
            recorded = self.record(node)
        self.assertEqual(recorded.returncode, 0, recorded.stdout + recorded.stderr)
        self.assertIn("profile v3", recorded.stdout)
        replayed = self.replay("a.pxa", "--candidate", "batch", "--candidate", "speculative", "--candidate", "staged",
                               "--candidate", "adaptive")
        self.assertEqual(replayed.returncode, 0, replayed.stdout + replayed.stderr)
        self.assertEqual(counts(replayed.stdout), (LAST, 0, 0), replayed.stdout)
        self.assertIn("1283 of 1283 touched accounts, 74 of 74 results", replayed.stdout)

    def changed(self, change_version):
        def change(lines):
            for i, line in enumerate(lines):
                account = json.loads(line)
                if any(change_version(version) for version in account["balances"]):
                    self.account = account["key"][:8]
                    lines[i] = json.dumps(account)
                    return lines
            return lines

        return RecordedNode(changed_copy(PAIR, self.path("changed"), "versions", change))

    def assert_found(self, change_version, words):
        with self.changed(change_version) as node:
            self.record(node)
        replayed = self.replay()
        self.assertEqual(replayed.returncode, 2, replayed.stdout)
        self.assertEqual(counts(replayed.stdout), (LAST - 1, 1, 0), replayed.stdout)
        self.assertIn(self.account, replayed.stdout)
        self.assertIn(words, replayed.stdout)

    def test_of_what_could_be_spent_before_is_compared(self):
        def change(version):
            is_spending = version[3] == "both"
            version[2] = version[2] + 1 if is_spending else version[2]
            return is_spending

        self.assert_found(change, "spendable_before")

    def test_of_a_version_s_type_is_compared(self):
        def change(version):
            is_spending = version[3] == "both"
            version[3] = "output" if is_spending else version[3]
            return is_spending

        self.assert_found(change, "balance_version")

    def test_of_a_version_that_the_node_has_not_is_a_mismatch(self):
        def change(lines):
            for i, line in enumerate(lines):
                account = json.loads(line)
                if len(account["balances"]) == 2 and account["account"] not in ("dev", "900", "901"):
                    self.account = account["key"][:8]
                    account["balances"] = account["balances"][1:]
                    lines[i] = json.dumps(account)
                    return lines
            return lines

        with RecordedNode(changed_copy(PAIR, self.path("changed"), "versions", change)) as node:
            self.record(node)
        replayed = self.replay()
        self.assertEqual(replayed.returncode, 2, replayed.stdout)
        self.assertEqual(counts(replayed.stdout), (LAST - 1, 1, 0), replayed.stdout)
        self.assertIn(self.account, replayed.stdout)

    def test_of_a_changed_transaction_is_refused_by_its_hash(self):
        def change(lines):
            return [line.replace('\\"amount\\":5,', '\\"amount\\":6,', 1) for line in lines]

        with RecordedNode(changed_copy(PAIR, self.path("changed"), "node", change)) as node:
            recorded = self.record(node, "a.pxa", "--patience", 1)
        self.assertEqual(recorded.returncode, 3, recorded.stdout + recorded.stderr)
        self.assertIn("no way of writing what is shown hashes to that", recorded.stdout + recorded.stderr)

    def test_of_a_header_that_is_not_proved_says_so(self):
        def change(lines):
            return [re.sub(r'(\\"timestamp\\":)(\d+)(?!.*timestamp)', lambda m: m[1] + str(int(m[2]) + 1), line)
                    for line in lines]

        folder = changed_copy(PAIR, self.path("changed"), "node", change)
        with RecordedNode(folder) as node:
            recorded = run(PARALLAX, "record", "--node", node.url, "-o", self.path("a.pxa"))
        self.assertIn("is taken at its word: its hash", recorded.stdout + recorded.stderr)


class Dropped(V3Test):
    def test_block_is_taken_without_its_transactions(self):
        """A V3 node ends the connection for a block that it cannot put into JSON."""

        def change(lines):
            request = {"jsonrpc": "2.0", "id": 1, "method": "get_block_at_topoheight",
                       "params": {"topoheight": LAST, "include_txs": True}}
            return lines + [json.dumps({"request": [request], "response": None})]

        with RecordedNode(changed_copy(PAIR, self.path("changed"), "node", change)) as node:
            recorded = run(PARALLAX, "record", "--node", node.url, "--node-rate", 0, "-o", self.path("a.pxa"))
        text = recorded.stdout + recorded.stderr
        self.assertEqual(recorded.returncode, 0, text)
        self.assertIn(f"block {LAST} is inconclusive: the node drops the connection", text)
        replayed = self.replay()
        self.assertEqual(replayed.returncode, 3, replayed.stdout)
        self.assertEqual(counts(replayed.stdout), (LAST - 1, 0, 1), replayed.stdout)


class Parallel(V3Test):
    """The executor that was wrong in every block that it ran."""

    def test_of_a_second_node_is_found_at_its_first_block(self):
        with RecordedNode(PAIR, "--start", "0") as one, RecordedNode(PAIR, "--start", "0", "--parallel") as other:
            code, text = self.step_by_step([PARALLAX, "attach", "--node", one.url, "--parallel-node", other.url,
                                            "--node-rate", 0, "--each-block", "--until", LAST], one, other)
        self.assertEqual(code, 2, text)
        summary = text[text.rindex("parallax attach:"):]
        self.assertIn(f"block {FIRST_PARALLEL} ", summary)
        # The blocks that pass its gate, and blocks after them that its own state makes others.
        matches, mismatches, inconclusive = counts(summary)
        self.assertGreaterEqual(mismatches, PARALLEL_BLOCKS - 2, summary)
        self.assertGreaterEqual(matches, FIRST_PARALLEL - 1, summary)
        self.assertEqual(inconclusive, 0, summary)

    @staticmethod
    def wait_until_quiet(node):
        """Its client only looks whether it has grown: that is one request at a time, and far between."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            before = node.calls()
            time.sleep(0.6)
            if before > 0 and node.calls() - before <= 8:
                return
        raise AssertionError("the node is asked all the time")

    def test_is_what_the_rebuilt_executor_does(self):
        # Its balances are known right after each block alone: it grows once it is no longer asked.
        with RecordedNode(PAIR, "--start", str(FIRST_PARALLEL - 1), "--parallel") as node:
            process = subprocess.Popen(
                [PARALLAX, "record", "--node", node.url, "--node-rate", "0", "--quiet", "--to", str(LAST), "-o",
                 str(self.path("b.pxa"))], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for block in range(FIRST_PARALLEL - 1, LAST):
                self.wait_until_quiet(node)
                node.step(block + 1)
            text, _ = process.communicate(timeout=PATIENCE_S)
        self.assertEqual(process.returncode, 0, text)
        check = subprocess.run([CHECK, str(self.path("b.pxa"))], stdout=subprocess.PIPE, text=True)
        self.assertEqual(check.returncode, 0, check.stdout)
        self.assertIn(f"{PARALLEL_BLOCKS} of them in parallel, 0 of those not observed", check.stdout)

    def test_as_a_candidate_is_found(self):
        with RecordedNode(PAIR) as node:
            self.record(node)
        replayed = self.replay("a.pxa", "--candidate", "v3-parallel")
        self.assertEqual(replayed.returncode, 2, replayed.stdout)
        self.assertIn(f"block {FIRST_PARALLEL}", replayed.stdout)
        self.assertEqual(counts(replayed.stdout), (LAST - PARALLEL_BLOCKS, PARALLEL_BLOCKS, 0), replayed.stdout)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
