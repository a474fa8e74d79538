/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Handles as arguments of calls on this machine: a tag and the value, as wtypes.idl has them
 * (RemotableHandle). Such a handle means nothing on another machine.
 */
#include "user_buffer.h"

#include <ole2.h>
#include <rpc.h>

#define TAG_IN_PLACE 0x48746457 /* WDT_INPROC_CALL */

static void require_this_machine(const ULONG *flags)
{
    if (user_context(flags) == MSHCTX_DIFFERENTMACHINE)
        RpcRaiseException(RPC_S_INVALID_TAG);
}

static ULONG handle_size(const ULONG *flags, ULONG size)
{
    require_this_machine(flags);
    return ((size + 3) & ~3u) + 2 * sizeof(DWORD);
}

static BYTE *handle_marshal(const ULONG *flags, BYTE *buffer, DWORD value)
{
    DWORD *words = (DWORD *)user_align(buffer);

    require_this_machine(flags);
    words[0] = TAG_IN_PLACE;
    words[1] = value;
    return (BYTE *)(words + 2);
}

static BYTE *handle_unmarshal(ULONG *flags, BYTE *buffer, DWORD *value)
{
    DWORD *words = (DWORD *)user_align(buffer);

    user_require(flags, (BYTE *)words, 2 * sizeof(DWORD));
    if (words[0] != TAG_IN_PLACE)
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
    *value = words[1];
    return (BYTE *)(words + 2);
}

/* The four functions of a type, and those for NDR64, in which it is the same: nothing in it has
 * eight bytes. A handle's value has 32 bits, which are extended by their sign as "Interprocess
 * Communication" of 64-bit Windows says. */
#define USER_HANDLE_FUNCTIONS(type, suffix, value_of, of_value)                                    \
    ULONG WINAPI type##_UserSize##suffix(ULONG *flags, ULONG size, type *handle);                  \
    BYTE *WINAPI type##_UserMarshal##suffix(ULONG *flags, BYTE *buffer, type *handle);             \
    BYTE *WINAPI type##_UserUnmarshal##suffix(ULONG *flags, BYTE *buffer, type *handle);           \
    void WINAPI type##_UserFree##suffix(ULONG *flags, type *handle);                               \
                                                                                                   \
    ULONG WINAPI type##_UserSize##suffix(ULONG *flags, ULONG size, type *handle)                   \
    {                                                                                              \
        (void)handle;                                                                              \
        return handle_size(flags, size);                                                           \
    }                                                                                              \
    BYTE *WINAPI type##_UserMarshal##suffix(ULONG *flags, BYTE *buffer, type *handle)              \
    {                                                                                              \
        return handle_marshal(flags, buffer, value_of(*handle));                                   \
    }                                                                                              \
    BYTE *WINAPI type##_UserUnmarshal##suffix(ULONG *flags, BYTE *buffer, type *handle)            \
    {                                                                                              \
        DWORD value = 0;                                                                           \
                                                                                                   \
        buffer = handle_unmarshal(flags, buffer, &value);                                          \
        *handle = (type)of_value(value);                                                           \
        return buffer;                                                                             \
    }                                                                                              \
    void WINAPI type##_UserFree##suffix(ULONG *flags, type *handle)                                \
    {                                                                                              \
        (void)flags;                                                                               \
        (void)handle;                                                                              \
    }

#define VALUE_OF_HANDLE(handle) ((DWORD)(ULONG_PTR)(handle))
#define HANDLE_OF_VALUE(value) ((LONG_PTR)(LONG)(value))

/* clang-format off */
#define USER_HANDLE(type)                                                                          \
    USER_HANDLE_FUNCTIONS(type, , VALUE_OF_HANDLE, HANDLE_OF_VALUE)                                \
    USER_HANDLE_FUNCTIONS(type, 64, VALUE_OF_HANDLE, HANDLE_OF_VALUE)

USER_HANDLE(HACCEL)
USER_HANDLE(HBRUSH)
USER_HANDLE(HDC)
USER_HANDLE(HICON)
USER_HANDLE(HMENU)
USER_HANDLE(HMONITOR)
USER_HANDLE(HRGN)
USER_HANDLE(HWND)
USER_HANDLE_FUNCTIONS(HWND, Ext, VALUE_OF_HANDLE, HANDLE_OF_VALUE)
