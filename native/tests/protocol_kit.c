#include "protocol_kit.h"

#include <stdlib.h>
#include <string.h>

struct kit_mark *kit_marks;
size_t kit_count;
uint32_t kit_summary_bytes = 48;
bool kit_keep = true;

static size_t room;
static uint8_t current_direction;
static struct st_fd known;

uint32_t st_summary_bytes(void) {
    return kit_summary_bytes;
}

struct st_fd st_fd_known(int fd) {
    (void)fd;
    return known;
}

bool st_put_mark(struct st_mark *mark, const char *summary, size_t summary_bytes) {
    if (!kit_keep) {
        kit_count++;
        return true;
    }
    if (kit_count == room) {
        room = room == 0 ? 64 : 2 * room;
        kit_marks = realloc(kit_marks, room * sizeof *kit_marks);
        if (kit_marks == NULL)
            abort();
    }
    struct kit_mark *kept = &kit_marks[kit_count++];
    *kept = (struct kit_mark){.mark = *mark, .summary_bytes = summary_bytes, .direction = current_direction};
    memcpy(kept->summary, summary, summary_bytes);
    return true;
}

void kit_conversation(uint8_t kind, uint8_t type) {
    static uint32_t number;
    known = (struct st_fd){.object = ++number, .kind = kind, .family = AF_INET, .type = type};
    kit_count = 0;
}

static void *copy_of(const uint8_t *bytes, size_t count) {
    void *copy = malloc(count);
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, count);
    return copy;
}

void kit_call(uint8_t direction, const uint8_t *bytes, size_t count, size_t split) {
    struct iovec parts[2] = {{copy_of(bytes, split), split}, {copy_of(bytes + split, count - split), count - split}};
    current_direction = direction;
    st_protocol_moved(KIT_FD, &(struct st_done){
                                  .result = (int64_t)count,
                                  .arg = {KIT_FD},
                                  .length = (uint32_t)count,
                                  .direction = direction,
                                  .parts = split > 0 ? 2 : 1,
                                  .moved = split > 0 ? parts : parts + 1,
                              });
    free(parts[0].iov_base);
    free(parts[1].iov_base);
}

void kit_unseen(uint8_t direction, uint32_t count) {
    current_direction = direction;
    st_protocol_moved(KIT_FD, &(struct st_done){.arg = {KIT_FD}, .length = count, .direction = direction});
}
