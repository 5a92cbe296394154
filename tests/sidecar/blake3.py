"""BLAKE3 of short inputs in plain Python, from the published specification: slow, and independent of
the implementation under test."""

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
MASK = 0xFFFFFFFF


def mix(state, a, b, c, d, x, y):
    state[a] = (state[a] + state[b] + x) & MASK
    state[d] = rotate(state[d] ^ state[a], 16)
    state[c] = (state[c] + state[d]) & MASK
    state[b] = rotate(state[b] ^ state[c], 12)
    state[a] = (state[a] + state[b] + y) & MASK
    state[d] = rotate(state[d] ^ state[a], 8)
    state[c] = (state[c] + state[d]) & MASK
    state[b] = rotate(state[b] ^ state[c], 7)


def rotate(word, bits):
    return (word >> bits | word << (32 - bits)) & MASK


def compress(chaining, words, counter, length, flags):
    state = [*chaining, *IV[:4], counter & MASK, counter >> 32, length, flags]
    for turn in range(7):
        mix(state, 0, 4, 8, 12, words[0], words[1])
        mix(state, 1, 5, 9, 13, words[2], words[3])
        mix(state, 2, 6, 10, 14, words[4], words[5])
        mix(state, 3, 7, 11, 15, words[6], words[7])
        mix(state, 0, 5, 10, 15, words[8], words[9])
        mix(state, 1, 6, 11, 12, words[10], words[11])
        mix(state, 2, 7, 8, 13, words[12], words[13])
        mix(state, 3, 4, 9, 14, words[14], words[15])
        if turn < 6:
            words = [words[i] for i in PERMUTATION]
    return [state[i] ^ state[i + 8] for i in range(8)]


def words_of(block):
    block = block.ljust(64, b"\0")
    return [int.from_bytes(block[i:i + 4], "little") for i in range(0, 64, 4)]


def chunk(data, counter, root):
    """Chaining value of one chunk of at most 1024 bytes."""
    blocks = [data[i:i + 64] for i in range(0, len(data), 64)] or [b""]
    value = IV
    for i, block in enumerate(blocks):
        flags = (CHUNK_START if i == 0 else 0)
        if i == len(blocks) - 1:
            flags |= CHUNK_END | (ROOT if root else 0)
        value = compress(value, words_of(block), counter, len(block), flags)
    return value


def tree(data, counter, root):
    if len(data) <= 1024:
        return chunk(data, counter, root)
    # The left half is the largest power of two of whole chunks that leaves something to the right.
    chunks = (len(data) - 1) // 1024
    left = 1 << (chunks.bit_length() - 1)
    pair = tree(data[:left * 1024], counter, False) + tree(data[left * 1024:], counter + left, False)
    return compress(IV, pair, 0, 64, PARENT | (ROOT if root else 0))


def blake3(data):
    return b"".join(word.to_bytes(4, "little") for word in tree(data, 0, True))
