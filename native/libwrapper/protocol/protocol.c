/* The core of the protocol processors: which conversation a descriptor carries, and the way of its bytes. */
#include "protocol.h"

#define TABLE_SIZE 65536

/* Of one call, so many bytes are read, not counting payload that is only passed over; what follows goes unseen. */
#define READ_BYTES 16384
/* Payload is hashed up to this offset in a call. */
#define HASHED_BYTES 4096

/* A conversation is given up after so many calls that began with nothing known. */
#define MOST_MISSES 8

/* Responses looked at before their requests. */
#define MOST_AHEAD 4

static struct st_conversation table[TABLE_SIZE];

/* Changes whenever calls passed that were not looked at, because no session was armed. */
static uint8_t epoch;
static bool epoch_used;

/* By enum st_protocol. */
static const struct st_processor *const processors[] = {
    NULL, &st_http1, &st_http2, &st_fastcgi, &st_ajp, &st_mysql, &st_postgresql, &st_resp, &st_memcached, &st_dns,
};
#define PROCESSORS (sizeof processors / sizeof *processors)

void st_protocol_paused(void) {
    if (ST_UNLIKELY(__atomic_load_n(&epoch_used, __ATOMIC_RELAXED))) {
        __atomic_store_n(&epoch_used, false, __ATOMIC_RELAXED);
        __atomic_fetch_add(&epoch, 1, __ATOMIC_RELAXED);
    }
}

static void lose(struct st_stream *stream) {
    stream->protocol = stream->open = stream->passing = stream->hashing = 0;
    stream->gathered = stream->wanted = 0;
    stream->resync = 1;
}

void st_lose_sync(struct st_scan *scan) {
    st_marks_finish(scan);
    scan->begun = false;
    lose(scan->stream);
    scan->at = scan->end;
    scan->due = false;
}

static void follow(struct st_stream *stream, uint8_t protocol) {
    stream->protocol = protocol;
    stream->state = stream->passing = stream->wanted = stream->gathered = 0;
    stream->kind = 0;
    stream->own = 0;
}

void st_speak(struct st_scan *scan, uint8_t protocol) {
    st_marks_finish(scan);
    scan->begun = false;
    scan->stream->open = ST_MESSAGE_NONE;
    __atomic_store_n(&scan->conversation->next, protocol, __ATOMIC_RELAXED);
    follow(scan->stream, protocol);
    if (protocol == ST_OPAQUE)
        scan->at = scan->end;
}

void st_asked(struct st_conversation *c, uint8_t kind) {
    uint32_t asked = c->asked;
    c->kinds[asked % ST_ASKED] = kind;
    __atomic_store_n(&c->asked, asked + 1, __ATOMIC_RELEASE);
}

bool st_is_asked(const struct st_conversation *c) {
    return (int32_t)(__atomic_load_n(&c->asked, __ATOMIC_ACQUIRE) - c->answered) > 0;
}

uint8_t st_answering(const struct st_conversation *c) {
    uint32_t waiting = __atomic_load_n(&c->asked, __ATOMIC_ACQUIRE) - c->answered; /* huge when ahead */
    return waiting > 0 && waiting <= ST_ASKED ? c->kinds[c->answered % ST_ASKED] : 0;
}

/*
 * A response may be looked at before its request, by another thread; then it is counted first. What answers nothing
 * that was ever seen (the session was armed in between) is not.
 */
void st_answered(struct st_conversation *c) {
    uint32_t asked = __atomic_load_n(&c->asked, __ATOMIC_ACQUIRE);
    if (c->answered - asked == MOST_AHEAD)
        c->answered = asked;
    c->answered += asked != 0;
}

/* After a gap, the response is taken to be that to the last request. */
static void match_again(struct st_conversation *c) {
    uint32_t asked = __atomic_load_n(&c->asked, __ATOMIC_ACQUIRE);
    c->answered = asked - (asked != 0);
}

void st_summarise(struct st_stream *stream, const void *text, size_t count) {
    const char *from = text;
    while (count-- > 0 && stream->summary_bytes < ST_MARK_SUMMARY_BYTES)
        stream->summary[stream->summary_bytes++] = *from++;
}

void st_summarise_word(struct st_stream *stream, const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint8_t letter = st_upper(bytes[i]);
        st_summarise(stream, &letter, 1);
    }
}

void st_summarise_verb(struct st_stream *stream, const uint8_t *bytes, size_t count, bool complete) {
    size_t from = 0, to;
    while (from < count && (bytes[from] == ' ' || bytes[from] == '\n' || bytes[from] == '('))
        from++;
    for (to = from; to < count && (bytes[to] | 0x20) >= 'a' && (bytes[to] | 0x20) <= 'z'; to++)
        ;
    if (to < count || complete)
        st_summarise_word(stream, bytes + from, to - from);
}

enum st_fit st_starts(const uint8_t *bytes, size_t count, const char *text, enum st_fit fit) {
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (i == count)
            return ST_FIT_MAYBE;
        if (bytes[i] != (uint8_t)text[i])
            return ST_FIT_NO;
    }
    return fit;
}

static void pass(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    size_t left = (size_t)(scan->end - scan->at);
    size_t count = s->remaining < left ? (size_t)s->remaining : left;
    if (s->hashing == ST_HASHING_ON) {
        if (scan->base - (int64_t)left + (int64_t)count <= HASHED_BYTES)
            st_hash_bytes(s, scan->at, count);
        else
            s->hashing = ST_HASHING_SPOILT;
    }
    scan->at += count;
    s->remaining -= count;
    if (s->remaining == 0) {
        s->passing = 0;
        scan->due = true;
    }
}

static void gather(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    uint8_t gathered = s->gathered, wanted = s->wanted;
    if (wanted > ST_GATHER_BYTES)
        wanted = ST_GATHER_BYTES;
    while (gathered < wanted && scan->at < scan->end)
        s->gather[gathered++] = *scan->at++;
    s->gathered = gathered;
    scan->due = gathered == wanted;
}

static void read_on(struct st_scan *scan) {
    const uint8_t *from = scan->at;
    if (scan->stream->gathered < scan->stream->wanted)
        gather(scan);
    else
        processors[scan->stream->protocol]->step(scan);
    scan->read += (uint32_t)(scan->at - from);
}

/* The bytes at..end to the stream's processor. */
static void feed(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    while ((scan->due || scan->at < scan->end) && s->protocol != 0 && s->protocol != ST_OPAQUE) {
        if (scan->due) {
            scan->due = false;
            processors[s->protocol]->step(scan);
        } else if (s->passing) {
            pass(scan);
        } else if (scan->read > READ_BYTES) {
            st_lose_sync(scan);
        } else {
            read_on(scan);
        }
    }
}

/* Bytes that nobody sees: no loss as long as they are payload. */
static void skip(struct st_scan *scan, uint64_t count) {
    struct st_stream *s = scan->stream;
    scan->at = scan->end = NULL;
    while (count > 0 && s->protocol != 0 && s->protocol != ST_OPAQUE) {
        if (!s->passing) {
            st_lose_sync(scan);
            return;
        }
        uint64_t now = s->remaining < count ? s->remaining : count;
        if (s->hashing == ST_HASHING_ON)
            s->hashing = ST_HASHING_SPOILT;
        s->remaining -= now;
        count -= now;
        scan->base += (int64_t)now;
        if (s->remaining == 0) {
            s->passing = false;
            scan->due = true;
            feed(scan);
        }
    }
    scan->base += (int64_t)count;
}

static enum st_role role_of(const struct st_conversation *c, const struct st_stream *stream) {
    uint8_t requests = __atomic_load_n(&c->requests, __ATOMIC_RELAXED);
    if (requests == ST_NEITHER)
        return ST_ROLE_NONE;
    return stream == &c->streams[requests == ST_TAKEN] ? ST_ROLE_REQUESTS : ST_ROLE_RESPONSES;
}

static bool is_tls(const uint8_t *bytes, size_t count) {
    return count >= 3 && bytes[0] >= 0x14 && bytes[0] <= 0x17 && bytes[1] == 3 && bytes[2] <= 4;
}

static enum st_fit recognise(const struct st_scan *scan, const uint8_t *bytes, size_t count, uint32_t whole,
                             uint8_t *protocol) {
    uint8_t known = __atomic_load_n(&scan->conversation->protocol, __ATOMIC_RELAXED);
    enum st_fit best = ST_FIT_NO;
    uint8_t first = known != 0 ? known : 1, last = known != 0 ? known : PROCESSORS - 1;
    for (uint8_t i = first; i <= last; i++) {
        enum st_fit fit = processors[i]->recognise(bytes, count, whole, scan->stream->role);
        if (fit == ST_FIT_MAYBE) {
            best = fit;
        } else if (fit != ST_FIT_NO) {
            *protocol = i;
            return fit;
        }
    }
    return best;
}

static void miss(struct st_scan *scan) {
    struct st_conversation *c = scan->conversation;
    scan->stream->gathered = 0;
    scan->stream->resync = 1;
    if (c->protocol == 0 && __atomic_add_fetch(&c->misses, 1, __ATOMIC_RELAXED) == MOST_MISSES)
        __atomic_store_n(&c->next, ST_OPAQUE, __ATOMIC_RELAXED);
}

static void found(struct st_scan *scan, uint8_t protocol, enum st_role role) {
    struct st_conversation *c = scan->conversation;
    struct st_stream *s = scan->stream;
    bool sent = s == &c->streams[0];
    s->role = role;
    __atomic_store_n(&c->requests, sent == (role == ST_ROLE_REQUESTS) ? ST_SENT : ST_TAKEN, __ATOMIC_RELAXED);
    __atomic_store_n(&c->protocol, protocol, __ATOMIC_RELEASE);
    if (s->resync && role == ST_ROLE_RESPONSES)
        match_again(c);
    follow(s, protocol);
}

/* The bytes held back from earlier calls and the first ones of this call. */
static size_t first_bytes(const struct st_stream *s, const struct st_done *done, uint8_t joined[2 * ST_GATHER_BYTES]) {
    size_t count = s->gathered, left = done->length;
    __builtin_memcpy(joined, s->gather, ST_GATHER_BYTES);
    for (unsigned i = 0; i < done->parts && left > 0; i++) {
        const uint8_t *part = done->moved[i].iov_base;
        for (size_t k = 0; k < done->moved[i].iov_len && left > 0; k++, left--) {
            if (count == 2 * ST_GATHER_BYTES)
                return count;
            joined[count++] = part[k];
        }
    }
    return count;
}

/* Looks for the start of a message at the start of the call. A few bytes that could be one are held back. */
static void seek(struct st_scan *scan, const struct st_done *done) {
    struct st_stream *s = scan->stream;
    uint8_t joined[2 * ST_GATHER_BYTES], held = s->gathered, protocol = 0;
    const uint8_t *bytes = joined;
    uint32_t whole = held + done->length;
    size_t count = first_bytes(s, done, joined);
    if (held == 0 && done->moved[0].iov_len >= done->length) {
        bytes = done->moved[0].iov_base;
        count = done->length;
    }
    if (scan->conversation->protocol == 0 && is_tls(bytes, count)) {
        __atomic_store_n(&scan->conversation->next, ST_OPAQUE, __ATOMIC_RELAXED);
        return;
    }
    enum st_fit fit = recognise(scan, bytes, count, whole, &protocol);
    enum st_role role = fit == ST_FIT_REQUEST ? ST_ROLE_REQUESTS : ST_ROLE_RESPONSES;
    if (fit == ST_FIT_MAYBE && whole <= ST_GATHER_BYTES) {
        __builtin_memcpy(s->gather, joined, ST_GATHER_BYTES);
        s->gathered = (uint8_t)whole;
    } else if (fit == ST_FIT_NO || fit == ST_FIT_MAYBE || (s->role != ST_ROLE_NONE && s->role != role)) {
        miss(scan);
    } else {
        found(scan, protocol, role);
        scan->at = joined;
        scan->end = joined + held;
        feed(scan);
    }
}

/* The other direction has made the protocol known, and nothing of this one was missed: it is at a message's start. */
static void join(struct st_conversation *c, struct st_stream *s) {
    uint8_t protocol = __atomic_load_n(&c->protocol, __ATOMIC_ACQUIRE);
    if (protocol == 0)
        return;
    s->role = role_of(c, s);
    if (!s->resync && s->gathered == 0)
        follow(s, protocol);
}

static void scan_call(struct st_scan *scan, const struct st_done *done) {
    uint32_t left = done->length;
    if (scan->stream->protocol == 0 && done->moved == NULL)
        miss(scan);
    else if (scan->stream->protocol == 0)
        seek(scan, done);
    for (unsigned i = 0; done->moved != NULL && i < done->parts && left > 0; i++) {
        size_t count = done->moved[i].iov_len < left ? done->moved[i].iov_len : left;
        left -= (uint32_t)count;
        scan->at = done->moved[i].iov_base;
        scan->end = scan->at + count;
        scan->base += (int64_t)count;
        feed(scan);
    }
    if (left > 0)
        skip(scan, left);
}

static void scan_datagram(struct st_scan *scan, const struct st_done *done) {
    if (done->moved == NULL || done->parts == 0)
        return;
    size_t count = done->moved[0].iov_len < done->length ? done->moved[0].iov_len : done->length;
    scan->at = done->moved[0].iov_base;
    scan->end = scan->at + count;
    scan->base = (int64_t)count;
    if (!st_dns_fits(scan->at, count)) {
        miss(scan);
        return;
    }
    __atomic_store_n(&scan->conversation->protocol, ST_PROTOCOL_DNS, __ATOMIC_RELAXED);
    follow(scan->stream, ST_PROTOCOL_DNS);
    scan->stream->resync = 0;
    st_dns_begin(scan, (uint32_t)count);
    feed(scan);
    scan->stream->protocol = scan->stream->open = 0; /* the next one stands for itself */
}

/* Begins or goes on with work in a stream; false: somebody else is at it, and what this call moved is missed. */
static bool enter(struct st_stream *s, uint32_t object) {
    uint32_t holder = 0;
    if (ST_LIKELY(__atomic_compare_exchange_n(&s->busy, &holder, object, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)))
        return true;
    if (holder != object) /* left by an earlier conversation */
        return __atomic_compare_exchange_n(&s->busy, &holder, object, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
    __atomic_store_n(&s->missed, 1, __ATOMIC_RELAXED);
    return false;
}

static void forget(struct st_stream *s, uint32_t object) {
    uint32_t mine = object;
    __builtin_memset((char *)s + sizeof s->busy, 0, sizeof *s - sizeof s->busy);
    s->epoch = __atomic_load_n(&epoch, __ATOMIC_RELAXED);
    __atomic_compare_exchange_n(&s->busy, &mine, 0, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/* A new conversation on this descriptor. Only one thread makes it; another one's first call goes unseen. */
static bool renew(struct st_conversation *c, uint32_t seen, uint32_t object) {
    if (seen == UINT32_MAX ||
        !__atomic_compare_exchange_n(&c->object, &seen, UINT32_MAX, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return false;
    __builtin_memset(c->kinds, 0, sizeof c->kinds);
    c->protocol = c->next = c->requests = c->misses = 0;
    c->flags = c->asked = c->answered = c->own[0] = c->own[1] = 0;
    forget(&c->streams[0], c->streams[0].busy);
    forget(&c->streams[1], c->streams[1].busy);
    __atomic_store_n(&c->object, object, __ATOMIC_RELEASE);
    return true;
}

void st_protocol_forget(int fd) {
    struct st_fd known = st_fd_known(fd);
    if (known.object != 0 && __atomic_load_n(&table[fd].object, __ATOMIC_ACQUIRE) == known.object)
        __atomic_store_n(&table[fd].streams[1].missed, 1, __ATOMIC_RELAXED);
}

/* Calls that nobody looked at lie between. */
static void catch_up(struct st_conversation *c, struct st_stream *s) {
    uint8_t now = __atomic_load_n(&epoch, __ATOMIC_RELAXED);
    if (ST_UNLIKELY(__atomic_load_n(&s->missed, __ATOMIC_RELAXED) != 0 || s->epoch != now)) {
        __atomic_store_n(&s->missed, 0, __ATOMIC_RELAXED);
        lose(s);
    }
    s->epoch = now;
    if (ST_UNLIKELY(c->next != 0 && s->protocol != c->next))
        follow(s, c->next);
    if (ST_UNLIKELY(s->protocol == 0))
        join(c, s);
}

void st_protocol_moved(int fd, const struct st_done *done) {
    struct st_fd known = st_fd_known(fd);
    if ((known.kind != ST_KIND_SOCKET && known.kind != ST_KIND_PIPE) || known.object == 0)
        return;
    struct st_conversation *c = &table[fd];
    uint32_t object = __atomic_load_n(&c->object, __ATOMIC_ACQUIRE);
    if (ST_UNLIKELY(object != known.object) && !renew(c, object, known.object))
        return;
    if (__atomic_load_n(&c->next, __ATOMIC_RELAXED) == ST_OPAQUE)
        return;
    if (ST_UNLIKELY(!__atomic_load_n(&epoch_used, __ATOMIC_RELAXED)))
        __atomic_store_n(&epoch_used, true, __ATOMIC_RELAXED);

    struct st_scan scan = {.conversation = c, .stream = &c->streams[done->direction == ST_TAKEN]};
    if (!enter(scan.stream, known.object))
        return;
    catch_up(c, scan.stream);
    if (known.type == SOCK_DGRAM)
        scan_datagram(&scan, done);
    else
        scan_call(&scan, done);
    st_marks_finish(&scan);
    __atomic_store_n(&scan.stream->busy, 0, __ATOMIC_RELEASE);
}
