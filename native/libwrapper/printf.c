/*
 * Formatted output and input. The text is made inside libc: its length is told, its bytes are not seen. How much of the
 * stream scanf has taken is not told by libc: its length is 0.
 */
#include "real.h"
#include "stream.h"

#include <stdarg.h>

static int printed(struct st_call *call, int fd, int result) {
    uint32_t length = result > 0 ? (uint32_t)result : 0;
    st_end(call,
           &(struct st_done){.result = result, .arg = {(uint64_t)fd, length}, .length = length, .direction = ST_SENT});
    return result;
}

static int print(FILE *stream, const char *format, va_list list) {
    struct st_call call;
    int fd = st_descriptor(stream);
    st_begin_on(&call, ST_PRINTF, fd);
    return printed(&call, fd, ST_ORIGINAL(vfprintf)(stream, format, list));
}

static int print_checked(FILE *stream, int flag, const char *format, va_list list) {
    struct st_call call;
    int fd = st_descriptor(stream);
    st_begin_on(&call, ST_PRINTF, fd);
    return printed(&call, fd, ST_ORIGINAL(__vfprintf_chk)(stream, flag, format, list));
}

static int scanned(struct st_call *call, int fd, FILE *stream, int result) {
    st_end(call,
           &(struct st_done){.result = result == EOF && !ferror_unlocked(stream) ? 0 : result, .arg = {(uint64_t)fd}});
    return result;
}

/* Makes `result` of `expression`, in which `list` holds the arguments behind `last`. */
#define WITH_LIST(last, expression)                                                                                    \
    va_list list;                                                                                                      \
    va_start(list, last);                                                                                              \
    int result = expression;                                                                                           \
    va_end(list);                                                                                                      \
    return result;

ST_EXPORT int vfprintf(FILE *stream, const char *format, va_list list) {
    return print(stream, format, list);
}

ST_EXPORT int vprintf(const char *format, va_list list) {
    return print(stdout, format, list);
}

ST_EXPORT int fprintf(FILE *stream, const char *format, ...){WITH_LIST(format, print(stream, format, list))}

ST_EXPORT int printf(const char *format, ...){WITH_LIST(format, print(stdout, format, list))}

ST_EXPORT int __vfprintf_chk(FILE *stream, int flag, const char *format, va_list list) {
    return print_checked(stream, flag, format, list);
}

ST_EXPORT int __vprintf_chk(int flag, const char *format, va_list list) {
    return print_checked(stdout, flag, format, list);
}

ST_EXPORT int __fprintf_chk(FILE *stream, int flag, const char *format,
                            ...){WITH_LIST(format, print_checked(stream, flag, format, list))}

ST_EXPORT
    int __printf_chk(int flag, const char *format, ...){WITH_LIST(format, print_checked(stdout, flag, format, list))}

ST_EXPORT int vdprintf(int fd, const char *format, va_list list) {
    struct st_call call;
    st_begin_on(&call, ST_PRINTF, fd);
    return printed(&call, fd, ST_ORIGINAL(vdprintf)(fd, format, list));
}

ST_EXPORT int dprintf(int fd, const char *format, ...){WITH_LIST(format, vdprintf(fd, format, list))}

ST_EXPORT int __vdprintf_chk(int fd, int flag, const char *format, va_list list) {
    struct st_call call;
    st_begin_on(&call, ST_PRINTF, fd);
    return printed(&call, fd, ST_ORIGINAL(__vdprintf_chk)(fd, flag, format, list));
}

ST_EXPORT int __dprintf_chk(int fd, int flag, const char *format,
                            ...){WITH_LIST(format, __vdprintf_chk(fd, flag, format, list))}

/* The four names of each dialect of scanf. <stdio.h> gives the standard's to one of them, so each is named by itself.
 */
#define SCANF(dialect, symbol, original)                                                                               \
    static int dialect##_scan(FILE *stream, const char *format, va_list list) {                                        \
        struct st_call call;                                                                                           \
        int fd = st_descriptor(stream);                                                                                \
        st_begin_small(&call, ST_SCANF, fd);                                                                           \
        return scanned(&call, fd, stream, ST_ORIGINAL(original)(stream, format, list));                                \
    }                                                                                                                  \
    ST_EXPORT int dialect##_vfscanf(FILE *, const char *, va_list) __asm__(symbol "vfscanf");                          \
    ST_EXPORT int dialect##_vscanf(const char *, va_list) __asm__(symbol "vscanf");                                    \
    ST_EXPORT int dialect##_fscanf(FILE *, const char *, ...) __asm__(symbol "fscanf");                                \
    ST_EXPORT int dialect##_scanf(const char *, ...) __asm__(symbol "scanf");                                          \
    int dialect##_vfscanf(FILE *stream, const char *format, va_list list) {                                            \
        return dialect##_scan(stream, format, list);                                                                   \
    }                                                                                                                  \
    int dialect##_vscanf(const char *format, va_list list) {                                                           \
        return dialect##_scan(stdin, format, list);                                                                    \
    }                                                                                                                  \
    int dialect##_fscanf(FILE *stream, const char *format, ...) {                                                      \
        WITH_LIST(format, dialect##_scan(stream, format, list))                                                        \
    }                                                                                                                  \
    int dialect##_scanf(const char *format, ...) {                                                                     \
        WITH_LIST(format, dialect##_scan(stdin, format, list))                                                         \
    }
SCANF(gnu, "", vfscanf) SCANF(c99, "__isoc99_", __isoc99_vfscanf) SCANF(c23, "__isoc23_", __isoc23_vfscanf)
