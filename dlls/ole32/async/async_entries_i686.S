/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The entries of AsyncIFoo proxies on i686: async_entries.h. */
#include "async_entries.h"

#ifdef __i386__

    .text

/* HRESULT async_invoke(method, stack, slots). Structures among the arguments may take pages. */
    .globl  _async_invoke
    .def    _async_invoke; .scl 2; .type 32; .endef
_async_invoke:
    pushl   %ebp
    movl    %esp, %ebp
    pushl   %esi
    pushl   %edi
    movl    16(%ebp), %ecx
    leal    (,%ecx,4), %eax
    call    ___chkstk_ms            /* touches the pages; keeps all registers */
    subl    %eax, %esp
    movl    12(%ebp), %esi
    movl    %esp, %edi
    cld
    rep movsl
    call    *8(%ebp)
    leal    -8(%ebp), %esp
    popl    %edi
    popl    %esi
    popl    %ebp
    ret

/* Has the entry's index in eax. It removes as many arguments as async_entry_called says. */
    .def    entry_common; .scl 3; .type 32; .endef
entry_common:
    pushl   $0                      /* the size of the arguments */
    movl    %esp, %edx
    leal    8(%esp), %ecx
    pushl   %edx
    pushl   $0
    pushl   %eax
    pushl   %ecx
    call    _async_entry_called
    addl    $16, %esp
    popl    %ecx
    popl    %edx                    /* where to return to */
    addl    %ecx, %esp
    jmp     *%edx

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
    .globl  _async_entries
    .balign 4
_async_entries:
    .long   0, 0, 0
    .set    index, 0
    .rept   ASYNC_ENTRIES_MAX - 3
    .long   entries + 16 * index
    .set    index, index + 1
    .endr

#endif
