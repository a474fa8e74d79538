/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The entries of AsyncIFoo proxies on x86_64: async_entries.h. */
#include "async_entries.h"

#ifdef __x86_64__

    .text

/* HRESULT async_invoke(method, stack, slots): the first four slots also in both kinds of
 * registers, as for a function without prototype. */
    .globl  async_invoke
    .def    async_invoke; .scl 2; .type 32; .endef
    .seh_proc async_invoke
async_invoke:
    pushq   %rbp
    .seh_pushreg %rbp
    pushq   %rsi
    .seh_pushreg %rsi
    pushq   %rdi
    .seh_pushreg %rdi
    movq    %rsp, %rbp
    .seh_setframe %rbp, 0
    .seh_endprologue
    movq    %rcx, %rax
    movq    %rdx, %rsi
    movl    %r8d, %ecx
    cmpl    $4, %ecx
    jae     1f
    movl    $4, %ecx
1:  leal    1(%rcx), %edx           /* an even number, for the alignment of the stack */
    andl    $-2, %edx
    shlq    $3, %rdx
    /* rbp is 16 * n: the return address and three registers were pushed. A frame of more than a
     * page would need probes; methods have at most 255 parameters. */
    subq    %rdx, %rsp
    movl    %r8d, %ecx
    movq    %rsp, %rdi
    cld
    rep movsq
    movq    (%rsp), %rcx
    movq    8(%rsp), %rdx
    movq    16(%rsp), %r8
    movq    24(%rsp), %r9
    movq    %rcx, %xmm0
    movq    %rdx, %xmm1
    movq    %r8, %xmm2
    movq    %r9, %xmm3
    callq   *%rax
    movq    %rbp, %rsp
    popq    %rdi
    popq    %rsi
    popq    %rbp
    retq
    .seh_endproc

/* Has the entry's index in eax. The registers of integers go where the caller left room for them;
 * nobody knows yet which of the arguments came in the others. */
    .def    entry_common; .scl 3; .type 32; .endef
    .seh_proc entry_common
entry_common:
    subq    $0x48, %rsp
    .seh_stackalloc 0x48
    .seh_endprologue
    movq    %rcx, 0x50(%rsp)
    movq    %rdx, 0x58(%rsp)
    movq    %r8, 0x60(%rsp)
    movq    %r9, 0x68(%rsp)
    movsd   %xmm0, 0x20(%rsp)
    movsd   %xmm1, 0x28(%rsp)
    movsd   %xmm2, 0x30(%rsp)
    movsd   %xmm3, 0x38(%rsp)
    leaq    0x50(%rsp), %rcx
    movl    %eax, %edx
    leaq    0x20(%rsp), %r8
    leaq    0x40(%rsp), %r9
    callq   async_entry_called
    addq    $0x48, %rsp
    retq
    .seh_endproc

    .balign 16
entries:
    .set    index, 3
    .rept   ASYNC_ENTRIES_MAX - 3
    .balign 16
    movl    $index, %eax
    jmp     entry_common
    .set    index, index + 1
    .endr

    .section .rdata, "dr"
    .globl  async_entries
    .balign 8
async_entries:
    .quad   0, 0, 0
    .set    index, 0
    .rept   ASYNC_ENTRIES_MAX - 3
    .quad   entries + 16 * index
    .set    index, index + 1
    .endr

#endif
