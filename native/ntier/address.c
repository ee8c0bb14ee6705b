#include "address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool address_parse_ip(const char *text, uint32_t *ip) {
    return inet_pton(AF_INET, text, ip) == 1;
}

static bool parse_span(const char *text, size_t length, struct address *address) {
    char copy[ADDRESS_TEXT];
    if (length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    char *colon = strchr(copy, ':');
    if (colon == NULL)
        return false;
    *colon = '\0';
    char *end;
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (end == colon + 1 || *end != '\0' || port == 0 || port > UINT16_MAX)
        return false;
    *address = (struct address){.port = (uint16_t)port};
    return address_parse_ip(copy, &address->ip);
}

bool address_parse(const char *text, struct address *address) {
    return parse_span(text, strlen(text), address);
}

bool address_parse_list(const char *text, struct address *list, unsigned capacity, unsigned *count) {
    *count = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        if (*count == capacity || !parse_span(text, length, &list[*count]))
            return false;
        ++*count;
        text += length + (text[length] == ',');
    }
    return true;
}

const char *address_text(struct address address, char text[ADDRESS_TEXT]) {
    char ip[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address.ip, ip, sizeof ip);
    snprintf(text, ADDRESS_TEXT, "%s:%u", ip, address.port);
    return text;
}

struct sockaddr_in address_socket(struct address address) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(address.port), .sin_addr.s_addr = address.ip};
}
