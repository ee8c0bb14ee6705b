/* Processes: fork and what is like it, and how they end. */
#include "raw.h"
#include "real.h"
#include "wrapper.h"

#include <sched.h>
#include <stdarg.h>
#include <unistd.h>

static pid_t forked(struct st_call *call, pid_t pid) {
    if (pid == 0) {
        st_child_started();
        return 0;
    }
    st_fork_prepare(&(struct st_parent){0});
    st_end(call, &(struct st_done){.result = pid});
    return pid;
}

/* What most children call, looked up once by their parent: a child would touch libc's symbol tables anew, page by page.
 */
static void look_up_for_children(void) {
    static bool done;
    if (__atomic_load_n(&done, __ATOMIC_RELAXED))
        return;
    (void)ST_ORIGINAL(_exit);
    (void)ST_ORIGINAL(exit);
    (void)ST_ORIGINAL(execve);
    (void)ST_ORIGINAL(execvp);
    (void)ST_ORIGINAL(execvpe);
    (void)ST_ORIGINAL(execv);
    (void)ST_ORIGINAL(close);
    (void)ST_ORIGINAL(dup2);
    (void)ST_ORIGINAL(read);
    (void)ST_ORIGINAL(write);
    __atomic_store_n(&done, true, __ATOMIC_RELAXED);
}

static void begin_fork(struct st_call *call, uint16_t op) {
    struct st_parent parent;
    look_up_for_children();
    st_parent_begin(call, op, &parent);
    st_fork_prepare(&parent);
}

ST_EXPORT pid_t fork(void) {
    struct st_call call;
    begin_fork(&call, ST_FORK);
    return forked(&call, ST_ORIGINAL(fork)());
}

ST_EXPORT pid_t _Fork(void) {
    struct st_call call;
    begin_fork(&call, ST_FORK);
    return forked(&call, ST_ORIGINAL(_Fork)());
}

/* Forks inside libc, where the parent ends: recorded before, like a call that does not return. */
ST_EXPORT int daemon(int keep_directory, int keep_descriptors) {
    struct st_call call;
    begin_fork(&call, ST_FORK);
    st_record_now(&call, &(struct st_done){.result = 0});
    int result = ST_ORIGINAL(daemon)(keep_directory, keep_descriptors);
    if (result == 0 && keep_descriptors == 0)
        st_fd_forget_range(STDIN_FILENO, STDERR_FILENO);
    if (st_pid() == 0)
        st_child_started();
    st_fork_prepare(&(struct st_parent){0});
    return result;
}

/*
 * vfork returns twice on one stack, so no C function can stand around it: as in libc, the return address waits in a
 * register that the system call preserves while the child overwrites its place on the stack.
 */
static_assert(ST_VFORK == 433, "as below");
__asm__(".text\n"
        ".globl vfork\n"
        ".type vfork, @function\n"
        "vfork:\n"
        ".cfi_startproc\n"
        "    subq $8, %rsp\n"
        "    .cfi_adjust_cfa_offset 8\n"
        "    movl $433, %edi\n" /* ST_VFORK */
        "    xorl %esi, %esi\n"
        "    call st_vfork_enter\n"
        "    addq $8, %rsp\n"
        "    .cfi_adjust_cfa_offset -8\n"
        "    popq %rdi\n"
        "    .cfi_adjust_cfa_offset -8\n"
        "    .cfi_register %rip, %rdi\n"
        "    movl $58, %eax\n" /* SYS_vfork */
        "    syscall\n"
        "    pushq %rdi\n"
        "    .cfi_adjust_cfa_offset 8\n"
        "    .cfi_offset %rip, -8\n"
        "    movq %rax, %rdi\n"
        "    jmp st_vfork_leave\n" /* returns to the caller, with the stack aligned as at entry */
        ".cfi_endproc\n"
        ".size vfork, .-vfork\n");

struct routine {
    int (*run)(void *);
    void *argument;
};

static int run_forked(void *memory) {
    struct routine routine = *(struct routine *)memory;
    st_child_started();
    return routine.run(routine.argument);
}

/* With memory of its own the child is like a forked one; else see vfork.c. */
ST_EXPORT int clone(int (*run)(void *), void *stack, int flags, void *argument, ...) {
    struct st_call call;
    struct routine routine = {run, argument};
    va_list list;
    va_start(list, argument);
    pid_t *parent_tid = va_arg(list, pid_t *);
    void *tls = va_arg(list, void *);
    pid_t *child_tid = va_arg(list, pid_t *);
    va_end(list);
    bool own_memory = (flags & CLONE_VM) == 0 && run != NULL,
         shares_tls = (flags & (CLONE_VM | CLONE_SETTLS)) == CLONE_VM;

    if (shares_tls && (flags & (CLONE_VFORK | CLONE_FILES)) == CLONE_VFORK) {
        st_vfork_enter(ST_CLONE, (uint64_t)flags);
        int pid = ST_ORIGINAL(clone)(run, stack, flags, argument, parent_tid, tls, child_tid);
        return st_vfork_leave(pid > 0 ? pid : -errno);
    }
    begin_fork(&call, ST_CLONE);
    if (shares_tls)
        st_share();
    int pid = ST_ORIGINAL(clone)(own_memory ? run_forked : run, stack, flags, own_memory ? (void *)&routine : argument,
                                 parent_tid, tls, child_tid);
    struct st_done done = {.result = pid, .arg = {0, 0, (uint64_t)flags}};
    st_fork_prepare(&(struct st_parent){0});
    if (shares_tls)
        st_shared(&call, &done);
    else
        st_end(&call, &done);
    return pid;
}

static void record_exit(uint16_t op, int status) {
    struct st_call call;
    st_begin(&call, op);
    st_record_now(&call, &(struct st_done){.arg = {(uint64_t)status}});
}

ST_EXPORT void exit(int status) {
    record_exit(ST_EXIT, status);
    ST_ORIGINAL(exit)(status);
    __builtin_unreachable();
}

ST_EXPORT void _exit(int status) {
    record_exit(ST_UNDERSCORE_EXIT, status);
    ST_ORIGINAL(_exit)(status);
    __builtin_unreachable();
}

ST_EXPORT void _Exit(int status) {
    record_exit(ST_UNDERSCORE_EXIT, status);
    ST_ORIGINAL(_Exit)(status);
    __builtin_unreachable();
}
