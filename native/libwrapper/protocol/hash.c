/*
 * The witness hash, over bytes that come in pieces: FxHash (rustc's) over little-endian 64-bit words, the last one
 * padded with zeros and followed by the number of its bytes, finished as MurmurHash3 does. Eight bytes a
 * multiplication; byte by byte, as FNV-1a goes, it would cost more than the rest of the processors together.
 */
#include "protocol.h"

static uint64_t mix(uint64_t hash, uint64_t word) {
    return ((hash << 5 | hash >> 59) ^ word) * UINT64_C(0x517cc1b727220a95);
}

static uint64_t load(const uint8_t *bytes) {
    uint64_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return word;
}

/* The low `count` bytes of `word`, whose others are 0. */
static inline void feed(struct st_stream *stream, uint64_t word, uint8_t count) {
    unsigned shift = stream->hashed * 8u;
    stream->word |= word << shift;
    stream->hashed += count;
    if (stream->hashed >= sizeof word) {
        stream->hash = mix(stream->hash, stream->word);
        stream->word = shift == 0 ? 0 : word >> (64 - shift);
        stream->hashed -= sizeof word;
    }
}

void st_hash_begin(struct st_stream *stream) {
    stream->hash = stream->word = 0;
    stream->hashed = 0;
    stream->hashing = ST_HASHING_ON;
}

/* Fewer than eight bytes, as a word. */
static inline uint64_t gather_word(const uint8_t *bytes, uint8_t count) {
    uint64_t word = 0;
    for (uint8_t i = 0; i < count; i++)
        word |= (uint64_t)bytes[i] << i * 8;
    return word;
}

void st_hash_bytes(struct st_stream *stream, const uint8_t *bytes, size_t count) {
    if (stream->hashed == 0) {
        uint64_t hash = stream->hash;
        for (; count >= sizeof(uint64_t); bytes += sizeof(uint64_t), count -= sizeof(uint64_t))
            hash = mix(hash, load(bytes));
        stream->hash = hash;
    }
    for (; count >= sizeof(uint64_t); bytes += sizeof(uint64_t), count -= sizeof(uint64_t))
        feed(stream, load(bytes), sizeof(uint64_t));
    if (count > 0)
        feed(stream, gather_word(bytes, (uint8_t)count), (uint8_t)count);
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

size_t st_hash_word(struct st_stream *stream, const uint8_t *bytes, const uint8_t *end) {
    const uint8_t *at = bytes;
    for (; end - at >= (ptrdiff_t)sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word = load(at);
        /* the lowest bit set is the high bit of the first byte below '!' */
        uint64_t separators = (word - EACH_BYTE('!')) & ~word & EACH_BYTE(0x80);
        if (separators != 0) {
            uint8_t count = (uint8_t)(__builtin_ctzll(separators) / 8);
            if (count > 0)
                feed(stream, word & (UINT64_MAX >> (64 - count * 8)), count);
            return (size_t)(at - bytes) + count;
        }
        feed(stream, word, sizeof word);
    }
    uint8_t left = 0;
    while (left < end - at && at[left] > ' ')
        left++;
    if (left > 0)
        feed(stream, gather_word(at, left), left);
    return (size_t)(at - bytes) + left;
}

uint64_t st_hash_end(struct st_stream *stream) {
    uint8_t hashing = stream->hashing;
    stream->hashing = ST_HASHING_OFF;
    if ((hashing != ST_HASHING_ON && hashing != ST_HASHING_HELD) || (stream->hash == 0 && stream->hashed == 0))
        return 0;
    uint64_t hash = mix(mix(stream->hash, stream->word), stream->hashed);
    hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ hash >> 33;
}
