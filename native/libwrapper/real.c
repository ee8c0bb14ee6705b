#include "real.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

struct st_real st_real;

void *st_real_find(const char *name, void *entry) {
    int saved = errno;
    void *found = dlsym(RTLD_NEXT, name);
    errno = saved;
    memcpy(entry, &found, sizeof found);
    return found;
}

void st_real_fill(void) {
#define ST_REAL(type, name, parameters) (void)ST_ORIGINAL(name);
#include "real.def"
#undef ST_REAL
}
