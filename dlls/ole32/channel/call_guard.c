/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Structured exception handling, which gcc has no words for: a frame with a language-specific
 * handler. When the system looks for somebody to take an exception, after all handlers further
 * inside, the handler takes it and unwinds to the end of the function, with the code as its result.
 */
#include "call_guard.h"

#if defined(__x86_64__)

/* clang-format off */
__asm__(
    ".text\n"
    "    .globl  call_guarded\n"
    "    .def    call_guarded; .scl 2; .type 32; .endef\n"
    "    .seh_proc call_guarded\n"
    "call_guarded:\n"
    "    pushq   %rbp\n"
    "    .seh_pushreg %rbp\n"
    "    subq    $0x30, %rsp\n"
    "    .seh_stackalloc 0x30\n"
    "    leaq    0x30(%rsp), %rbp\n"
    "    .seh_setframe %rbp, 0x30\n"
    "    .seh_endprologue\n"
    "    .seh_handler call_guard_handler, @except\n"
    "    movq    %rcx, %rax\n"
    "    movq    %rdx, %rcx\n"
    "    callq   *%rax\n"
    "    xorl    %eax, %eax\n"
    "    nop\n"
    "call_guard_return:\n"
    "    addq    $0x30, %rsp\n"
    "    popq    %rbp\n"
    "    retq\n"
    "    .seh_endproc\n"
    "\n"
    /* EXCEPTION_DISPOSITION handler(EXCEPTION_RECORD *, frame, CONTEXT *, DISPATCHER_CONTEXT *) */
    "    .def    call_guard_handler; .scl 3; .type 32; .endef\n"
    "    .seh_proc call_guard_handler\n"
    "call_guard_handler:\n"
    "    subq    $0x38, %rsp\n"
    "    .seh_stackalloc 0x38\n"
    "    .seh_endprologue\n"
    "    testl   $0x66, 4(%rcx)\n" /* ExceptionFlags: unwinding, exit, target, collided */
    "    jnz     1f\n"
    "    movq    0x28(%r9), %rax\n" /* DISPATCHER_CONTEXT.ContextRecord: the unwind's scratch */
    "    movq    %rax, 0x20(%rsp)\n"
    "    movq    0x40(%r9), %rax\n" /* .HistoryTable */
    "    movq    %rax, 0x28(%rsp)\n"
    "    movl    (%rcx), %r9d\n" /* ReturnValue = ExceptionCode */
    "    movq    %rcx, %r8\n"
    "    movq    %rdx, %rcx\n" /* TargetFrame */
    "    leaq    call_guard_return(%rip), %rdx\n"
    "    callq   *__imp_RtlUnwindEx(%rip)\n"
    "1:  movl    $1, %eax\n" /* ExceptionContinueSearch */
    "    addq    $0x38, %rsp\n"
    "    retq\n"
    "    .seh_endproc\n");
/* clang-format on */

#elif defined(__i386__)

/* clang-format off */
__asm__(
    ".text\n"
    "    .globl  _call_guarded\n"
    "    .def    _call_guarded; .scl 2; .type 32; .endef\n"
    "_call_guarded:\n"
    "    pushl   %ebp\n"
    "    movl    %esp, %ebp\n"
    "    pushl   %ebx\n"
    "    pushl   %esi\n"
    "    pushl   %edi\n"
    "    pushl   $_call_guard_handler\n"
    "    pushl   %fs:0\n"
    "    movl    %esp, %fs:0\n" /* {Next, Handler} at -20(%ebp) */
    "    pushl   12(%ebp)\n"
    "    call    *8(%ebp)\n"
    "    xorl    %eax, %eax\n"
    "_call_guard_return:\n"
    "    leal    -20(%ebp), %esp\n"
    "    popl    %fs:0\n"
    "    addl    $4, %esp\n"
    "    popl    %edi\n"
    "    popl    %esi\n"
    "    popl    %ebx\n"
    "    popl    %ebp\n"
    "    ret\n"
    "\n"
    /* EXCEPTION_DISPOSITION __cdecl handler(EXCEPTION_RECORD *, REGISTRATION *, CONTEXT *,
     * void *) */
    "    .def    _call_guard_handler; .scl 2; .type 32; .endef\n"
    "_call_guard_handler:\n"
    "    pushl   %ebp\n"
    "    movl    %esp, %ebp\n"
    "    pushl   %ebx\n"
    "    pushl   %esi\n"
    "    pushl   %edi\n"
    "    movl    8(%ebp), %eax\n"
    "    testl   $0x66, 4(%eax)\n"
    "    jnz     1f\n"
    "    cld\n"
    "    pushl   %ebp\n" /* RtlUnwind promises to keep nothing but esp */
    "    pushl   $0\n"
    "    pushl   8(%ebp)\n"
    "    pushl   $2f\n"
    "    pushl   12(%ebp)\n"
    "    call    *__imp__RtlUnwind@16\n"
    "2:  popl    %ebp\n"
    "    movl    8(%ebp), %eax\n"
    "    movl    (%eax), %eax\n" /* ExceptionCode */
    "    movl    12(%ebp), %edx\n" /* our registration, still the head of the list */
    "    leal    20(%edx), %ebp\n"
    "    jmp     _call_guard_return\n"
    "1:  movl    $1, %eax\n"
    "    popl    %edi\n"
    "    popl    %esi\n"
    "    popl    %ebx\n"
    "    popl    %ebp\n"
    "    ret\n");
/* clang-format on */

#else
#error "a guard for this processor is missing"
#endif
