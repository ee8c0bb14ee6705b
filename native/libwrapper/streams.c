/*
 * What moves through streams. A length is what passed between the program and the stream's buffer; the system calls
 * that fill and empty that are libc's own. What ungetc pushes back is counted again when it is read; of a line with
 * NULs in it, fgets tells what lies before the first.
 */
#include "real.h"
#include "stream.h"

#include <string.h>

#undef fread_unlocked /* macros of <bits/stdio.h> */
#undef fwrite_unlocked

static size_t items(struct st_call *call, int fd, uint8_t direction, const void *data, size_t size, size_t count,
                    size_t result) {
    const struct iovec all = {(void *)(uintptr_t)data, size * result};
    st_end(call, &(struct st_done){.result = (int64_t)result,
                                   .arg = {(uint64_t)fd, size * count},
                                   .length = (uint32_t)(size * result),
                                   .direction = direction,
                                   .parts = 1,
                                   .moved = &all});
    return result;
}

#define READ_ITEMS(name, parameters, arguments)                                                                        \
    ST_EXPORT size_t name parameters {                                                                                 \
        struct st_call call;                                                                                           \
        int fd = st_descriptor(stream);                                                                                \
        st_begin_on(&call, ST_FREAD, fd);                                                                              \
        return items(&call, fd, ST_TAKEN, data, size, count, ST_ORIGINAL(name) arguments);                             \
    }
READ_ITEMS(fread, (void *data, size_t size, size_t count, FILE *stream), (data, size, count, stream))
READ_ITEMS(fread_unlocked, (void *data, size_t size, size_t count, FILE *stream), (data, size, count, stream))
READ_ITEMS(__fread_chk, (void *data, size_t room, size_t size, size_t count, FILE *stream),
           (data, room, size, count, stream))
READ_ITEMS(__fread_unlocked_chk, (void *data, size_t room, size_t size, size_t count, FILE *stream),
           (data, room, size, count, stream))

#define WRITE_ITEMS(name)                                                                                              \
    ST_EXPORT size_t name(const void *data, size_t size, size_t count, FILE *stream) {                                 \
        struct st_call call;                                                                                           \
        int fd = st_descriptor(stream);                                                                                \
        st_begin_on(&call, ST_FWRITE, fd);                                                                             \
        return items(&call, fd, ST_SENT, data, size, count, ST_ORIGINAL(name)(data, size, count, stream));             \
    }
WRITE_ITEMS(fwrite)
WRITE_ITEMS(fwrite_unlocked)

/* The result that is recorded is the length of the line; at the end of the file 0, and -1 after an error. */
static char *got_line(struct st_call *call, int fd, int room, FILE *stream, char *line) {
    size_t length = line != NULL ? strlen(line) : 0;
    const struct iovec all = {line, length};
    st_end(call, &(struct st_done){
                     .result = line != NULL              ? (int64_t)length
                               : ferror_unlocked(stream) ? -1
                                                         : 0,
                     .arg = {(uint64_t)fd, (uint64_t)room},
                     .length = (uint32_t)length,
                     .direction = ST_TAKEN,
                     .parts = 1,
                     .moved = &all,
                 });
    return line;
}

#define READ_LINE(name, parameters, arguments)                                                                         \
    ST_EXPORT char *name parameters {                                                                                  \
        struct st_call call;                                                                                           \
        int fd = st_descriptor(stream);                                                                                \
        st_begin_on(&call, ST_FGETS, fd);                                                                              \
        return got_line(&call, fd, room, stream, ST_ORIGINAL(name) arguments);                                         \
    }
READ_LINE(fgets, (char *line, int room, FILE *stream), (line, room, stream))
READ_LINE(fgets_unlocked, (char *line, int room, FILE *stream), (line, room, stream))
READ_LINE(__fgets_chk, (char *line, size_t size, int room, FILE *stream), (line, size, room, stream))
READ_LINE(__fgets_unlocked_chk, (char *line, size_t size, int room, FILE *stream), (line, size, room, stream))

static ssize_t got_whole_line(struct st_call *call, int fd, FILE *stream, char *const *line, ssize_t result) {
    const struct iovec all = {result > 0 ? *line : NULL, result > 0 ? (size_t)result : 0};
    st_end(call, &(struct st_done){
                     .result = result < 0 && feof_unlocked(stream) ? 0 : result,
                     .arg = {(uint64_t)fd},
                     .length = (uint32_t)all.iov_len,
                     .direction = ST_TAKEN,
                     .parts = 1,
                     .moved = &all,
                 });
    return result;
}

#define READ_WHOLE_LINE(name, parameters, arguments)                                                                   \
    ST_EXPORT ssize_t name parameters {                                                                                \
        struct st_call call;                                                                                           \
        int fd = st_descriptor(stream);                                                                                \
        st_begin_on(&call, ST_GETLINE, fd);                                                                            \
        return got_whole_line(&call, fd, stream, line, ST_ORIGINAL(name) arguments);                                   \
    }
READ_WHOLE_LINE(getline, (char **line, size_t *room, FILE *stream), (line, room, stream))
READ_WHOLE_LINE(getdelim, (char **line, size_t *room, int end, FILE *stream), (line, room, end, stream))
READ_WHOLE_LINE(__getdelim, (char **line, size_t *room, int end, FILE *stream), (line, room, end, stream))

/* `newline` is 1 for puts, which adds one. */
static int put_text(struct st_call *call, int fd, const char *text, size_t newline, int result) {
    size_t length = strlen(text);
    const struct iovec parts[2] = {{(void *)(uintptr_t)text, length}, {"\n", newline}};
    st_end(call, &(struct st_done){
                     .result = result,
                     .arg = {(uint64_t)fd, length + newline},
                     .length = result >= 0 ? (uint32_t)(length + newline) : 0,
                     .direction = ST_SENT,
                     .parts = 2,
                     .moved = parts,
                 });
    return result;
}

ST_EXPORT int fputs(const char *text, FILE *stream) {
    struct st_call call;
    int fd = st_descriptor(stream);
    st_begin_on(&call, ST_FPUTS, fd);
    return put_text(&call, fd, text, 0, ST_ORIGINAL(fputs)(text, stream));
}

ST_EXPORT int fputs_unlocked(const char *text, FILE *stream) {
    struct st_call call;
    int fd = st_descriptor(stream);
    st_begin_on(&call, ST_FPUTS, fd);
    return put_text(&call, fd, text, 0, ST_ORIGINAL(fputs_unlocked)(text, stream));
}

ST_EXPORT int puts(const char *text) {
    struct st_call call;
    int fd = st_descriptor(stdout);
    st_begin_on(&call, ST_PUTS, fd);
    return put_text(&call, fd, text, 1, ST_ORIGINAL(puts)(text));
}

/* A character put or got; EOF without an error is the end of the file, and recorded as 0. */
static int character(struct st_call *call, int fd, FILE *stream, uint8_t direction, int result) {
    const char byte = (char)result;
    const struct iovec all = {(void *)(uintptr_t)&byte, 1};
    st_end(call, &(struct st_done){
                     .result = result == EOF && !ferror_unlocked(stream) ? 0 : result,
                     .arg = {(uint64_t)fd, 1},
                     .length = result != EOF,
                     .direction = direction,
                     .parts = 1,
                     .moved = &all,
                 });
    return result;
}

#define CHARACTER(name, parameters, arguments, stream, op, direction)                                                  \
    ST_EXPORT int name parameters {                                                                                    \
        struct st_call call;                                                                                           \
        int fd = st_descriptor(stream);                                                                                \
        st_begin_small(&call, op, fd);                                                                                 \
        return character(&call, fd, stream, direction, ST_ORIGINAL(name) arguments);                                   \
    }
#define PUT(name) CHARACTER(name, (int byte, FILE *to), (byte, to), to, ST_FPUTC, ST_SENT)
#define GET(name) CHARACTER(name, (FILE * from), (from), from, ST_FGETC, ST_TAKEN)
PUT(fputc)
PUT(putc)
PUT(fputc_unlocked)
PUT(putc_unlocked)
PUT(_IO_putc)
CHARACTER(putchar, (int byte), (byte), stdout, ST_FPUTC, ST_SENT)
CHARACTER(putchar_unlocked, (int byte), (byte), stdout, ST_FPUTC, ST_SENT)
GET(fgetc)
GET(getc)
GET(fgetc_unlocked)
GET(getc_unlocked)
GET(_IO_getc)
CHARACTER(getchar, (void), (), stdin, ST_FGETC, ST_TAKEN)
CHARACTER(getchar_unlocked, (void), (), stdin, ST_FGETC, ST_TAKEN)
