/* Plays N OpenFlow 1.0 switches against a controller and counts its answers, in the manner of cbench.

   Each PACKET_IN has a buffer id of its own; its answer is the FLOW_MOD or PACKET_OUT that names the id and does
   something with the packet; one that does nothing drops it, and is counted apart. `latency`: a switch sends the next
   PACKET_IN when the last one is answered, or a pause after it: then what an answer takes is not the others' turns.
   `throughput`: as many as the connection takes. The switches answer FEATURES, ECHO, BARRIER, GET_CONFIG and DESC
   statistics, and nothing else, as load generators in the field do. Prints one line of JSON. */
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "loopback.h"

enum {
    HELLO,
    ERROR,
    ECHO_REQUEST,
    ECHO_REPLY,
    FEATURES_REQUEST = 5,
    FEATURES_REPLY,
    GET_CONFIG_REQUEST,
    GET_CONFIG_REPLY,
    PACKET_IN = 10,
    PACKET_OUT = 13,
    FLOW_MOD,
    STATS_REQUEST = 16,
    STATS_REPLY,
    BARRIER_REQUEST,
    BARRIER_REPLY
};
enum {
    HEADER = 8,
    FRAME = 64,
    PACKET_IN_HEADER = 18,
    PACKET = PACKET_IN_HEADER + FRAME,
    PORTS = 4,
    PORT = 48,
    DESC = 1056
};
enum { IN_BYTES = 1 << 16, OUT_BYTES = 1 << 16, LATENCIES = 1 << 20 };
#define NO_BUFFER 0xffffffffu
#define NS 1000000000ull

struct peer {
    int fd;
    bool is_ready; /* it has been asked for its features */
    bool is_answered, is_asking;
    uint32_t next_buffer;
    uint32_t next_mac;
    uint64_t sent_ns, due_ns;
    size_t in, out;
    uint8_t received[IN_BYTES], waiting[OUT_BYTES + DESC + HEADER];
};

static struct peer *peers;
static unsigned switches = 1, macs = 100, seconds = 5, warm_up = 1, pause_ms;
static bool is_latency;
static uint64_t answers, dropped, lost;
static unsigned answered_switches;
static uint32_t latencies[LATENCIES];
static size_t latency_count;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * NS + (uint64_t)time.tv_nsec;
}

static void put16(uint8_t *at, unsigned value) {
    value = htons((uint16_t)value);
    memcpy(at, &value, 2);
}

static void put32(uint8_t *at, uint32_t value) {
    value = htonl(value);
    memcpy(at, &value, 4);
}

static uint32_t get32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return ntohl(value);
}

static uint8_t *queue(struct peer *peer, unsigned type, uint32_t xid, size_t length) {
    if (peer->out + length > sizeof peer->waiting) {
        errno = ENOBUFS;
        fail("the controller does not read");
    }
    uint8_t *message = peer->waiting + peer->out;
    memset(message, 0, length);
    message[0] = 1;
    message[1] = (uint8_t)type;
    put16(message + 2, (unsigned)length);
    put32(message + 4, xid);
    peer->out += length;
    return message;
}

static void flush(struct peer *peer) {
    size_t sent = 0;
    while (sent < peer->out) {
        ssize_t count = send(peer->fd, peer->waiting + sent, peer->out - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EAGAIN)
            break;
        if (count < 0)
            fail("the controller closed a connection");
        sent += (size_t)count;
    }
    memmove(peer->waiting, peer->waiting + sent, peer->out - sent);
    peer->out -= sent;
}

/* A TCP segment from one of the switch's hosts to the host that was seen first. */
static void packet_in(struct peer *peer, uint32_t mac, bool is_learnt) {
    static const uint8_t target[6] = {6, 0, 0, 0, 0, 1};
    uint8_t *message = queue(peer, PACKET_IN, 0, PACKET), *frame = message + PACKET_IN_HEADER;
    put32(message + 8, peer->next_buffer++);
    put16(message + 12, FRAME);
    put16(message + 14, is_learnt ? 1 : 2); /* the target is at port 2 */
    uint8_t source[6] = {2, (uint8_t)(peer - peers)};
    put32(source + 2, mac);
    memcpy(frame, is_learnt ? target : (const uint8_t[6]){255, 255, 255, 255, 255, 255}, 6);
    memcpy(frame + 6, is_learnt ? source : target, 6);
    put16(frame + 12, 0x0800);
    frame[14] = 0x45;
    put16(frame + 16, FRAME - 14);
    frame[22] = 64;
    frame[23] = 6;
    put32(frame + 26, 0x0a000000 | (mac & 0xffffff));
    put32(frame + 30, 0x0afffffe);
    put16(frame + 34, 1024 + mac % 60000);
    put16(frame + 36, 80);
    frame[46] = 0x50;
}

static void ask(struct peer *peer) {
    packet_in(peer, peer->next_mac++ % macs, true);
    peer->sent_ns = now();
}

static void fill(struct peer *peer) {
    while (peer->out + PACKET <= OUT_BYTES)
        packet_in(peer, peer->next_mac++ % macs, true);
    flush(peer);
}

static void features(struct peer *peer, uint32_t xid) {
    uint8_t *reply = queue(peer, FEATURES_REPLY, xid, HEADER + 24 + PORTS * PORT);
    put32(reply + 12, (uint32_t)(peer - peers) + 1);
    put32(reply + 16, 256);
    reply[20] = 1;
    put32(reply + 28, 0xfff);
    for (unsigned i = 0; i < PORTS; i++) {
        uint8_t *port = reply + 32 + i * PORT;
        put16(port, i + 1);
        port[2] = 2;
        port[7] = (uint8_t)(i + 1);
        snprintf((char *)port + 8, 16, "s%u-eth%u", (unsigned)(peer - peers) + 1, i + 1);
    }
    peer->is_ready = true;
}

static void answered(struct peer *peer, uint32_t buffer, bool is_sent_on) {
    if (buffer == NO_BUFFER)
        return;
    if (is_sent_on) {
        answers++;
        answered_switches += !peer->is_answered;
        peer->is_answered = true;
    } else {
        dropped++;
    }
    if (!peer->is_asking || buffer != peer->next_buffer - 1)
        return;
    uint64_t at = now(), took = at - peer->sent_ns;
    if (latency_count < LATENCIES)
        latencies[latency_count++] = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
    peer->due_ns = at + pause_ms * (NS / 1000);
    if (pause_ms == 0)
        ask(peer);
}

/* Asks for those whose pause is over. */
static void ask_due(uint64_t at) {
    for (unsigned i = 0; i < switches; i++) {
        if (peers[i].due_ns == 0 || at < peers[i].due_ns)
            continue;
        peers[i].due_ns = 0;
        ask(&peers[i]);
        flush(&peers[i]);
    }
}

static void take(struct peer *peer, const uint8_t *message, size_t length) {
    uint32_t xid = get32(message + 4);
    switch (message[1]) {
    case ECHO_REQUEST:
        queue(peer, ECHO_REPLY, xid, HEADER);
        break;
    case FEATURES_REQUEST:
        features(peer, xid);
        break;
    case GET_CONFIG_REQUEST:
        put16(queue(peer, GET_CONFIG_REPLY, xid, HEADER + 4) + 10, 128);
        break;
    case BARRIER_REQUEST:
        queue(peer, BARRIER_REPLY, xid, HEADER);
        break;
    case STATS_REQUEST:
        if (length >= 12 && message[8] == 0 && message[9] == 0)
            queue(peer, STATS_REPLY, xid, HEADER + 4 + DESC);
        break;
    case FLOW_MOD:
        if (length >= 72)
            answered(peer, get32(message + 64), length > 72);
        break;
    case PACKET_OUT:
        if (length >= 16)
            answered(peer, get32(message + 8), (message[14] | message[15]) != 0);
        break;
    case ERROR:
        lost++;
    }
}

static void receive(struct peer *peer) {
    ssize_t count = recv(peer->fd, peer->received + peer->in, sizeof peer->received - peer->in, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN)
        return;
    if (count <= 0) {
        errno = count == 0 ? ECONNRESET : errno;
        fail("the controller closed a connection");
    }
    peer->in += (size_t)count;
    size_t at = 0;
    while (peer->in - at >= HEADER) {
        size_t length = (size_t)peer->received[at + 2] << 8 | peer->received[at + 3];
        if (length < HEADER) {
            errno = EPROTO;
            fail("a message shorter than its header");
        }
        if (peer->in - at < length)
            break;
        take(peer, peer->received + at, length);
        at += length;
    }
    memmove(peer->received, peer->received + at, peer->in - at);
    peer->in -= at;
}

static void open_all(int poll, unsigned port) {
    for (unsigned i = 0; i < switches; i++) {
        peers[i].fd = connect_to(port);
        queue(&peers[i], HELLO, 0, HEADER);
        flush(&peers[i]);
        watch(poll, peers[i].fd, &peers[i]);
    }
}

static void start(int poll, struct peer *peer) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = peer};
    if (is_latency) {
        peer->is_asking = true;
        ask(peer);
        flush(peer);
    } else if (epoll_ctl(poll, EPOLL_CTL_MOD, peer->fd, &event) < 0) {
        fail("epoll_ctl");
    }
}

/* A controller may not listen to a switch or to a port at once, nor a proxy have found its own: those that were not
 * answered ask again. */
static void ask_again(uint64_t at) {
    for (unsigned i = 0; i < switches; i++) {
        if (!peers[i].is_ready || peers[i].is_answered || at - peers[i].sent_ns < NS / 5)
            continue;
        packet_in(&peers[i], 0, false);
        flush(&peers[i]);
        peers[i].sent_ns = at;
    }
}

/* Until the time, or until every switch has been answered. */
static void run(int poll, uint64_t until, bool is_load) {
    struct epoll_event events[64];
    for (uint64_t at = now(); at < until; at = now()) {
        if (!is_load && answered_switches == switches)
            return;
        if (!is_load)
            ask_again(at);
        else if (pause_ms > 0)
            ask_due(at);
        int count = epoll_wait(poll, events, 64, pause_ms > 0 ? 1 : 100);
        if (count < 0 && errno != EINTR)
            fail("epoll_wait");
        for (int i = 0; i < count; i++) {
            struct peer *peer = events[i].data.ptr;
            if (events[i].events & ~(unsigned)EPOLLOUT)
                receive(peer);
            if (is_load && !is_latency)
                fill(peer);
            else
                flush(peer);
        }
    }
}

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double microseconds(double share) {
    return latency_count == 0 ? 0 : latencies[(size_t)(share * (double)(latency_count - 1))] / 1000.0;
}

static unsigned number(const char *text) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == 0 || *end != 0 || value == 0 || value > UINT32_MAX) {
        fprintf(stderr, "switches: %s is no number of 1 or more\n", text);
        exit(2);
    }
    return (unsigned)value;
}

int main(int count, char **arguments) {
    if (count < 3 || (strcmp(arguments[2], "latency") != 0 && strcmp(arguments[2], "throughput") != 0)) {
        fprintf(stderr,
                "usage: switches PORT latency|throughput [SWITCHES [MACS [SECONDS [WARM-UP-SECONDS [PAUSE-MS]]]]]\n");
        return 2;
    }
    unsigned port = number(arguments[1]);
    is_latency = strcmp(arguments[2], "latency") == 0;
    unsigned *options[] = {&switches, &macs, &seconds, &warm_up, &pause_ms};
    for (int i = 3; i < count && i < 8; i++)
        *options[i - 3] = number(arguments[i]);
    peers = calloc(switches, sizeof *peers);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    if (peers == NULL || poll < 0)
        fail("cannot begin");
    open_all(poll, port);
    run(poll, now() + 20 * NS, false);
    if (answered_switches < switches) {
        fprintf(stderr, "switches: only %u of %u switches were answered in 20 s\n", answered_switches, switches);
        return 1;
    }
    for (unsigned i = 0; i < switches; i++)
        start(poll, &peers[i]);
    run(poll, now() + warm_up * NS, true);
    answers = dropped = latency_count = 0;
    uint64_t began = now();
    run(poll, began + seconds * NS, true);
    double took = (double)(now() - began) / (double)NS;
    qsort(latencies, latency_count, sizeof *latencies, by_value);
    printf(
        "{\"answersPerSecond\":%.0f,\"answers\":%llu,\"dropped\":%llu,\"errors\":%llu,\"medianUs\":%.1f,\"p99Us\":%.1f,"
        "\"maxUs\":%.1f}\n",
        (double)answers / took, (unsigned long long)answers, (unsigned long long)dropped, (unsigned long long)lost,
        microseconds(0.5), microseconds(0.99), microseconds(1));
    return 0;
}
