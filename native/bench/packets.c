// Sends packets at a given rate: packets INTERFACE udp64|tcp1500 COUNT PACKETS_PER_SECOND (0: as fast as it can).
// What the kernel did not take is sent again, so that COUNT packets leave. Prints the time that they took, in ns.

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
    BATCH = 32,
    ADDRESSES = 12, // of an Ethernet frame
    UDP_FRAME = 60, // 64 bytes on the wire, with the checksum that the device adds
    TCP_FRAME = 14 + 1500,
    FLOWS = 256,
    NS_PER_SECOND = 1000000000,
};

struct frame {
    uint8_t addresses[ADDRESSES];
    uint16_t type;
    struct iphdr ip;
    union {
        struct tcphdr tcp;
        struct udphdr udp;
    };
    uint8_t rest[TCP_FRAME];
} __attribute__((packed));

static struct frame frames[BATCH];

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int open_interface(const char *name) {
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = (int)if_nametoindex(name)};
    int bypass = 1;
    if (fd < 0 || address.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof bypass) < 0)
        fail(name);
    return fd;
}

// To another machine's address: the receiver's own stack leaves it alone, its capture sees it.
static void prepare(struct frame *f, bool tcp, size_t bytes) {
    memcpy(f->addresses, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01", ADDRESSES);
    f->type = htons(ETH_P_IP);
    f->ip = (struct iphdr){.version = 4, .ihl = 5, .ttl = 64, .protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP};
    f->ip.tot_len = htons((uint16_t)(bytes - offsetof(struct frame, ip)));
    f->ip.saddr = htonl(0x0a630001);
    f->ip.daddr = htonl(0x0a630002);
    if (tcp)
        f->tcp = (struct tcphdr){.dest = htons(8080), .doff = 5, .ack = 1, .psh = 1};
    else
        f->udp = (struct udphdr){.dest = htons(8080), .len = htons((uint16_t)(bytes - offsetof(struct frame, udp)))};
}

static void number(struct frame *f, bool tcp, uint64_t n) {
    uint16_t port = htons((uint16_t)(20000 + n % FLOWS));
    f->ip.id = htons((uint16_t)n);
    if (tcp) {
        f->tcp.source = port;
        f->tcp.seq = htonl((uint32_t)(n / FLOWS * 1460));
    } else {
        f->udp.source = port;
    }
}

int main(int argc, char **argv) {
    bool tcp = argc == 5 && strcmp(argv[2], "tcp1500") == 0;
    if (argc != 5 || (!tcp && strcmp(argv[2], "udp64") != 0)) {
        fprintf(stderr, "usage: %s INTERFACE udp64|tcp1500 COUNT PACKETS_PER_SECOND\n", argv[0]);
        return 2;
    }
    int fd = open_interface(argv[1]);
    uint64_t count = strtoull(argv[3], NULL, 10), rate = strtoull(argv[4], NULL, 10);
    size_t bytes = tcp ? TCP_FRAME : UDP_FRAME;

    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH];
    memset(messages, 0, sizeof messages);
    for (size_t i = 0; i < BATCH; i++) {
        prepare(&frames[i], tcp, bytes);
        parts[i] = (struct iovec){&frames[i], bytes};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }

    uint64_t start = now_ns();
    for (uint64_t sent = 0; sent < count;) {
        while (rate != 0 && (now_ns() - start) * rate / NS_PER_SECOND < sent)
            ;
        unsigned batch = count - sent < BATCH ? (unsigned)(count - sent) : BATCH;
        for (unsigned i = 0; i < batch; i++)
            number(&frames[i], tcp, sent + i);
        int taken = sendmmsg(fd, messages, batch, 0);
        if (taken < 0 && errno != ENOBUFS && errno != EAGAIN)
            fail("sendmmsg");
        sent += taken > 0 ? (uint64_t)taken : 0;
    }
    printf("%llu\n", (unsigned long long)(now_ns() - start));
    return 0;
}
