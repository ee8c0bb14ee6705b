#include "../wrapper.h"

void st_protocol_moved(int fd, const struct st_done *done) {
    (void)fd;
    (void)done;
}

void st_protocol_forget(int fd) {
    (void)fd;
}
