/* An HTTP/1.1 response, read to its end. */
#ifndef LOADCLIENT_RESPONSE_H
#define LOADCLIENT_RESPONSE_H

#include <stdbool.h>

struct response {
    bool kept; /* the connection can be used for the next request */
};

/* NULL, or why it is not the response that was wanted (200, complete). */
const char *response_read(int fd, struct response *response);

#endif
