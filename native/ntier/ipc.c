#include "ipc.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <unistd.h>

static const char *file_directory;
static char host_text[INET_ADDRSTRLEN];
static uint32_t key_host;
static uint32_t key_start;

void ipc_init(const char *directory, uint32_t ip) {
    file_directory = directory;
    inet_ntop(AF_INET, &ip, host_text, sizeof host_text);
    key_host = ntohl(ip) << 24;
    key_start = (uint32_t)getpid() << 8; /* keys that a killed replica left behind cost a retry each */
}

void ipc_file_path(char path[PATH_TEXT], const struct message *request, const char *suffix) {
    snprintf(path, PATH_TEXT, "%s/%s-%s-%u-%u.%s", file_directory, host_text, request->request, request->hop,
             request->layer, suffix);
}

key_t ipc_next_key(void) {
    /* The last octet keeps hosts apart, which share System V keys when they are network namespaces of one machine. */
    uint32_t number = (key_start + truth_next_number()) & 0xffffffu;
    return (key_t)(key_host | (number == 0 ? 1 : number));
}
