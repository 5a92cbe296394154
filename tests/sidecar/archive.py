"""Archives as docs/ARCHIVE.md describes them, and the hash of a block as the chain defines it: read
without a line of the verifier's own code."""

import struct
from dataclasses import dataclass, replace

from blake3 import blake3

HEADER, STATE_ROW, BLOCK, OUTCOME, END = range(1, 6)
# Bytes of a header in front of its tips: version, height, timestamp, nonce, extra nonce.
NONCE_AT = 1 + 8 + 8
TIPS_AT = NONCE_AT + 8 + 32


@dataclass
class Block:
    topoheight: int
    side_block: "int | None"
    wire: bytes

    def hash(self):
        """BLAKE3 over the work hash, timestamp, nonces and miner."""
        wire = self.wire
        tips_end = TIPS_AT + 1 + 32 * wire[TIPS_AT]
        count = struct.unpack_from(">H", wire, tips_end)[0]
        hashes_end = tips_end + 2 + 32 * count
        tips, hashes = wire[TIPS_AT + 1:tips_end], wire[tips_end + 2:hashes_end]
        work = blake3(wire[:9] + blake3(tips) + blake3(hashes))
        miner = wire[hashes_end:hashes_end + 32]
        return blake3(work + wire[9:TIPS_AT] + miner)

    def with_nonce(self, nonce):
        """Another block of the same transactions: what a reorganisation puts in this one's place."""
        wire = self.wire[:NONCE_AT] + struct.pack(">Q", nonce) + self.wire[NONCE_AT + 8:]
        return replace(self, wire=wire)


@dataclass
class Archive:
    network: str
    profile: str
    failure_model: int
    base_topoheight: int
    base_hash: bytes
    rows: list
    blocks: list


def records(data):
    offset = 12
    while offset < len(data):
        kind, length = struct.unpack_from(">BI", data, offset)
        yield kind, data[offset + 5:offset + 5 + length]
        offset += 5 + length + 8


def text(payload, offset):
    length = struct.unpack_from(">H", payload, offset)[0]
    end = offset + 2 + length
    return payload[offset + 2:end].decode(), end


def read(path):
    data = path.read_bytes()
    if data[:8] != b"\x89PXA\r\n\x1a\n":
        raise ValueError(f"{path} is no archive")
    archive = None
    for kind, payload in records(data):
        if kind == HEADER:
            network, at = text(payload, 0)
            profile, at = text(payload, at)
            model, base = struct.unpack_from(">BQ", payload, at)
            archive = Archive(network, profile, model, base, payload[at + 9:at + 41], [], [])
        elif kind == STATE_ROW:
            archive.rows.append((payload[:65], payload[65:]))
        elif kind == BLOCK:
            topoheight, side = struct.unpack_from(">QB", payload, 0)
            number = struct.unpack_from(">I", payload, 9)[0] if side else None
            archive.blocks.append(Block(topoheight, number, payload[14 if side else 10:]))
    return archive
