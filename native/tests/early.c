/* A library of the probe. Like those of any program it is initialised before libwrapper.so, which is preloaded. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

__attribute__((visibility("default"))) int early_calls;

__attribute__((constructor)) static void call_early(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "early") == 0)
        early_calls = close(open("/etc/passwd", O_RDONLY)) == 0;
}
