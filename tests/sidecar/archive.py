"""Archives as docs/ARCHIVE.md describes them, and the hash of a block as the chain defines it: read
without a line of the verifier's own code."""

import struct
from dataclasses import dataclass, replace

from blake3 import blake3

HEADER, STATE_ROW, BLOCK, OUTCOME, END, STATE_HEAD, INDEX = range(1, 8)
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


def check(data):
    """What state head, index and end say of the rest: ValueError unless it holds."""
    def demand(what, stated, found):
        if stated != found:
            raise ValueError(f"archive: {what} is stated as {stated}, and is {found}")

    demand("version", struct.unpack_from(">I", data, 8)[0], 2)
    places, offset = [], 12
    for kind, payload in records(data):
        places.append((kind, offset, payload))
        offset += 5 + len(payload) + 8
    demand("length", offset, len(data))
    kinds = [kind for kind, _, _ in places]
    demand("order", kinds[-2:], [INDEX, END])
    rows = [payload for kind, _, payload in places if kind == STATE_ROW]
    blocks = [place for kind, place, _ in places if kind == BLOCK]
    head = places[len(rows) + 1]
    demand("state head's place", head[0], STATE_HEAD)
    count, state, _, per_piece = struct.unpack(">Q32s32sI", head[2])
    demand("rows", count, len(rows))
    demand("state digest", state.hex(), blake3(b"".join(
        row[:65] + struct.pack(">I", len(row) - 65) + row[65:] for row in rows)).hex())
    (_, index_at, index), (_, _, end) = places[-2:]
    starts = [0, *blocks[::per_piece]]
    demand("pieces", struct.unpack_from(">II", index, 0), (per_piece, len(starts)))
    for number, (start, stop) in enumerate(zip(starts, [*starts[1:], index_at])):
        demand(f"piece {number}", index[8 + 40 * number:48 + 40 * number].hex(),
               (struct.pack(">Q", start) + blake3(data[start:stop])).hex())
    demand("index", end[56:].hex(), (struct.pack(">Q", index_at) + blake3(
        data[index_at:len(data) - 109])).hex())
    demand("counts", struct.unpack_from(">QQQ", end, 0),
           (len(rows), len(blocks), kinds.count(OUTCOME)))


def text(payload, offset):
    length = struct.unpack_from(">H", payload, offset)[0]
    end = offset + 2 + length
    return payload[offset + 2:end].decode(), end


def read(path):
    data = path.read_bytes()
    if data[:8] != b"\x89PXA\r\n\x1a\n":
        raise ValueError(f"{path} is no archive")
    check(data)
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
