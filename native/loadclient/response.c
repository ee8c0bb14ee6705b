#include "response.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define MOST_BYTES 65536

/* What has arrived, always with a 0 behind it. */
struct arrived {
    int fd;
    size_t count;
    bool closed;
    char bytes[MOST_BYTES + 1];
};

static bool more(struct arrived *a) {
    if (a->count == MOST_BYTES)
        return false;
    ssize_t got = recv(a->fd, a->bytes + a->count, MOST_BYTES - a->count, 0);
    a->closed = got == 0;
    if (got <= 0)
        return false;
    a->count += (size_t)got;
    a->bytes[a->count] = '\0';
    return true;
}

/* The value of a header line, NULL if there is none; `end` is that of the header. */
static const char *header(const struct arrived *a, const char *end, const char *name) {
    for (const char *line = strstr(a->bytes, "\r\n"); line != NULL && line < end; line = strstr(line + 2, "\r\n")) {
        size_t length = strlen(name);
        if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':')
            return line + 2 + length + 1 + strspn(line + 2 + length + 1, " ");
    }
    return NULL;
}

/* Until there are bytes up to offset `count`. */
static bool have(struct arrived *a, size_t count) {
    while (a->count < count)
        if (!more(a))
            return false;
    return true;
}

/* Chunks from offset `at` on, up to the empty one; no trailer. */
static bool chunks(struct arrived *a, size_t at) {
    for (;;) {
        char *line_end;
        while ((line_end = strstr(a->bytes + at, "\r\n")) == NULL)
            if (!more(a))
                return false;
        size_t length = strtoul(a->bytes + at, NULL, 16);
        at = (size_t)(line_end + 2 - a->bytes);
        if (length > MOST_BYTES || !have(a, at + length + 2))
            return false;
        if (length == 0)
            return true;
        at += length + 2;
    }
}

static bool body(struct arrived *a, size_t at, const char *length, bool chunked) {
    if (chunked)
        return chunks(a, at);
    if (length != NULL)
        return have(a, at + strtoul(length, NULL, 10));
    while (more(a))
        ;
    return a->closed;
}

const char *response_read(int fd, struct response *response) {
    static _Thread_local struct arrived a;
    const char *end;
    a.fd = fd;
    a.count = 0;
    a.closed = false;
    a.bytes[0] = '\0';
    while ((end = strstr(a.bytes, "\r\n\r\n")) == NULL)
        if (!more(&a))
            return a.closed ? "the connection was closed" : "no header came";
    if (strncmp(a.bytes, "HTTP/1.1 200", 12) != 0)
        return "its status is not 200";
    const char *length = header(&a, end, "Content-Length"), *connection = header(&a, end, "Connection");
    bool chunked = header(&a, end, "Transfer-Encoding") != NULL;
    response->kept = (length != NULL || chunked) && (connection == NULL || strncasecmp(connection, "close", 5) != 0);
    return body(&a, (size_t)(end + 4 - a.bytes), length, chunked) ? NULL : "its body is not complete";
}
