/* The parts of the HTTP/1 processor: the first line (http1_line.c), header lines (http1_headers.c), the rest (http1.c).
 */
#ifndef ST_HTTP1_H
#define ST_HTTP1_H

#include "protocol.h"

enum st_http1_state {
    BEGIN,
    METHOD,
    TARGET, /* its first byte */
    SCHEME, /* of an absolute target: left out, with the authority, so that both sides of a proxy hash the same */
    AUTHORITY,
    PATH,
    QUERY,
    REST, /* of the first line */
    VERSION,
    CODE,
    LINE, /* its first byte */
    NAME,
    VALUE,
    BODY,
    SIZE, /* of a chunk */
    EXTENSION,
    CHUNK,
    CHUNK_END,
    TRAILER,
    TRAILER_REST,
    UNTIL_CLOSE,
};

/* stream->own */
enum {
    HEAD = 1,
    CONNECT = 2,
    TO_HTTP2 = 8,
    OLD = 16, /* HTTP/1.0 */
    CLOSE = 32,
    KEEP = 64,
    CHUNKED = 128,
    SIZED = 256,
    LEFT_OUT = 512,   /* this header is no witness: not end-to-end, or excepted */
    PENDING = 1024,   /* a header line was read and could still be continued */
    HEADER_SHIFT = 12 /* above: which header the value belongs to, enum header */
};

enum header { OTHER, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE_TO };

void st_http1_line(struct st_scan *scan);
void st_http1_header(struct st_scan *scan);
void st_http1_headers_end(struct st_scan *scan); /* the empty line was read */

#endif
