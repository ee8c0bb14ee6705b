#ifndef NTIER_ADDRESS_H
#define NTIER_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_TEXT 24 /* "255.255.255.255:65535" and its end */

/* An IPv4 end point; ip is in network order, port in host order. */
struct address {
    uint32_t ip;
    uint16_t port;
    uint16_t zero;
};

bool address_parse_ip(const char *text, uint32_t *ip);
bool address_parse(const char *text, struct address *address);
/* Reads "ip:port,ip:port,..."; false when an entry is malformed or there are more than capacity. */
bool address_parse_list(const char *text, struct address *list, unsigned capacity, unsigned *count);
const char *address_text(struct address address, char text[ADDRESS_TEXT]);
struct sockaddr_in address_socket(struct address address);

#endif
