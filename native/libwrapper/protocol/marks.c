/* Telling the MARKs of a call. */
#include "protocol.h"

/* Of one call; after so many, whole messages are counted in one MARK. */
#define MOST_MARKS 64

static uint32_t offset(const struct st_scan *scan) {
    int64_t offset = scan->base - (scan->end - scan->at);
    return offset > 0 ? (uint32_t)offset : 0; /* bytes held back from an earlier call */
}

static void put(struct st_mark *mark, const struct st_stream *stream) {
    uint32_t limit = st_summary_bytes();
    uint32_t length = stream != NULL ? stream->summary_bytes : 0;
    st_put_mark(mark, stream != NULL ? stream->summary : "", length < limit ? length : limit);
}

static void put_many(struct st_scan *scan) {
    if (scan->many.count > 0)
        put(&scan->many, NULL);
    scan->many.count = 0;
}

static void count(struct st_scan *scan, const struct st_mark *mark) {
    struct st_mark *many = &scan->many;
    if (many->count > 0 && many->flags != mark->flags)
        put_many(scan);
    if (many->count == 0)
        *many = (struct st_mark){.start = mark->start, .flags = mark->flags, .protocol = mark->protocol};
    many->offset = mark->offset;
    many->count++;
}

static void tell(struct st_scan *scan, uint16_t flags, uint64_t body) {
    struct st_stream *s = scan->stream;
    struct st_mark mark = {
        .start = scan->begun ? scan->start : 0,
        .offset = flags & ST_MARK_END ? offset(scan) : 0,
        .flags = s->flags | flags,
        .stream = s->id,
        .headers = {s->headers[0], s->headers[1], s->headers[2], s->headers[3]},
        .line = s->line,
        .body = body,
        .code = s->code,
        .protocol = s->protocol,
        .count = 1,
    };
    const uint16_t whole = ST_MARK_START | ST_MARK_END;
    if (scan->told >= MOST_MARKS && (flags & whole) == whole) {
        count(scan, &mark);
    } else {
        put_many(scan);
        put(&mark, s);
        scan->told++;
    }
    scan->begun = false;
}

void st_message_begin(struct st_scan *scan, uint16_t flags) {
    st_message_begin_behind(scan, flags, 0);
}

void st_message_begin_behind(struct st_scan *scan, uint16_t flags, uint32_t back) {
    struct st_stream *s = scan->stream;
    if (scan->begun)
        tell(scan, ST_MARK_START, 0);
    s->open = ST_MESSAGE_OPEN;
    s->flags = flags | (s->resync ? ST_MARK_RESYNC : 0);
    s->resync = 0;
    s->code = 0;
    s->id = 0;
    s->line = 0;
    for (int i = 0; i < 4; i++)
        s->headers[i] = 0;
    s->hashing = ST_HASHING_OFF;
    s->summary_bytes = 0;
    scan->begun = true;
    scan->start = offset(scan) > back ? offset(scan) - back : 0;
}

void st_message_end(struct st_scan *scan) {
    struct st_stream *s = scan->stream;
    if (s->open != ST_MESSAGE_OPEN)
        return;
    uint64_t body = st_hash_end(s);
    tell(scan, ST_MARK_END | (scan->begun ? ST_MARK_START : 0), body);
    s->open = ST_MESSAGE_NONE;
}

void st_message_begin_unsure(struct st_scan *scan, uint16_t flags) {
    st_message_begin(scan, flags);
    scan->stream->open = ST_MESSAGE_UNSURE;
}

/* It may have begun in an earlier call, which has told nothing of it. */
void st_message_sure(struct st_scan *scan) {
    if (scan->stream->open != ST_MESSAGE_UNSURE)
        return;
    scan->stream->open = ST_MESSAGE_OPEN;
    if (!scan->begun)
        scan->start = 0;
    scan->begun = true;
}

void st_message_drop(struct st_scan *scan) {
    scan->stream->open = ST_MESSAGE_NONE;
    scan->begun = false;
}

void st_message_note(struct st_scan *scan, uint16_t flags) {
    if (!scan->begun)
        tell(scan, flags, 0);
    scan->stream->flags |= flags;
}

void st_mark_other(struct st_scan *scan, uint16_t flags, uint32_t id) {
    put_many(scan);
    put(&(struct st_mark){.start = flags & ST_MARK_START ? offset(scan) : 0,
                          .offset = flags & ST_MARK_START ? 0 : offset(scan),
                          .flags = flags,
                          .stream = id,
                          .protocol = scan->stream->protocol,
                          .count = 1},
        NULL);
}

void st_marks_finish(struct st_scan *scan) {
    if (scan->begun && scan->stream->open != ST_MESSAGE_UNSURE)
        tell(scan, ST_MARK_START, 0);
    put_many(scan);
}
