/*
 * Finds the originals: what dlsym(RTLD_NEXT) would find, among the libraries that the program was started with, but
 * without its lock (a constructor that dlopen runs may wait for a thread that makes its first call) and without looking
 * for all of them at every start of a program. It neither allocates nor makes a system call, so it is safe in a signal
 * handler, after fork and in a vfork child.
 */
#include "real.h"

#include <elf.h>
#include <link.h>
#include <string.h>

struct st_real st_real;

/* The tables of one library that a look-up needs. */
struct library {
    const ElfW(Sym) * symbols;
    const char *strings;
    const ElfW(Versym) * versions;
    const uint32_t *hash; /* DT_GNU_HASH: buckets, first symbol, words of the filter, its shift, then each of these */
};

/* The loader has relocated these addresses, except in the vDSO, where nothing is to be found. */
static bool read_tables(const struct link_map *map, struct library *library) {
    *library = (struct library){0};
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        const void *address = (const void *)entry->d_un.d_ptr;
        if (entry->d_un.d_ptr < map->l_addr)
            continue;
        switch (entry->d_tag) {
        case DT_SYMTAB:
            library->symbols = address;
            break;
        case DT_STRTAB:
            library->strings = address;
            break;
        case DT_VERSYM:
            library->versions = address;
            break;
        case DT_GNU_HASH:
            library->hash = address;
            break;
        default:
            break;
        }
    }
    return library->symbols != NULL && library->strings != NULL && library->hash != NULL;
}

static uint32_t hash_of(const char *name) {
    uint32_t hash = 5381;
    for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at++)
        hash = hash * 33 + *at;
    return hash;
}

static bool is_definition(const struct library *library, uint32_t index, const char *name) {
    const ElfW(Sym) *symbol = &library->symbols[index];
    bool hidden = library->versions != NULL && (library->versions[index] & 0x8000) != 0; /* not the default version */
    return !hidden && symbol->st_shndx != SHN_UNDEF && strcmp(library->strings + symbol->st_name, name) == 0;
}

static const ElfW(Sym) * look_up(const struct library *library, const char *name, uint32_t hash) {
    const uint32_t *table = library->hash;
    uint32_t buckets = table[0], first = table[1], words = table[2], shift = table[3];
    const ElfW(Addr) *filter = (const ElfW(Addr) *)(table + 4);
    const uint32_t *bucket = (const uint32_t *)(filter + words), *chain = bucket + buckets;
    ElfW(Addr) word = filter[hash / 64 % words];
    if ((word >> hash % 64 & word >> (hash >> shift) % 64 & 1) == 0)
        return NULL;
    uint32_t index = bucket[hash % buckets];
    if (index < first)
        return NULL;
    do {
        if ((chain[index - first] | 1) == (hash | 1) && is_definition(library, index, name))
            return &library->symbols[index];
    } while ((chain[index++ - first] & 1) == 0);
    return NULL;
}

static bool is_libc(const struct link_map *map) {
    const char *slash = strrchr(map->l_name, '/');
    return strcmp(slash != NULL ? slash + 1 : map->l_name, "libc.so.6") == 0;
}

static const struct link_map *own_map(void) {
    const struct link_map *map = _r_debug.r_map;
    while (map != NULL && map->l_ld != _DYNAMIC)
        map = map->l_next;
    return map;
}

void *st_real_find(const char *name, void *entry) {
    uint32_t hash = hash_of(name);
    struct library library;
    for (const struct link_map *map = own_map()->l_next; map != NULL; map = map->l_next) {
        const ElfW(Sym) *symbol = read_tables(map, &library) ? look_up(&library, name, hash) : NULL;
        if (symbol != NULL) {
            void *found = (void *)(map->l_addr + symbol->st_value);
            __atomic_store_n((void **)entry, found, __ATOMIC_RELAXED);
            return found;
        }
        if (is_libc(map)) /* what lies behind may be unloaded at any time */
            break;
    }
    return NULL;
}
