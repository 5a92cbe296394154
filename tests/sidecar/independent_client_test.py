#!/usr/bin/env python3
"""An independent client against the real daemon: Python's gRPC library from Debian and the .proto
files, with its own reader of archives and its own hash.

    independent_client_test.py PARALLAX PARALLAXD PROTOC GRPC-PYTHON-PLUGIN
"""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import grpc

import archive as archives
import wire
from blake3 import blake3
from daemon import Daemon

PROGRAMS = {}
BLOCKS = 24
REWIND_TO = 15


def setUpModule():
    global chain_pb2, control_pb2, control_pb2_grpc, verdict_pb2, verifier_pb2, verifier_pb2_grpc
    global health_pb2, health_pb2_grpc, folder, archive, replayed_digest
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    stubs = Path(folder.name) / "stubs"
    stubs.mkdir()
    wire.generate(stubs, PROGRAMS["protoc"], PROGRAMS["plugin"])
    from grpc.health.v1 import health_pb2, health_pb2_grpc
    from parallax.v1 import (chain_pb2, control_pb2, control_pb2_grpc, verdict_pb2, verifier_pb2,
                             verifier_pb2_grpc)
    path = Path(folder.name) / "chain.pxa"
    subprocess.run([PROGRAMS["parallax"], "generate", "--seed", "11", "--blocks", str(BLOCKS),
                    "--accounts", "60", "--transactions-per-block", "12", path], check=True,
                   stdout=subprocess.DEVNULL)
    replay = subprocess.run([PROGRAMS["parallax"], "replay", path, "--quiet", "--no-isolate"],
                            check=True, capture_output=True, text=True)
    replayed_digest = re.search(r"state +([0-9a-f]{64}) at", replay.stdout).group(1)
    archive = archives.read(path)


class IndependentClient(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.daemon = Daemon(PROGRAMS["parallaxd"], Path(self.folder.name))
        self.addCleanup(self.daemon.stop)
        self.channel = grpc.insecure_channel(self.daemon.address)
        self.addCleanup(self.channel.close)
        self.metadata = (("authorization", f"Bearer {self.daemon.token}"),)
        self.stub = verifier_pb2_grpc.VerifierServiceStub(self.channel)

    def load(self):
        return wire.load_state(verifier_pb2, chain_pb2, self.stub, archive, self.metadata)

    def attach(self):
        feeder = wire.Feeder(verifier_pb2, chain_pb2, self.stub, archive, self.metadata)
        self.addCleanup(feeder.close)
        return feeder

    def code_of(self, call):
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        return caught.exception.code()

    def expect_match(self, feeder, block_hash, topoheight):
        verdict = feeder.answer("verdict")
        self.assertEqual((verdict.block.topoheight, verdict.block.hash), (topoheight, block_hash))
        self.assertEqual(verdict.record.verdict.kind, verdict_pb2.VERDICT_KIND_MATCH, verdict)
        return verdict

    def stream_with_reorganisation(self):
        """All blocks, then the last ones replaced by others; the hashes of the final order."""
        feeder = self.attach()
        needed = feeder.answer("needed")
        self.assertEqual(needed.next_topoheight, archive.base_topoheight + 1)
        self.assertEqual(needed.tip.hash, archive.base_hash)
        hashes = [archive.base_hash]
        for block in archive.blocks:  # without waiting for answers
            hashes.append(feeder.block(block, hashes[-1]))
        for topoheight in range(1, BLOCKS + 1):
            self.expect_match(feeder, hashes[topoheight], topoheight)

        feeder.send(rewind=verifier_pb2.Rewind(
            target=chain_pb2.BlockId(topoheight=REWIND_TO, hash=hashes[REWIND_TO])))
        needed = feeder.answer("needed")
        self.assertTrue(needed.rewound)
        self.assertEqual((needed.next_topoheight, needed.tip.hash),
                         (REWIND_TO + 1, hashes[REWIND_TO]))
        old = hashes[REWIND_TO + 1:]
        del hashes[REWIND_TO + 1:]
        for block in archive.blocks[REWIND_TO:]:
            hashes.append(feeder.block(block.with_nonce(77), hashes[-1]))
            self.expect_match(feeder, hashes[-1], block.topoheight)
        self.assertFalse(set(old) & set(hashes), "the other branch has other blocks")
        return feeder, hashes

    def test_streams_a_chain_with_a_reorganisation_to_the_same_state_as_a_replay(self):
        loaded = self.load()
        self.assertEqual(loaded.rows, len(archive.rows))
        feeder, hashes = self.stream_with_reorganisation()
        feeder.send(end_of_history=verifier_pb2.EndOfHistory())
        finished = feeder.answer("finished")
        self.assertEqual(finished.tip.hash, hashes[-1])
        self.assertEqual(finished.state_digest.hex(), replayed_digest)
        feeder.close()
        self.check_ledger(hashes, finished.ledger_head)
        self.check_status(hashes)
        self.check_health()
        self.check_operator_commands()

    def check_ledger(self, hashes, head):
        records, token = [], ""
        while True:
            page = self.stub.ListVerdicts(verifier_pb2.ListVerdictsRequest(
                page_size=7, page_token=token))
            records.extend(page.records)
            token = page.next_page_token
            if not token:
                break
        self.assertEqual([record.verdict.block.hash for record in records], hashes[1:])
        previous = bytes(32)
        for record in records:
            self.assertEqual(record.previous, previous)
            full = self.stub.GetVerdict(verifier_pb2.GetVerdictRequest(
                block=record.verdict.block)).record
            self.assertEqual(blake3(full.canonical), record.hash)
            self.assertEqual(full.canonical[:32], previous)
            previous = record.hash
        self.assertEqual(previous, head)

    def check_status(self, hashes):
        names = wire.services(self.channel)
        self.assertLessEqual({"parallax.v1.VerifierService", "parallax.v1.ControlService",
                              "grpc.health.v1.Health"}, names)
        status = wire.reflect(self.channel, "/parallax.v1.VerifierService/GetStatus")
        self.assertEqual(status.tip.hash, hashes[-1])
        self.assertEqual(status.verdicts.match, 2 * BLOCKS - REWIND_TO)
        self.assertEqual((status.verdicts.mismatch, status.verdicts.inconclusive), (0, 0))
        self.assertEqual((status.rewinds, status.rewound_blocks), (1, BLOCKS - REWIND_TO))
        self.assertTrue(status.serving)

    def check_health(self):
        # Health is judged a few times a second: watched until it says so, not asked once.
        health = health_pb2_grpc.HealthStub(self.channel)
        changes = health.Watch(health_pb2.HealthCheckRequest(), timeout=60)
        serving = health_pb2.HealthCheckResponse.SERVING
        self.assertTrue(any(answer.status == serving for answer in changes))
        changes.cancel()

    def operate(self, command, *arguments):
        return subprocess.run([PROGRAMS["parallax"], command, "--sidecar", self.daemon.address,
                               *arguments], capture_output=True, text=True)

    def check_operator_commands(self):
        status = self.operate("parallel-status", "--memory")
        self.assertEqual(status.returncode, 0, status.stderr)
        self.assertIn("SERVING", status.stdout)
        self.assertIn(f"{2 * BLOCKS - REWIND_TO} match, 0 mismatch", status.stdout)
        self.assertIn("resident", status.stdout)
        as_json = json.loads(self.operate("parallel-status", "--json").stdout)
        self.assertEqual(as_json["tip"]["topoheight"], BLOCKS)
        self.assertEqual(as_json["state"], "running")

        stats = self.operate("parallel-stats", "--last", "5")
        self.assertEqual(stats.returncode, 0, stats.stderr)
        self.assertEqual(len(re.findall(r"(?m)^  block \d+: 12 txs, match", stats.stdout)), 5,
                         stats.stdout)
        as_json = json.loads(self.operate("parallel-stats", "--last", "5", "--json").stdout)
        self.assertEqual(as_json["last"]["topoheight"], BLOCKS)
        self.assertEqual(len(as_json["blocks"]), 5)
        self.assertEqual(self.operate("parallel-stats", "--last", "5", "--errors").returncode, 0)

        refused = self.operate("parallel-config", "--max-threads", "3")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--token-file", refused.stderr)
        changed = self.operate("parallel-config", "--max-threads", "3", "--rollout", "under_200",
                               "--token-file", str(self.daemon.token_file), "--json")
        self.assertEqual(changed.returncode, 0, changed.stderr)
        self.assertEqual(json.loads(changed.stdout)["changed"], ["rollout", "max_threads"])
        self.assertIn("3 at most", self.operate("parallel-config").stdout)
        paused = self.operate("parallel-config", "--pause", "--token-file",
                              str(self.daemon.token_file))
        self.assertEqual(paused.returncode, 0, paused.stderr)
        self.assertEqual(json.loads(self.operate("parallel-status", "--json").stdout)["state"],
                         "paused")
        resumed = self.operate("parallel-config", "--resume", "--token-file",
                               str(self.daemon.token_file))
        self.assertEqual(resumed.returncode, 0, resumed.stderr)

    def test_what_does_not_follow_is_refused_with_what_was_expected(self):
        self.load()
        feeder = self.attach()
        feeder.answer("needed")
        first, second, third = archive.blocks[:3]
        feeder.block(second, first.hash())
        gap = feeder.answer("gap")
        self.assertEqual(gap.expected_topoheight, 1)
        self.assertEqual(gap.expected_previous.hash, archive.base_hash)
        broken = first.wire[:-1]
        feeder.send(block=chain_pb2.Block(
            id=chain_pb2.BlockId(topoheight=1, hash=first.hash()),
            previous_hash=archive.base_hash, wire=broken))
        refused = feeder.answer("refused")
        self.assertEqual(refused.reason, verifier_pb2.REFUSAL_REASON_INVALID_BLOCK)
        self.expect_match(feeder, feeder.block(first, archive.base_hash), 1)
        again = self.expect_match(feeder, feeder.block(first, archive.base_hash), 1)
        self.assertTrue(again.redelivered)
        self.expect_match(feeder, feeder.block(second, first.hash()), 2)
        self.expect_match(feeder, feeder.block(third, second.hash()), 3)

    def test_each_candidate_runs_in_a_process_of_its_own(self):
        self.load()
        feeder = self.attach()
        feeder.answer("needed")
        self.expect_match(feeder, feeder.block(archive.blocks[0], archive.base_hash), 1)
        self.assertEqual(len(self.daemon.children()), 1)

    def test_a_second_feeder_and_one_without_token_are_refused(self):
        self.assertEqual(self.code_of(lambda: wire.load_state(
            verifier_pb2, chain_pb2, self.stub, archive, ())), grpc.StatusCode.UNAUTHENTICATED)
        self.load()
        first = self.attach()
        first.answer("needed")
        self.assertEqual(self.code_of(lambda: self.attach().answer("needed")),
                         grpc.StatusCode.FAILED_PRECONDITION)
        self.expect_match(first, first.block(archive.blocks[0], archive.base_hash), 1)


def main(arguments):
    if len(arguments) != 4:
        print(__doc__, file=sys.stderr)
        return 1
    PROGRAMS.update(zip(("parallax", "parallaxd", "protoc", "plugin"), arguments))
    result = unittest.main(argv=[sys.argv[0], "-v"], exit=False).result
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
