/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * [user_marshal] types whose contents have to be copied: not there yet. Their functions have no
 * HRESULT: the exception E_NOTIMPL makes the call fail which has such an argument.
 */
#include <windows.h>
#include <ole2.h>
#include <rpc.h>

#include "not_implemented.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"

#define USER_NOT_IMPLEMENTED_FUNCTIONS(type, suffix)                                               \
    ULONG WINAPI type##_UserSize##suffix(ULONG *flags, ULONG size, type *value);                   \
    BYTE *WINAPI type##_UserMarshal##suffix(ULONG *flags, BYTE *buffer, type *value);              \
    BYTE *WINAPI type##_UserUnmarshal##suffix(ULONG *flags, BYTE *buffer, type *value);            \
    void WINAPI type##_UserFree##suffix(ULONG *flags, type *value);                                \
                                                                                                   \
    ULONG WINAPI type##_UserSize##suffix(ULONG *flags, ULONG size, type *value)                    \
    {                                                                                              \
        RpcRaiseException(NOT_IMPLEMENTED());                                                      \
        return size;                                                                               \
    }                                                                                              \
    BYTE *WINAPI type##_UserMarshal##suffix(ULONG *flags, BYTE *buffer, type *value)               \
    {                                                                                              \
        RpcRaiseException(NOT_IMPLEMENTED());                                                      \
        return buffer;                                                                             \
    }                                                                                              \
    BYTE *WINAPI type##_UserUnmarshal##suffix(ULONG *flags, BYTE *buffer, type *value)             \
    {                                                                                              \
        RpcRaiseException(NOT_IMPLEMENTED());                                                      \
        return buffer;                                                                             \
    }                                                                                              \
    void WINAPI type##_UserFree##suffix(ULONG *flags, type *value)                                 \
    {                                                                                              \
        NOT_IMPLEMENTED();                                                                         \
    }

/* clang-format off */
#define USER_NOT_IMPLEMENTED(type)                                                                 \
    USER_NOT_IMPLEMENTED_FUNCTIONS(type, )                                                         \
    USER_NOT_IMPLEMENTED_FUNCTIONS(type, 64)

USER_NOT_IMPLEMENTED_FUNCTIONS(HRGN, )
USER_NOT_IMPLEMENTED(SNB)
