#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../ntier/fail.h"

static const char usage[] =
    "usage: models --model process|thread|process-pool|thread-pool|event\n"
    "              --io blocking|polling|select|epoll|signal|async --listen IP:PORT --truth FILE [--calls FILE]\n"
    "              [--next IP:PORT [--next-keep]] [--pool 16] [--accept pool|main] [--touch FILE]\n"
    "              [--write-when-ready] [--tier NAME] [--host NAME] [--records N]\n"
    "       models --client --to IP:PORT --truth FILE [--calls FILE --ip IP] [--requests N] [--first N]\n"
    "              [--in-flight W] [--fresh|--keep] [--distinct] [--pipeline N] [--prefix P]\n"
    "              [--tier NAME] [--host NAME] [--records N]\n"
    "epoll is for --model event alone, which knows no blocking; --accept main is for thread-pool alone.\n";

static const char *const model_names[MODEL_COUNT] = {"process", "thread", "process-pool", "thread-pool", "event"};

static unsigned number(const char *name, const char *text, unsigned least, unsigned most) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || *text == '-' || value < least || value > most)
        fail_usage("%s %s: a number from %u to %u is needed", name, text, least, most);
    return (unsigned)value;
}

static struct address address(const char *name, const char *text) {
    struct address value;
    if (!address_parse(text, &value))
        fail_usage("%s %s: IP:PORT is needed", name, text);
    return value;
}

static unsigned word(const char *name, const char *text, const char *const *words, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0)
            return i;
    fail_usage("%s does not know %s (see models --help)", name, text);
}

static bool read_flag(const char *name, struct options *options) {
    if (strcmp(name, "--client") == 0)
        options->client = true;
    else if (strcmp(name, "--next-keep") == 0 || strcmp(name, "--keep") == 0)
        options->keep = true;
    else if (strcmp(name, "--fresh") == 0)
        options->keep = false;
    else if (strcmp(name, "--distinct") == 0)
        options->distinct = true;
    else if (strcmp(name, "--write-when-ready") == 0)
        options->write_when_ready = true;
    else
        return false;
    return true;
}

static bool read_text(const char *name, const char *value, struct options *options) {
    const struct {
        const char *name;
        const char **text;
    } texts[] = {{"--touch", &options->touch}, {"--prefix", &options->prefix}, {"--tier", &options->tier},
                 {"--host", &options->host},   {"--truth", &options->truth},   {"--calls", &options->calls}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].text = value;
            return true;
        }
    return false;
}

static void read_value(const char *name, const char *value, struct options *options) {
    static const char *const accepters[] = {"pool", "main"};
    if (read_text(name, value, options))
        return;
    if (strcmp(name, "--model") == 0)
        options->model = word(name, value, model_names, MODEL_COUNT);
    else if (strcmp(name, "--io") == 0)
        options->io = word(name, value, io_names, IO_COUNT);
    else if (strcmp(name, "--accept") == 0)
        options->main_accepts = word(name, value, accepters, 2) == 1;
    else if (strcmp(name, "--listen") == 0)
        options->self = address(name, value);
    else if (strcmp(name, "--next") == 0 || strcmp(name, "--to") == 0)
        options->next = address(name, value);
    else if (strcmp(name, "--pool") == 0)
        options->pool = number(name, value, 1, 1024);
    else if (strcmp(name, "--requests") == 0)
        options->requests = number(name, value, 1, 10000000);
    else if (strcmp(name, "--first") == 0)
        options->first = number(name, value, 0, 100000000);
    else if (strcmp(name, "--in-flight") == 0)
        options->in_flight = number(name, value, 1, 1024);
    else if (strcmp(name, "--pipeline") == 0)
        options->pipeline = number(name, value, 1, 64);
    else if (strcmp(name, "--records") == 0)
        options->records = number(name, value, 1, 10000000);
    else if (strcmp(name, "--ip") != 0 || !address_parse_ip(value, &options->self.ip))
        fail_usage("%s %s is not understood (see models --help)", name, value);
}

static void check(const struct options *options) {
    if (options->truth == NULL)
        fail_usage("--truth is needed");
    if (options->client && (options->next.port == 0 || (options->calls != NULL && options->self.ip == 0)))
        fail_usage("a client needs --to, and --ip where it writes --calls");
    if (options->client && options->pipeline > 1 && !options->keep)
        fail_usage("--pipeline needs --keep");
    if (options->client)
        return;
    if (options->self.port == 0)
        fail_usage("a tier needs --listen");
    if (options->model == MODEL_COUNT || options->io == IO_COUNT)
        fail_usage("a tier needs --model and --io");
    if (options->io == (options->model == MODEL_EVENT ? IO_BLOCKING : IO_EPOLL))
        fail_usage("--model %s has no --io %s", model_names[options->model], io_names[options->io]);
    if (options->main_accepts && options->model != MODEL_THREAD_POOL)
        fail_usage("--accept main is for --model thread-pool");
}

static const char *own_host(void) {
    static char name[64];
    const char *given = getenv("STRACE_HOST");
    return given != NULL || gethostname(name, sizeof name - 1) != 0 ? given : name;
}

struct options options_read(char **arguments) {
    struct options options = {.model = MODEL_COUNT,
                              .io = IO_COUNT,
                              .pool = 16,
                              .requests = 1,
                              .first = 1,
                              .in_flight = 1,
                              .pipeline = 1,
                              .prefix = "r",
                              .host = own_host(),
                              .records = 100000};
    while (*arguments != NULL) {
        const char *name = *arguments++;
        if (strcmp(name, "--help") == 0) {
            fputs(usage, stdout);
            exit(0);
        }
        if (read_flag(name, &options))
            continue;
        if (*arguments == NULL)
            fail_usage("%s needs a value, or is not known (see models --help)", name);
        read_value(name, *arguments++, &options);
    }
    check(&options);
    if (options.tier == NULL)
        options.tier = options.client ? "client" : model_names[options.model];
    return options;
}
