/*
 * syscall(): calls that go around the functions of their names. Those that have a wrapper here are recorded as it
 * records them; io_uring, and what else moves bytes or makes descriptors, with the number. All others pass untouched:
 * futex, because it says little and is called much; clone, fork and vfork, because the child comes back through here,
 * perhaps on its parent's stack.
 */
#include "io.h"
#include "real.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#define ARGUMENTS long number, long a, long b, long c, long d, long e, long f
#define SAME_ARGUMENTS number, a, b, c, d, e, f
#define ORIGINAL() ST_ORIGINAL(syscall)(SAME_ARGUMENTS)

static long numbered(ARGUMENTS) {
    struct st_call call;
    st_begin(&call, ST_SYSCALL);
    long result = ORIGINAL();
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)number, (uint64_t)a, (uint64_t)b}});
    return result;
}

static long making_descriptor(ARGUMENTS) {
    long result = numbered(SAME_ARGUMENTS);
    if (result >= 0)
        st_fd_take((int)result); /* learnt when it is first used */
    return result;
}

static long transfer(ARGUMENTS) {
    struct st_call call;
    const void *data = (const void *)b;
    long result;
    switch (number) {
    case SYS_read:
        st_begin_kind(&call, (int)a, ST_READ_SOCKET, ST_READ_PIPE, ST_READ_FILE);
        result = ORIGINAL();
        return st_moved(&call, (int)a, st_direction_of(&call, ST_TAKEN), data, (size_t)c, 0, result);
    case SYS_write:
        st_begin_kind(&call, (int)a, ST_WRITE_SOCKET, ST_WRITE_PIPE, ST_WRITE_FILE);
        result = ORIGINAL();
        return st_moved(&call, (int)a, st_direction_of(&call, ST_SENT), data, (size_t)c, 0, result);
    case SYS_readv:
        st_begin_kind(&call, (int)a, ST_READV_SOCKET, ST_READV_PIPE, ST_READV_FILE);
        return st_moved_vector(&call, (int)a, st_direction_on((int)a, ST_TAKEN), data, (int)c, 0, ORIGINAL());
    default: /* SYS_writev */
        st_begin_kind(&call, (int)a, ST_WRITEV_SOCKET, ST_WRITEV_PIPE, ST_WRITEV_FILE);
        return st_moved_vector(&call, (int)a, st_direction_on((int)a, ST_SENT), data, (int)c, 0, ORIGINAL());
    }
}

static long message(ARGUMENTS) {
    struct st_call call;
    const void *data = (const void *)b;
    const struct sockaddr *address = (const struct sockaddr *)e;
    socklen_t room;
    switch (number) {
    case SYS_sendto:
        st_begin_on(&call, ST_SENDTO, (int)a);
        return st_end_sendto(&call, (int)a, data, (size_t)c, (int)d, address, (socklen_t)f, ORIGINAL());
    case SYS_recvfrom:
        room = st_address_room((uintptr_t)f);
        st_begin_on(&call, ST_RECVFROM, (int)a);
        return st_end_recvfrom(&call, (int)a, data, (size_t)c, (int)d, address, (const socklen_t *)f, room, ORIGINAL());
    case SYS_sendmsg:
        st_begin_on(&call, ST_SENDMSG, (int)a);
        return st_end_sendmsg(&call, (int)a, data, (int)c, ORIGINAL());
    case SYS_sendmmsg:
        st_begin_on(&call, ST_SENDMMSG, (int)a);
        return st_end_messages(&call, (int)a, ST_SENT, data, (int)d, 0, (int)ORIGINAL());
    case SYS_recvmmsg:
        room = st_address_room((uintptr_t)b + offsetof(struct msghdr, msg_namelen)); /* the others have as much */
        st_begin_on(&call, ST_RECVMMSG, (int)a);
        return st_end_messages(&call, (int)a, ST_TAKEN, data, (int)d, room, (int)ORIGINAL());
    default: /* SYS_recvmsg */
        room = st_address_room((uintptr_t)b + offsetof(struct msghdr, msg_namelen));
        st_begin_on(&call, ST_RECVMSG, (int)a);
        return st_end_recvmsg(&call, (int)a, data, (int)c, room, ORIGINAL());
    }
}

static long connection(ARGUMENTS) {
    struct st_call call;
    switch (number) {
    case SYS_socket:
        st_begin(&call, ST_SOCKET);
        return st_end_socket(&call, (int)a, (int)b, (int)c, (int)ORIGINAL());
    case SYS_connect:
        st_begin_on(&call, ST_CONNECT, (int)a);
        return st_end_connect(&call, (int)a, (const struct sockaddr *)b, (socklen_t)c, (int)ORIGINAL());
    case SYS_accept:
        st_begin_on(&call, ST_ACCEPT, (int)a);
        return st_end_accept(&call, (int)a, 0, (int)ORIGINAL());
    default: /* SYS_accept4 */
        st_begin_on(&call, ST_ACCEPT4, (int)a);
        return st_end_accept(&call, (int)a, (int)d, (int)ORIGINAL());
    }
}

static long descriptor(ARGUMENTS) {
    struct st_call call;
    switch (number) {
    case SYS_close:
        st_begin_close(&call, (int)a);
        return st_end_close(&call, (int)a, (int)ORIGINAL());
    case SYS_dup:
        st_begin_on(&call, ST_DUP, (int)a);
        return st_end_dup(&call, (int)a, -1, 0, (int)ORIGINAL());
    case SYS_dup2:
        st_begin_on(&call, ST_DUP2, (int)a);
        return st_end_dup(&call, (int)a, (int)b, 0, (int)ORIGINAL());
    case SYS_dup3:
        st_begin_on(&call, ST_DUP3, (int)a);
        return st_end_dup(&call, (int)a, (int)b, (uint64_t)c, (int)ORIGINAL());
    case SYS_pipe:
        st_begin(&call, ST_PIPE);
        return st_end_pipe(&call, (const int *)a, 0, (int)ORIGINAL());
    case SYS_pipe2:
        st_begin(&call, ST_PIPE2);
        return st_end_pipe(&call, (const int *)a, (int)b, (int)ORIGINAL());
    case SYS_eventfd:
        st_begin(&call, ST_EVENTFD);
        return st_end_eventfd(&call, (unsigned int)a, 0, (int)ORIGINAL());
    case SYS_eventfd2:
        st_begin(&call, ST_EVENTFD);
        return st_end_eventfd(&call, (unsigned int)a, (int)b, (int)ORIGINAL());
    default: /* SYS_close_range, not recorded under its name either */
        if ((c & CLOSE_RANGE_CLOEXEC) == 0)
            st_fd_forget_range((unsigned int)a, (unsigned int)b);
        return ORIGINAL();
    }
}

static long opened(ARGUMENTS) {
    struct st_call call;
    int fd;
    switch (number) {
    case SYS_open:
        st_begin(&call, ST_OPEN);
        return st_end_open(&call, (const char *)a, (int)b, (int)ORIGINAL());
    case SYS_creat:
        st_begin(&call, ST_OPEN);
        return st_end_open(&call, (const char *)a, O_CREAT | O_WRONLY | O_TRUNC, (int)ORIGINAL());
    case SYS_openat:
        st_begin(&call, ST_OPENAT);
        return st_end_open(&call, (const char *)b, (int)c, (int)ORIGINAL());
    default: /* SYS_openat2 */
        st_begin(&call, ST_OPENAT);
        fd = (int)ORIGINAL();
        return st_end_open(&call, (const char *)b, fd >= 0 ? (int)((const struct open_how *)c)->flags : 0, fd);
    }
}

static long epoll(ARGUMENTS) {
    struct st_call call;
    switch (number) {
    case SYS_epoll_create:
    case SYS_epoll_create1:
        st_begin(&call, ST_EPOLL_CREATE);
        return st_end_epoll_create(&call, (int)a, (int)ORIGINAL());
    case SYS_epoll_ctl:
        st_begin_on(&call, ST_EPOLL_CTL, (int)c);
        return st_end_epoll_ctl(&call, (int)a, (int)b, (int)c, (int)ORIGINAL());
    default: /* SYS_epoll_wait, SYS_epoll_pwait */
        st_begin_on(&call, ST_EPOLL_WAIT, (int)a);
        return st_end_epoll_wait(&call, (int)a, (int)c, (int)d, (int)ORIGINAL());
    }
}

static long io_uring(ARGUMENTS) {
    struct st_call call;
    struct st_done done = {.arg = {(uint64_t)a, (uint64_t)b, (uint64_t)c}};
    if (number == SYS_io_uring_setup) {
        st_begin(&call, ST_IO_URING_SETUP);
        done.arg[1] = done.arg[2] = 0;
    } else {
        st_begin_on(&call, ST_IO_URING_ENTER, (int)a);
    }
    done.result = ORIGINAL();
    if (number == SYS_io_uring_setup && done.result >= 0)
        call.object = st_fd_created((int)done.result, ST_KIND_OTHER, "", ST_OBJ_CREATED);
    st_end(&call, &done);
    return done.result;
}

/* Who records it; NULL: nobody. */
static long (*recorder(long number))(ARGUMENTS) {
    switch (number) {
    case SYS_read:
    case SYS_write:
    case SYS_readv:
    case SYS_writev:
        return transfer;
    case SYS_sendto:
    case SYS_recvfrom:
    case SYS_sendmsg:
    case SYS_recvmsg:
    case SYS_sendmmsg:
    case SYS_recvmmsg:
        return message;
    case SYS_socket:
    case SYS_connect:
    case SYS_accept:
    case SYS_accept4:
        return connection;
    case SYS_close:
    case SYS_close_range:
    case SYS_dup:
    case SYS_dup2:
    case SYS_dup3:
    case SYS_pipe:
    case SYS_pipe2:
    case SYS_eventfd:
    case SYS_eventfd2:
        return descriptor;
    case SYS_open:
    case SYS_creat:
    case SYS_openat:
    case SYS_openat2:
        return opened;
    case SYS_epoll_create:
    case SYS_epoll_create1:
    case SYS_epoll_ctl:
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
        return epoll;
    case SYS_io_uring_setup:
    case SYS_io_uring_enter:
        return io_uring;
    case SYS_memfd_create:
    case SYS_timerfd_create:
    case SYS_signalfd4:
    case SYS_pidfd_getfd:
    case SYS_mq_open:
        return making_descriptor;
    case SYS_pread64:
    case SYS_pwrite64:
    case SYS_preadv:
    case SYS_pwritev:
    case SYS_preadv2:
    case SYS_pwritev2:
    case SYS_sendfile:
    case SYS_splice:
    case SYS_tee:
    case SYS_vmsplice:
    case SYS_copy_file_range:
    case SYS_poll:
    case SYS_ppoll:
    case SYS_select:
    case SYS_pselect6:
    case SYS_epoll_pwait2:
    case SYS_io_uring_register:
    case SYS_io_submit:
    case SYS_io_getevents:
    case SYS_mq_timedsend:
    case SYS_mq_timedreceive:
    case SYS_msgsnd:
    case SYS_msgrcv:
    case SYS_semop:
    case SYS_semtimedop:
    case SYS_bind:
    case SYS_listen:
    case SYS_shutdown:
    case SYS_socketpair:
        return numbered;
    default:
        return NULL;
    }
}

__attribute__((used)) static void *st_syscall_target(long number) {
    long (*recorded)(ARGUMENTS) = recorder(number);
    return recorded != NULL ? (void *)recorded : (void *)ST_ORIGINAL(syscall);
}

/*
 * A jump to where it goes, with the caller's registers and stack as they are: nothing of it is left on the stack, and
 * the last argument's place, which belongs to the caller where that passes less, is read by the recorders alone.
 */
__asm__(".text\n"
        ".globl syscall\n"
        ".type syscall, @function\n"
        "syscall:\n"
        "    .cfi_startproc\n"
        "    push %rdi\n"
        "    push %rsi\n"
        "    push %rdx\n"
        "    push %rcx\n"
        "    push %r8\n"
        "    push %r9\n"
        "    sub $8, %rsp\n"
        "    .cfi_adjust_cfa_offset 56\n"
        "    call st_syscall_target\n"
        "    add $8, %rsp\n"
        "    pop %r9\n"
        "    pop %r8\n"
        "    pop %rcx\n"
        "    pop %rdx\n"
        "    pop %rsi\n"
        "    pop %rdi\n"
        "    .cfi_adjust_cfa_offset -56\n"
        "    mov %rax, %r11\n"
        "    xor %eax, %eax\n"
        "    jmp *%r11\n"
        "    .cfi_endproc\n"
        ".size syscall, .-syscall\n");
