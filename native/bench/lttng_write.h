/* The LTTng-UST provider of lttng.c: one event before and one after a write, or one after it with all that it has. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER strace_bench

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./lttng_write.h"

#if !defined(LTTNG_WRITE_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define LTTNG_WRITE_H

#include <lttng/tracepoint.h>
#include <stdint.h>

LTTNG_UST_TRACEPOINT_EVENT(strace_bench, enter, LTTNG_UST_TP_ARGS(int, fd, uint64_t, bytes),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(int, fd, fd)
                                                   lttng_ust_field_integer(uint64_t, bytes, bytes)))
LTTNG_UST_TRACEPOINT_EVENT(strace_bench, leave, LTTNG_UST_TP_ARGS(int, fd, int64_t, result),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(int, fd, fd)
                                                   lttng_ust_field_integer(int64_t, result, result)))
LTTNG_UST_TRACEPOINT_EVENT(strace_bench, whole, LTTNG_UST_TP_ARGS(int, fd, uint64_t, bytes, int64_t, result),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(int, fd, fd)
                                                   lttng_ust_field_integer(uint64_t, bytes, bytes)
                                                       lttng_ust_field_integer(int64_t, result, result)))

#endif

#include <lttng/tracepoint-event.h>
