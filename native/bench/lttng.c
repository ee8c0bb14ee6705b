/*
 * LTTng-UST around write, as its own libc wrapper stands around malloc: a peer to measure against. Two events tell what
 * a record of libwrapper tells; with ONE_EVENT there is one, without the time at which the call began.
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "lttng_write.h"

#include <dlfcn.h>
#include <sys/types.h>

__attribute__((visibility("default"))) ssize_t write(int fd, const void *data, size_t bytes) {
    static ssize_t (*real)(int, const void *, size_t);
    if (real == NULL)
        real = (__typeof__(real))dlsym(RTLD_NEXT, "write");
#ifdef ONE_EVENT
    ssize_t result = real(fd, data, bytes);
    lttng_ust_tracepoint(strace_bench, whole, fd, bytes, result);
#else
    lttng_ust_tracepoint(strace_bench, enter, fd, bytes);
    ssize_t result = real(fd, data, bytes);
    lttng_ust_tracepoint(strace_bench, leave, fd, result);
#endif
    return result;
}
