#include "raw.h"
#include "real.h"
#include "wrapper.h"

#include <sys/wait.h>
#include <unistd.h>

ST_EXPORT pid_t fork(void) {
    struct st_call call;
    struct st_parent parent;
    st_parent_begin(&call, ST_FORK, &parent);
    st_fork_prepare(&parent);
    pid_t pid = ST_ORIGINAL(fork)();
    if (pid == 0) {
        st_child_started();
        return 0;
    }
    st_fork_prepare(&(struct st_parent){0});
    st_end(&call, &(struct st_done){.result = pid});
    return pid;
}

/*
 * vfork returns twice on one stack, so no C function can stand around it: as in libc, the return address waits in a
 * register that the system call preserves while the child overwrites its place on the stack.
 */
__asm__(".text\n"
        ".globl vfork\n"
        ".type vfork, @function\n"
        "vfork:\n"
        ".cfi_startproc\n"
        "    subq $8, %rsp\n"
        "    .cfi_adjust_cfa_offset 8\n"
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

ST_EXPORT pid_t waitpid(pid_t pid, int *status, int options) {
    struct st_call call;
    st_begin(&call, ST_WAITPID);
    pid_t result = ST_ORIGINAL(waitpid)(pid, status, options);
    st_end(&call, &(struct st_done){.result = result, .arg = {(uint64_t)pid, (uint64_t)options}});
    return result;
}

ST_EXPORT pid_t wait(int *status) {
    struct st_call call;
    st_begin(&call, ST_WAIT);
    pid_t result = ST_ORIGINAL(wait)(status);
    st_end(&call, &(struct st_done){.result = result, .arg = {UINT64_MAX}});
    return result;
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
