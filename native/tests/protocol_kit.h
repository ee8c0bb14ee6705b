/* The protocol processors alone: calls in, marks out. What libwrapper would give them stands in protocol_kit.c. */
#ifndef PROTOCOL_KIT_H
#define PROTOCOL_KIT_H

#include "../libwrapper/wrapper.h"

#define KIT_FD 5

struct kit_mark {
    struct st_mark mark;
    char summary[64];
    size_t summary_bytes;
    uint8_t direction;
};

extern struct kit_mark *kit_marks;
extern size_t kit_count;
extern uint32_t kit_summary_bytes;
extern bool kit_keep; /* false: marks are counted, not kept */

void kit_conversation(uint8_t kind, uint8_t type); /* a new object behind KIT_FD */
/* One call; with `split` > 0 it has two parts, the first of so many bytes. The bytes lie in blocks of their exact size.
 */
void kit_call(uint8_t direction, const uint8_t *bytes, size_t count, size_t split);
void kit_unseen(uint8_t direction, uint32_t count);

#endif
