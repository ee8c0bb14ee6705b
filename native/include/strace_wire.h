/*
 * What libwrapper.so writes and the host agent reads: one shared-memory arena per (host, uid), holding one
 * single-producer single-consumer ring of 64-byte records a thread. This file is the only definition of the
 * layout; STrace.AgentProtocol mirrors it and a test holds the two against each other.
 *
 *   arena:  st_arena (4096 bytes) | st_ring[slots] (256 bytes each) | records of slot 0 | records of slot 1 | ...
 *
 * All numbers are little-endian, all sizes in bytes, all times in ticks of the arena's clock (st_arena.clock).
 */
#ifndef STRACE_WIRE_H
#define STRACE_WIRE_H

#include <assert.h>
#include <stdint.h>

#define ST_WIRE_MAGIC 0x43525453u /* "STRC" */
#define ST_WIRE_VERSION 2

enum st_op {
#define ST_OP(symbol, code, name) ST_##symbol = code,
#include "strace_ops.def"
#undef ST_OP
    /* records that are not calls */
    ST_REC_OBJECT = 0xf001,  /* struct st_object: what a descriptor stands for */
    ST_REC_CONT = 0xf002,    /* struct st_cont: more bytes of the record before it */
    ST_REC_LOST = 0xf003,    /* struct st_record: arg[0] first, arg[1] last lost sequence number */
    ST_REC_THREAD = 0xf004,  /* struct st_thread: who started this thread or process */
    ST_REC_MARK = 0xf005,    /* struct st_mark: a message begins or ends within the bytes of the next call */
    ST_REC_CONTEXT = 0xf006, /* struct st_context: what a runtime hook declares */
    ST_REC_CHILD = 0xf007,   /* struct st_child: the pid of the vfork child whose calls follow, with ST_F_CHILD */
};

/* st_record.flags: the low four bits say how many continuation records follow. */
#define ST_F_CONT_MASK 0x000fu
#define ST_F_NO_RETURN 0x0010u /* recorded before a call that does not return (exit, exec): no duration, no result */
#define ST_F_PEEK 0x0020u      /* MSG_PEEK: moved no stream offset */
#define ST_F_NONBLOCK 0x0040u  /* would have blocked, or was still in progress (EAGAIN, EINPROGRESS) */
#define ST_F_PEER 0x0080u      /* the continuations hold a struct st_peer: the peer of this call alone */
#define ST_F_CHILD 0x0100u     /* made by the vfork child that the last ST_REC_CHILD of this ring names */
#define ST_F_SIGNAL 0x0200u    /* made by a signal handler, within the call that it interrupted */

/* clang-format off */
/*
 * One call. `seq` counts the calls of the thread from 1 without gaps; what was lost is told by ST_REC_LOST.
 * `result` is the call's return value (a FILE* counts as its descriptor, or -1), errno is kept when it failed.
 *
 * arg[], by operation (a descriptor is a sign-extended int; "-" is 0):
 *   read write recv send readv writev recvfrom ...    fd, bytes asked for, flags
 *   recvmmsg sendmmsg     fd, index of the message, flags   (one record a message; result: its bytes)
 *   pread pwrite preadv pwritev aio_read aio_write    fd, bytes asked for, offset
 *   fread fwrite fgets fputs fgetc fputc puts printf scanf getline    fd, bytes asked for, -
 *   accept accept4        listening fd, -, flags   (result: the new descriptor; object: the new connection)
 *   connect bind          fd, -, -
 *   socket                domain, type, protocol
 *   listen                fd, backlog, -
 *   shutdown              fd, how, -
 *   close fclose pclose   fd, -, -
 *   open fopen fdopen ... fd (or -1), flags, -   (path)
 *   dup dup2 dup3         old fd, new fd, flags
 *   fcntl ioctl           fd, command, new fd or value
 *   pipe pipe2            read fd, write fd, flags
 *   socketpair            fd, fd, type   (object: of the first; each end has its own)
 *   sendfile splice tee copy_file_range    out fd, in fd (low 32 bits) and its object, bytes asked for   (object: of out)
 *   vmsplice              fd, bytes asked for, flags
 *   eventfd               initial value, flags, -
 *   eventfd_read eventfd_write    fd, value, -
 *   epoll_create          flags or size, -, -
 *   epoll_ctl             epoll fd, operation, fd   (object: of fd)
 *   epoll_wait            epoll fd, room, timeout in ms
 *   poll ppoll select pselect     count, timeout in ms, first ready fd or -1
 *   timerfd_create        clock, flags, -
 *   signalfd              fd, flags, -
 *   sigwait ...           -, -, -   (result: the signal)
 *   aio_return            fd, address of the control block, 1 when it read, 2 when it wrote
 *   aio_cancel            fd, address of the control block, -
 *   aio_suspend lio_listio    count, -, -
 *   msgget                key, flags, -
 *   msgsnd msgrcv         queue id, message type, flags
 *   shmget                key, size, flags
 *   shmat shmdt           segment id (shmdt: -), address asked for, flags
 *   semget                key, count, flags
 *   semop semtimedop      set id, semaphore number of the first op, its sem_op
 *   semctl                set id, semaphore, command
 *   msgctl shmctl         id, command, -
 *   mq_open shm_open memfd_create     fd, flags, -   (path: the name)
 *   mq_send mq_receive ...    fd, bytes asked for, priority
 *   mmap                  address got, length, offset   (object: of the file; MAP_SHARED of a file alone)
 *   munmap                address, length, -   (of what such an mmap made)
 *   sem_open              address, flags, -   (path: the name)
 *   sem_init              address, shared, value
 *   sem_*                 address, -, -
 *   pthread_cond_*        address of the condition, address of the mutex or -, -
 *   pthread_barrier_wait  address, -, -
 *   fork vfork clone      -, -, flags of clone   (the parent's record)
 *   posix_spawn           pid of the child, -, -   (path)
 *   system popen          fd of popen or -, -, -   (path: the command)
 *   waitpid wait ...      pid waited for, options, -   (result: the pid)
 *   pthread_create pthread_join thrd_*    pthread_t, -, -
 *   exit _exit            status, -, -
 *   execve                -, -, -   (path)
 *   getaddrinfo           family, -, -   (path: the name)
 *   io_uring_setup        entries, -, -
 *   io_uring_enter        fd, to submit, to wait for
 *   syscall               number, first, second argument
 *
 * `length`: bytes moved by a call that moves bytes (fread/fwrite: bytes, not items), else 0.
 */
/* clang-format on */
struct st_record {
    uint64_t enter;
    uint32_t seq;
    uint16_t op;
    uint16_t flags;
    uint64_t duration_errno; /* low 48 bits: duration in ticks, saturating; high 16 bits: errno, 0 when it succeeded */
    int64_t result;
    uint64_t arg[3];
    uint32_t object; /* number of the OBJECT in this arena; 0 = none */
    uint32_t length;
};
static_assert(sizeof(struct st_record) == 64, "one cache line");

#define ST_DURATION_MAX ((UINT64_C(1) << 48) - 1)

enum st_kind {
    ST_KIND_NONE = 0,
    ST_KIND_SOCKET = 1,
    ST_KIND_PIPE = 2, /* pipe or FIFO */
    ST_KIND_FILE = 3,
    ST_KIND_EVENTFD = 4,
    ST_KIND_OTHER = 5,  /* terminal, directory, epoll, ... */
    ST_KIND_MEMORY = 6, /* shared memory: shm_open, memfd_create */
    ST_KIND_QUEUE = 7,  /* POSIX message queue */
};

/* st_object.flags, beside the continuation count */
#define ST_OBJ_CREATED 0x0010u   /* this call made the kernel object: a new generation of its inode */
#define ST_OBJ_UPDATE 0x0020u    /* the same object number again, now with its addresses (connect, bind) */
#define ST_OBJ_WRITE_END 0x0040u /* the writing end of a pipe */
#define ST_OBJ_LISTENING 0x0080u

/*
 * What an object number stands for. Numbers are unique in the arena and never used again. The two ends of a pipe
 * are one object. Continuations: for a file, FIFO or AF_UNIX socket its path; for AF_INET6 addresses that are not
 * IPv4-mapped local[16] then peer[16] (local_ip and peer_ip are then 0). A mapped address is told as AF_INET.
 * Addresses and ports are in host byte order. A connected AF_UNIX socket has in peer_ip the process at the other end
 * (as SO_PEERCRED tells: the one that connected, or that listened), and an end of a socketpair has in local_ip the
 * object number of the other one. The inode of an eventfd is its eventfd-id (0 before Linux 5.2), its device 0.
 */
struct st_object {
    uint64_t time;
    uint32_t seq; /* of the call at which it was learnt */
    uint16_t op;  /* ST_REC_OBJECT */
    uint16_t flags;
    uint64_t inode;
    uint64_t device;
    uint32_t object;
    uint8_t kind;   /* enum st_kind */
    uint8_t family; /* AF_*, sockets only */
    uint8_t type;   /* SOCK_*, sockets only */
    uint8_t zero;
    uint32_t local_ip;
    uint32_t peer_ip;
    uint16_t local_port;
    uint16_t peer_port;
    int32_t fd;
    uint64_t birth; /* of a file, ns since the epoch; 0 = not told. Inodes are used again, inode and birth are not. */
};
static_assert(sizeof(struct st_object) == 64, "one cache line");

/* First record of a thread's ring when its start was seen: the call that started it, named by ring generation and
 * sequence. */
struct st_thread {
    uint64_t time;
    uint32_t seq; /* 0 */
    uint16_t op;  /* ST_REC_THREAD */
    uint16_t flags;
    uint64_t parent_generation; /* st_ring.generation of the creator's ring */
    uint32_t parent_seq;        /* of the creator's pthread_create or fork */
    uint32_t parent_tid;
    uint32_t parent_pid;
    uint32_t zero;
    uint64_t pthread; /* pthread_t of this thread; 0 for a forked child */
    uint64_t zeros[2];
};
static_assert(sizeof(struct st_thread) == 64, "one cache line");

/* The peer of one call on a datagram socket; an AF_UNIX peer's path follows it. */
struct st_peer {
    uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d; zero for AF_UNIX */
    uint16_t port;       /* host byte order */
    uint16_t family;     /* AF_*; AF_INET for a mapped address */
};
static_assert(sizeof(struct st_peer) == 20, "packed");

enum st_protocol {
    ST_PROTOCOL_NONE = 0,
    ST_PROTOCOL_HTTP1 = 1,
    ST_PROTOCOL_HTTP2 = 2,
    ST_PROTOCOL_FASTCGI = 3,
    ST_PROTOCOL_AJP = 4,
    ST_PROTOCOL_MYSQL = 5,
    ST_PROTOCOL_POSTGRESQL = 6,
    ST_PROTOCOL_RESP = 7,
    ST_PROTOCOL_MEMCACHED = 8,
    ST_PROTOCOL_DNS = 9,
};

/*
 * st_mark.flags, beside the continuation count. A REQUEST is answered by a RESPONSE; what nobody answers (a greeting, a
 * login, COM_STMT_CLOSE, "noreply", an interim HTTP response, a push) is neither. An END tells all that is known of its
 * message, and goes over what its START said; a START without END tells what was known by the end of its call. With
 * many messages open at once (HTTP/2) an END may tell its stream alone. Neither START nor END: more about the message
 * that is open (LAST, when it turns out to end with the connection), or an UPGRADE outside of messages.
 */
#define ST_MARK_START 0x0010u   /* the message's first byte is at `offset` of the call's bytes */
#define ST_MARK_END 0x0020u     /* its last byte is before `offset` (START's own offset is then `start`) */
#define ST_MARK_REQUEST 0x0040u /* else ST_MARK_RESPONSE, or neither: a greeting, a setting, a notification */
#define ST_MARK_RESPONSE 0x0080u
#define ST_MARK_LAST 0x0100u    /* the last message of its connection (the original's argument PP) */
#define ST_MARK_UPGRADE 0x0200u /* from here on the connection speaks another protocol */
#define ST_MARK_RESYNC 0x0400u  /* first message after bytes that the processor could not follow */

/*
 * A boundary of a message in the bytes that the next call of this ring moved: `seq` is that call's number, the
 * direction is the call's. A message that begins and ends in one call is one record with both flags; where its first
 * bytes did not say what they are, its START may be told a few bytes late, in the next call. The hashes are those of
 * libwrapper/protocol/hash.c; 0 = not told. The continuations hold the summary ("GET /cart"), at most
 * st_arena.summary_bytes long, and never more than 32 bytes.
 *
 * What is hashed: `line`, the method, a space and the target without scheme and authority (HTTP/1, FastCGI, AJP alike),
 * the digits of a status, the header block as sent (HTTP/2), the statement or what follows the command (MySQL),
 * everything said up to the Sync (PostgreSQL), the arguments (RESP), the command line's words (memcached), the question
 * (DNS). `headers`, lines of HTTP/1 with their name in small letters and without white space, hop-by-hop and forwarding
 * ones left out; the upper half of the hash. `body`, decoded of chunks and packets, when every byte of it was seen.
 */
struct st_mark {
    uint32_t start;  /* START: offset of the first byte in the call's bytes */
    uint32_t offset; /* END: offset behind the last byte */
    uint32_t seq;
    uint16_t op; /* ST_REC_MARK */
    uint16_t flags;
    uint64_t stream; /* the message's own id on a multiplexed connection (HTTP/2 stream, FastCGI and DNS id), else 0 */
    uint32_t headers[4]; /* witness: the four smallest hashes of end-to-end header lines, ascending; 0 = fewer */
    uint64_t line;       /* witness: request or status line, statement or command */
    uint64_t body;       /* witness: body, at END */
    uint16_t code;       /* status of a response, else 0 */
    uint8_t protocol;    /* enum st_protocol */
    uint8_t zero;
    uint32_t count; /* messages that this record stands for: 1, or more when they are too many for a record each */
};
static_assert(sizeof(struct st_mark) == 64, "one cache line");

enum st_context_what {
    ST_CONTEXT_CURRENT = 0, /* the thread's calls from here on serve `context` (0: none is declared) */
    /* the next `bytes` bytes sent on `object`, not declared before, serve `context`; with 0 bytes, so does the request
       that came in on `object` last */
    ST_CONTEXT_BYTES = 1,
};

/* What a runtime hook declares through strace_set_context and strace_declare_bytes. Valid for one process. */
struct st_context {
    uint64_t time;
    uint32_t seq; /* of the ring's last call before it */
    uint16_t op;  /* ST_REC_CONTEXT */
    uint16_t flags;
    uint64_t context;
    uint64_t bytes;
    uint32_t object;
    uint32_t what; /* enum st_context_what */
    uint64_t zeros[3];
};
static_assert(sizeof(struct st_context) == 64, "one cache line");

/* A vfork child works on its parent's memory and so in its parent's ring, until it executes a program or exits. */
struct st_child {
    uint64_t time;
    uint32_t seq; /* of the parent's vfork */
    uint16_t op;  /* ST_REC_CHILD */
    uint16_t flags;
    uint32_t pid;
    uint32_t zero;
    uint64_t zeros[5];
};
static_assert(sizeof(struct st_child) == 64, "one cache line");

#define ST_CONT_BYTES 48
struct st_cont {
    uint64_t zero;
    uint32_t seq;    /* of the record that it continues */
    uint16_t op;     /* ST_REC_CONT */
    uint16_t length; /* bytes used of data */
    uint8_t data[ST_CONT_BYTES];
};
static_assert(sizeof(struct st_cont) == 64, "one cache line");

/* st_ring.state */
enum { ST_RING_FREE = 0, ST_RING_OWNED = 1 };

/*
 * A flag of st_ring.call_op: a time has been, or is about to be, taken that no record and no call_enter tells yet (a
 * call begins, ends, or interrupts another; a thread starts). It is stored before the time is taken and stays until the
 * record is published. So who reads the time, then call_op and then head knows of everything earlier than that time:
 * it is among the records, or the call in progress or this flag announces it.
 */
#define ST_CALL_UNSETTLED 0x10000u

/*
 * One ring. head and tail count records from the beginning of the ring's life (never wrapped, index = count & (records
 * - 1)). The producer writes records, then stores head with release; the agent reads head with acquire and stores tail
 * with release. A slot is claimed by compare-and-swap of state FREE -> OWNED; the agent frees it when its owner is dead
 * and it was read to the end (it sets pid, tid, generation, ended, call_op, seq, lost, head and tail to 0 before state
 * = FREE). A thread that ends sets `ended` to 1 after its last record.
 */
struct st_ring {
    /* identity: written by the owner right after the claim, generation last with release (0 while it is being filled)
     */
    uint32_t state;
    uint32_t pid;
    uint32_t tid;
    uint32_t ppid;
    uint64_t generation; /* unique in the arena, from st_arena.next_generation */
    uint32_t ended;
    uint32_t zero;
    char program[32]; /* basename of the executable, NUL-terminated */
    /* producer */
    uint64_t head;
    uint64_t lost;    /* calls not recorded because the ring stayed full */
    uint32_t seq;     /* of the last call that was given a number */
    uint32_t call_op; /* the call in progress, 0 = none: stored before it, cleared after it; ST_CALL_UNSETTLED */
    uint64_t call_enter;
    uint32_t call_object;
    uint32_t zero2;
    uint64_t zeros[3];
    /* consumer */
    uint64_t tail;
    uint64_t zeros2[15];
};
static_assert(sizeof(struct st_ring) == 256, "four cache lines");

enum { ST_CLOCK_MONOTONIC = 1, ST_CLOCK_TSC = 2 };
enum { ST_POLICY_BLOCK = 1, ST_POLICY_DROP = 2 };

#define ST_ARENA_HEADER_BYTES 4096
struct st_arena {
    uint32_t magic;
    uint32_t version;
    uint64_t bytes;           /* of the whole arena */
    uint32_t slots;           /* rings */
    uint32_t records;         /* a ring, a power of two */
    uint32_t clock;           /* ST_CLOCK_*: ticks of every time in the arena */
    uint32_t armed;           /* 1: record calls; 0: only OBJECT and THREAD records are kept up to date */
    uint32_t policy;          /* ST_POLICY_*: what to do when a ring is full */
    uint32_t agent_alive;     /* 0 after an orderly end of the agent: then nobody waits */
    uint64_t block_ticks;     /* BLOCK: the longest wait of one call before it drops */
    uint64_t heartbeat;       /* last time the agent looked (ticks) */
    uint64_t next_generation; /* fetch-and-add */
    uint32_t next_object;     /* fetch-and-add, starts at 1 */
    uint32_t no_slot;         /* threads that found no free slot and run unrecorded */
    uint32_t marks;           /* 1: the protocol processors look at what is sent and received */
    uint32_t
        summary_bytes; /* longest summary of a MARK; 0: none. $STRACE_SUMMARY_BYTES of a program can only lower it */
    uint32_t attach_failed; /* processes that were handed this arena and could not use it */
    uint32_t zero;
    uint64_t stale_ticks; /* a heartbeat older than this (2 s) means that nobody drains: drop at once */
};
static_assert(sizeof(struct st_arena) <= ST_ARENA_HEADER_BYTES, "header page");

/*
 * Attaching: the agent's Unix stream socket is $STRACE_SOCKET, else /run/s-trace/$STRACE_HOST.sock, else
 * /run/s-trace/<host name>.sock. Of a user that has an arena the agent keeps a symbolic link to it, named as the socket
 * with a dot and the user's number behind; libwrapper maps what it names when that is the user's own file of mode 0600,
 * of this version, with agent_alive set. Where it is not, it connects to the socket, writes a request and reads the
 * reply; the agent takes pid and uid from the peer credentials.
 */
struct st_attach_request {
    uint32_t magic;
    uint32_t version;
};
enum { ST_ATTACH_OK = 0, ST_ATTACH_VERSION = 1, ST_ATTACH_REFUSED = 2 };
struct st_attach_reply {
    uint32_t magic;
    uint32_t version;
    uint32_t status; /* ST_ATTACH_* */
    uint32_t zero;
    uint64_t bytes; /* of the arena */
    char path[104]; /* the arena's file, to be opened read-write and mapped shared; NUL-terminated */
};
static_assert(sizeof(struct st_attach_reply) == 128, "fixed size");

#endif
