/*
 * Shared mappings of files. All others pass by, and so does munmap but of exactly what such an mmap made: allocators
 * use both, sometimes before anything else is ready.
 */
#include "real.h"
#include "wrapper.h"

#include <sys/mman.h>

#define MAPPINGS 1024
#define FILLING 1 /* no address: the entry is being filled */

/* A mapping that finds no room near its hash is forgotten: its munmap is not recorded. */
static struct mapping {
    uintptr_t address; /* 0: free */
    size_t bytes;
    uint32_t object;
} mappings[MAPPINGS];
static uint32_t mapping_count;

static struct mapping *entry(uintptr_t address, unsigned int i) {
    return &mappings[(((address >> 12) * UINT64_C(0x9e3779b97f4a7c15) >> 54) + i) & (MAPPINGS - 1)];
}
#define NEAR 8

static struct mapping *find(uintptr_t address) {
    if (ST_LIKELY(__atomic_load_n(&mapping_count, __ATOMIC_RELAXED) == 0))
        return NULL;
    for (unsigned int i = 0; i < NEAR; i++)
        if (__atomic_load_n(&entry(address, i)->address, __ATOMIC_ACQUIRE) == address)
            return entry(address, i);
    return NULL;
}

static void forget(struct mapping *mapping) {
    __atomic_store_n(&mapping->address, 0, __ATOMIC_RELEASE);
    __atomic_fetch_sub(&mapping_count, 1, __ATOMIC_RELAXED);
}

static void remember(uintptr_t address, size_t bytes, uint32_t object) {
    for (unsigned int i = 0; i < NEAR; i++) {
        struct mapping *mapping = entry(address, i);
        uintptr_t free_address = 0;
        if (!__atomic_compare_exchange_n(&mapping->address, &free_address, FILLING, false, __ATOMIC_ACQUIRE,
                                         __ATOMIC_RELAXED))
            continue;
        mapping->bytes = bytes;
        mapping->object = object;
        __atomic_fetch_add(&mapping_count, 1, __ATOMIC_RELAXED);
        __atomic_store_n(&mapping->address, address, __ATOMIC_RELEASE);
        return;
    }
}

/* What stood at that address before, unmapped by something else than munmap, is gone. */
static void *mapped(struct st_call *call, int fd, size_t bytes, off64_t offset, void *result) {
    struct mapping *stale = find((uintptr_t)result);
    if (ST_UNLIKELY(stale != NULL))
        forget(stale);
    if (call == NULL)
        return result;
    if (result != MAP_FAILED)
        remember((uintptr_t)result, bytes, st_fd_get(fd).object);
    st_end(call, &(struct st_done){
                     .result = (int64_t)result,
                     .arg = {result != MAP_FAILED ? (uint64_t)result : 0, bytes, (uint64_t)offset},
                 });
    return result;
}

/* A device's memory is shared with nobody whom a path could reach. */
static bool is_shared_file(int flags, int fd) {
    int type = flags & MAP_TYPE;
    if (fd < 0 || (flags & MAP_ANONYMOUS) != 0 || (type != MAP_SHARED && type != MAP_SHARED_VALIDATE))
        return false;
    uint8_t kind = st_fd_get(fd).kind;
    return kind == ST_KIND_FILE || kind == ST_KIND_MEMORY;
}

#define MMAP(name, offset_type)                                                                                        \
    ST_EXPORT void *name(void *address, size_t bytes, int protection, int flags, int fd, offset_type offset) {         \
        struct st_call call;                                                                                           \
        if (ST_LIKELY(!is_shared_file(flags, fd)))                                                                     \
            return mapped(NULL, fd, bytes, offset, ST_ORIGINAL(name)(address, bytes, protection, flags, fd, offset));  \
        st_begin_on(&call, ST_MMAP, fd);                                                                               \
        return mapped(&call, fd, bytes, offset, ST_ORIGINAL(name)(address, bytes, protection, flags, fd, offset));     \
    }
MMAP(mmap, off_t)
MMAP(mmap64, off64_t)

ST_EXPORT int munmap(void *address, size_t bytes) {
    struct mapping *mapping = find((uintptr_t)address);
    if (ST_LIKELY(mapping == NULL || mapping->bytes != bytes))
        return ST_ORIGINAL(munmap)(address, bytes);
    struct st_call call;
    uint32_t object = mapping->object;
    forget(mapping); /* before: the address may be given away the moment it is free */
    st_begin_of(&call, ST_MUNMAP, object);
    int result = ST_ORIGINAL(munmap)(address, bytes);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)address, bytes}});
    return result;
}
