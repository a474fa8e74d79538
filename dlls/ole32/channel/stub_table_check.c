/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define USE_STUBLESS_PROXY
#include "stub_table_check.h"

#include <rpcproxy.h>

#define METHODS_MAX 1024 /* of an interface; the most that vtables of proxies have room for */

/* Where a function of another DLL is, when what we have is the import thunk of a third one:
 * jmp *[address]. */
static const void *function_resolve(const void *function)
{
    const BYTE *code = function;
    const void *target;
    LONG place;

    if (code[0] != 0xff || code[1] != 0x25)
        return function;
    memcpy(&place, code + 2, sizeof(place));
#ifdef _WIN64
    memcpy(&target, code + 6 + place, sizeof(target));
#else
    memcpy(&target, (const void *)place, sizeof(target));
#endif
    return target;
}

static BOOL function_is(const void *function, const void *rpcrt4_function)
{
    return function == rpcrt4_function
            || function_resolve(function) == function_resolve(rpcrt4_function);
}

/* Every standard stub's vtable, made by widl and MIDL with rpcproxy.h, has a CInterfaceStubHeader
 * before it. The functions in it, which are rpcrt4's, tell which stubs those are. */
static BOOL stub_is_standard(IRpcStubBuffer *stub)
{
    return function_is((const void *)stub->lpVtbl->Invoke, (const void *)CStdStubBuffer_Invoke)
            && function_is((const void *)stub->lpVtbl->CountRefs,
                    (const void *)CStdStubBuffer_CountRefs);
}

BOOL stub_has_method(IRpcStubBuffer *stub, ULONG method)
{
    const CInterfaceStubHeader *header;

    if (method >= METHODS_MAX)
        return FALSE;
    if (!stub_is_standard(stub))
        return TRUE;
    header = (const CInterfaceStubHeader *)stub->lpVtbl - 1;
    return method < header->DispatchTableCount;
}
