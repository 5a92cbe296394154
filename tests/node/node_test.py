#!/usr/bin/env python3
"""The program beside a node: recorded, replayed, attached, through bad days.

    node_test.py PARALLAX PARALLAXD DATA_FOLDER [unittest options]
"""

import json
import re
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from node_harness import RecordedNode, changed_copy, counts, free_port, lines_of, run, wait_for

PARALLAX, PARALLAXD, DATA = sys.argv[1], sys.argv[2], Path(sys.argv[3])


class NodeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def path(self, name):
        return self.folder / name

    def record(self, url, name="a.pxa", *options):
        return run(PARALLAX, "record", "--node", url, "--node-rate", 0, "-o", self.path(name), "--quiet", *options)

    def replay(self, name="a.pxa", *options):
        return run(PARALLAX, "replay", self.path(name), "--quiet", *options)

    def attach(self, url, *options):
        return run(PARALLAX, "attach", "--node", url, "--node-rate", 0, *options, cwd=self.folder)

    def assert_clean(self, result, blocks):
        text = result.stdout + result.stderr
        self.assertEqual(result.returncode, 0, text)
        self.assertEqual(counts(text), (blocks, 0, 0), text)


class Record(NodeTest):
    def test_of_a_real_chain_is_equal_in_every_account_that_it_touches(self):
        with RecordedNode(DATA / "e1_forks") as node:
            recorded = self.record(node.url)
        self.assertEqual(recorded.returncode, 0, recorded.stdout + recorded.stderr)
        self.assertIn("profile e1", recorded.stdout)
        replayed = self.replay()
        self.assert_clean(replayed, 153)
        self.assertIn("457 of 457 touched accounts, 40 of 40 results", replayed.stdout)

    def test_of_today_s_chain_speaks_its_profile(self):
        with RecordedNode(DATA / "head_reorg") as node:
            recorded = self.record(node.url)
        self.assertEqual(recorded.returncode, 0, recorded.stdout + recorded.stderr)
        self.assertIn("profile head", recorded.stdout)
        self.assert_clean(self.replay(), 106)

    def test_and_a_changed_balance_is_a_mismatch_that_names_the_account(self):
        with self.changed_versions() as node:
            self.assertEqual(self.record(node.url).returncode, 0)
        replayed = self.replay()
        self.assertEqual(replayed.returncode, 2, replayed.stdout)
        self.assertIn(self.account, replayed.stdout)
        self.assertRegex(replayed.stdout, r"control \d+, recorded \d+")

    def changed_versions(self):
        def change(lines):
            for i, line in enumerate(lines):
                account = json.loads(line)
                if len(account["balances"]) > 2 and account["account"] not in ("miner", "dev"):
                    account["balances"][0][1] += 1
                    self.account = account["key"][:8]
                    lines[i] = json.dumps(account)
                    return lines
            return lines

        return RecordedNode(changed_copy(DATA / "e1_forks", self.path("changed"), "versions", change))

    def test_of_a_changed_transaction_is_refused_by_its_hash(self):
        def change(lines):
            for i, line in enumerate(lines):
                changed = re.sub(r'(\\"amount\\":)(\d+)', lambda m: m[1] + str(int(m[2]) + 1), line, count=1)
                if changed != line:
                    lines[i] = changed
                    return lines
            return lines

        folder = changed_copy(DATA / "e1_forks", self.path("changed"), "node", change)
        with RecordedNode(folder) as node:
            recorded = run(PARALLAX, "record", "--node", node.url, "-o", self.path("a.pxa"), "--quiet", "--patience", 1)
        self.assertEqual(recorded.returncode, 3, recorded.stdout + recorded.stderr)
        self.assertRegex(recorded.stdout, r"incomplete .*shows block \d+ as none can be: .*\.hash: is [0-9a-f]{64}")

    def test_that_was_killed_is_gone_on_with_and_ends_alike(self):
        with RecordedNode(DATA / "e1_forks", "--slow", "5") as node:
            self.assertEqual(self.record(node.url, "whole.pxa").returncode, 0)
            killed = subprocess.Popen(
                [PARALLAX, "record", "--node", node.url, "-o", self.path("a.pxa"), "--node-rate", "0"],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            wait_for(lambda: "progress" in killed.stderr.readline(), "some blocks")
            killed.kill()
            killed.wait()
            killed.stderr.close()
            again = self.record(node.url)
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assert_clean(self.replay(), 153)
        self.assertEqual(self.states("a.pxa"), self.states("whole.pxa"))

    def states(self, name):
        return re.findall(r"state +(\S+) at", self.replay(name).stdout)

    def test_from_a_later_block_holds_the_state_before_it(self):
        with RecordedNode(DATA / "e1_forks") as node:
            part = self.record(node.url, "part.pxa", "--from", 120, "--to", 140)
            self.assertEqual(self.record(node.url, "whole.pxa", "--to", 140).returncode, 0)
        self.assertEqual(part.returncode, 0, part.stdout + part.stderr)
        self.assert_clean(self.replay("part.pxa"), 21)
        self.assertEqual(self.states("part.pxa"), self.states("whole.pxa"))
        info = json.loads(run(PARALLAX, "archive", "info", "--json", self.path("part.pxa")).stdout)
        self.assertEqual((info["first"], info["last"]), (120, 140))

    def test_that_holds_more_than_is_asked_for_is_left_as_it_is(self):
        with RecordedNode(DATA / "e1_forks") as node:
            self.assertEqual(self.record(node.url).returncode, 0)
            before = self.path("a.pxa").read_bytes()
            shorter = self.record(node.url, "a.pxa", "--to", 100)
        with RecordedNode(DATA / "e1_forks", "--start", "20") as node:  # begun anew, and not there yet
            behind = self.record(node.url)
        for recorded, end in ((shorter, 100), (behind, 20)):
            self.assertEqual(recorded.returncode, 1, recorded.stdout + recorded.stderr)
            self.assertIn(f"holds blocks beyond block {end}", recorded.stderr)
        self.assertEqual(self.path("a.pxa").read_bytes(), before)
        self.assertEqual([entry.name for entry in self.folder.iterdir()], ["a.pxa"])

    def test_of_another_network_or_node_is_refused_by_name(self):
        with RecordedNode(DATA / "e1_forks") as node:
            recorded = self.record(node.url, "a.pxa", "--network", "mainnet")
            self.assertEqual(recorded.returncode, 1)
            self.assertIn("follows network devnet, and mainnet was asked for", recorded.stderr)
            self.assertEqual(self.record(node.url).returncode, 0)
        with RecordedNode(DATA / "head_reorg") as node:
            other = self.record(node.url)
            self.assertEqual(other.returncode, 1)
            self.assertIn("name another file", other.stderr)
        recorded = self.record(f"http://127.0.0.1:{free_port()}")
        self.assertEqual(recorded.returncode, 1)
        self.assertIn("cannot connect", recorded.stderr)

    def test_compares_a_second_node(self):
        with RecordedNode(DATA / "e1_forks") as node, self.changed_versions() as other:
            recorded = self.record(node.url, "a.pxa", "--parallel-node", other.url)
        self.assertEqual(recorded.returncode, 0, recorded.stdout + recorded.stderr)
        replayed = self.replay()
        self.assertEqual(replayed.returncode, 2, replayed.stdout)
        self.assertIn("recorded:parallel", replayed.stdout)
        self.assertIn("the node: 153 of 153 blocks", replayed.stdout)
        self.assertIn("parallel: 153 of 153 blocks", replayed.stdout)


class Attach(NodeTest):
    def test_follows_a_chain_that_grows_and_forks(self):
        with RecordedNode(DATA / "head_reorg", "--start", "0", "--pace", "400") as node:
            attached = self.attach(node.url, "--until", 106)
        text = attached.stdout + attached.stderr
        self.assertEqual(attached.returncode, 0, text)
        self.assertEqual(counts(attached.stdout[attached.stdout.rindex("parallax attach:"):]), (106, 0, 0), text)
        self.assertRegex(text, r"reorganised +[1-9]")
        self.assertIn("the node: 106 of", text)

    def test_goes_on_where_it_was_killed(self):
        with RecordedNode(DATA / "e1_forks", "--slow", "10") as node:
            for _ in range(3):
                process = subprocess.Popen([PARALLAX, "attach", "--node", node.url], cwd=self.folder,
                                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
                wait_for(lambda: "match" in process.stdout.readline(), "a verdict")
                process.send_signal(signal.SIGKILL)
                process.wait()
                process.stdout.close()
            attached = self.attach(node.url, "--until", 153)
            self.assertEqual(attached.returncode, 0, attached.stdout + attached.stderr)
            again = self.attach(node.url, "--until", 153)
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertIn("all of them were verified before this run", again.stdout)
        self.assertEqual(counts(again.stdout[again.stdout.rindex("parallax attach:"):]), (153, 0, 0), again.stdout)

    def test_lives_through_a_node_s_bad_days(self):
        for options in (["--fail-every", "7"], ["--slow", "30"], ["--drop-ws-every", "2", "--fail-every", "11"]):
            with self.subTest(options), tempfile.TemporaryDirectory() as folder, \
                    RecordedNode(DATA / "e1_forks", "--start", "100", "--pace", "30", *options) as node:
                attached = run(PARALLAX, "attach", "--node", node.url, "--until", 153, cwd=folder)
                text = attached.stdout + attached.stderr
                self.assertEqual(attached.returncode, 0, text)
                self.assertEqual(counts(attached.stdout[attached.stdout.rindex("parallax attach:"):]), (153, 0, 0), text)

    def test_waits_for_a_node_that_restarts(self):
        port = free_port()
        node = RecordedNode(DATA / "e1_forks", "--start", "60", port=port)
        process = subprocess.Popen([PARALLAX, "attach", "--node", node.url, "--until", "153"], cwd=self.folder,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        wait_for(lambda: "block 60" in process.stdout.readline(), "block 60")
        node.stop()
        wait_for(lambda: "asking again" in process.stdout.readline(), "that it misses the node")
        with RecordedNode(DATA / "e1_forks", port=port):
            out, _ = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, out)
        self.assertIn("the node answers again", out)
        self.assertIn("153 match", out)

    def test_ends_at_a_mismatch_if_asked(self):
        with Record.changed_versions(self) as node:
            attached = self.attach(node.url, "--exit-on-mismatch", "--observe-within", 1000, "--until", 153)
        text = attached.stdout + attached.stderr
        self.assertEqual(attached.returncode, 2, text)
        self.assertIn(self.account, text)

    def test_holds_the_whole_state_against_the_node_if_asked(self):
        with RecordedNode(DATA / "e1_forks") as node:
            attached = self.attach(node.url, "--until", 153, "--audit", "--observe", "none")
            self.assertEqual(attached.returncode, 0, attached.stdout + attached.stderr)
            self.assertRegex(attached.stdout, r"audit +(\d+) of \1 balances.* after block 153, 0 of them differ")
            early = self.attach(node.url, "--until", 153, "--audit")
            self.assertEqual(early.returncode, 0, early.stdout + early.stderr)
        with Record.changed_versions(self) as node:
            attached = self.attach(node.url, "--until", 153, "--audit")
            self.assertEqual(attached.returncode, 2, attached.stdout + attached.stderr)
            self.assertRegex(attached.stdout, rf"balance:{self.account}.*: \d+ here, \d+ at the node")
        with RecordedNode(DATA / "e1_forks", "--start", "140") as node, tempfile.TemporaryDirectory() as folder:
            attached = run(PARALLAX, "attach", "--node", node.url, "--until", 130, "--audit", cwd=folder)
            self.assertEqual(attached.returncode, 3, attached.stdout + attached.stderr)
            self.assertIn("not done: the node has another block at its top", attached.stdout)

    def test_ends_in_time(self):
        with RecordedNode(DATA / "e1_forks", "--start", "20") as node:
            attached = self.attach(node.url, "--for", 3)
        self.assertEqual(attached.returncode, 0, attached.stdout + attached.stderr)
        self.assertIn("20 match", attached.stdout)

    def test_does_not_go_on_with_another_chain(self):
        with RecordedNode(DATA / "e1_forks", "--start", "20") as node:
            self.assertEqual(self.attach(node.url, "--until", 20).returncode, 0)
        with RecordedNode(DATA / "head_reorg") as node:
            attached = self.attach(node.url, "--until", 30)
        self.assertEqual(attached.returncode, 1, attached.stdout + attached.stderr)
        self.assertRegex(attached.stderr, "profile|e1")


class Archive(NodeTest):
    def test_says_what_it_holds_and_is_checked_whole(self):
        with RecordedNode(DATA / "e1_forks") as node:
            self.assertEqual(self.record(node.url).returncode, 0)
        info = run(PARALLAX, "archive", "info", "--json", self.path("a.pxa"))
        facts = json.loads(info.stdout)
        self.assertEqual((facts["version"], facts["profile"], facts["first"], facts["last"]), (3, "e1", 1, 153))
        whole = run(PARALLAX, "archive", "verify", "--json", self.path("a.pxa"))
        self.assertEqual(whole.returncode, 0, whole.stderr)
        facts = json.loads(whole.stdout)
        self.assertEqual((facts["blocks"], facts["observed blocks"], facts["transactions"]), (153, 153, 40))
        self.assertGreater(facts["side blocks"], 0)
        data = bytearray(self.path("a.pxa").read_bytes())
        data[len(data) // 2] ^= 1
        self.path("a.pxa").write_bytes(data)
        broken = run(PARALLAX, "archive", "verify", self.path("a.pxa"))
        self.assertEqual(broken.returncode, 1)
        self.assertIn("is damaged", broken.stderr)


class Unshown(NodeTest):
    """A block whose transactions the node does not show whole."""

    def hide(self, kind):
        """The last block with a burn claims to be of another kind."""

        def change(lines):
            blocks = [i for i, line in enumerate(lines) if "get_block_at_topoheight" in line]
            for i in reversed(blocks):
                changed = re.sub(r'\\"burn\\":', f'\\\\"{kind}\\\\":', lines[i], count=1)
                if changed != lines[i]:
                    lines[i] = changed
                    return lines
            return lines

        return RecordedNode(changed_copy(DATA / "e1_forks", self.path("hidden"), "node", change))

    def test_is_inconclusive_by_name_and_what_follows_is_verified(self):
        with self.hide("uno_transfers") as node:
            attached = self.attach(node.url, "--until", 153)
            recorded = self.record(node.url)
            audited = self.attach(node.url, "--until", 153, "--audit")
        text = attached.stdout + attached.stderr
        self.assertEqual(attached.returncode, 3, text)
        self.assertEqual(counts(attached.stdout[attached.stdout.rindex("parallax attach:"):]), (152, 0, 1), text)
        self.assertIn("does not show all bytes of a transaction of kind uno_transfers", text)
        self.assertIn("the observed rows became the state", text)
        # What is not known here is not equal to what the node says of it.
        rows = re.search(r"audit +(\d+) of (\d+) balances.*\n +the burned supply is not known", audited.stdout)
        self.assertTrue(rows, audited.stdout + audited.stderr)
        self.assertEqual(int(rows[1]) + 1, int(rows[2]))
        self.assertEqual(recorded.returncode, 0, recorded.stdout + recorded.stderr)
        replayed = self.replay()
        self.assertEqual(replayed.returncode, 3, replayed.stdout)
        self.assertEqual(counts(replayed.stdout), (152, 0, 1), replayed.stdout)
        self.assertEqual(run(PARALLAX, "archive", "verify", self.path("a.pxa")).returncode, 0)


class Feed(NodeTest):
    def test_takes_a_node_s_blocks_to_a_sidecar_elsewhere(self):
        address = f"127.0.0.1:{free_port()}"
        daemon = subprocess.Popen([PARALLAXD, "--data", self.path("data"), "--listen", address],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (daemon.kill(), daemon.wait(), daemon.stderr.close()))
        wait_for(lambda: "sidecar_started" in daemon.stderr.readline(), "the sidecar")
        with RecordedNode(DATA / "e1_forks") as node:
            fed = run(PARALLAX, "feed", "--node", node.url, "--until", 153, "--sidecar", address, "--quiet")
        self.assertEqual(fed.returncode, 0, fed.stdout + fed.stderr)
        self.assertIn("1..153: 153 match", fed.stdout)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
