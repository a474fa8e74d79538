/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The four functions of a [wire_marshal] type, and those for NDR64. `put(wire, const type *)`
 * measures and writes, `get(wire, type *)` reads a new object, `release(wire, type *)` frees what a
 * call made. `kind` is of enum wire_kind.
 */
#ifndef CONCIERGE_USER_FUNCTIONS_H
#define CONCIERGE_USER_FUNCTIONS_H

#include "user_wire.h"

#define USER_FUNCTIONS_NAMED(type, name, suffix, kind, put, get, release)                          \
    ULONG WINAPI name##_UserSize##suffix(ULONG *flags, ULONG size, type *value);                   \
    BYTE *WINAPI name##_UserMarshal##suffix(ULONG *flags, BYTE *buffer, type *value);              \
    BYTE *WINAPI name##_UserUnmarshal##suffix(ULONG *flags, BYTE *buffer, type *value);            \
    void WINAPI name##_UserFree##suffix(ULONG *flags, type *value);                                \
                                                                                                   \
    ULONG WINAPI name##_UserSize##suffix(ULONG *flags, ULONG size, type *value)                    \
    {                                                                                              \
        struct user_wire wire;                                                                     \
                                                                                                   \
        wire_measure(&wire, flags, size, kind);                                                    \
        put(&wire, value);                                                                         \
        return wire_measured(&wire);                                                               \
    }                                                                                              \
    BYTE *WINAPI name##_UserMarshal##suffix(ULONG *flags, BYTE *buffer, type *value)               \
    {                                                                                              \
        struct user_wire wire;                                                                     \
                                                                                                   \
        wire_write(&wire, flags, buffer, kind);                                                    \
        put(&wire, value);                                                                         \
        return wire_done(&wire);                                                                   \
    }                                                                                              \
    BYTE *WINAPI name##_UserUnmarshal##suffix(ULONG *flags, BYTE *buffer, type *value)             \
    {                                                                                              \
        struct user_wire wire;                                                                     \
        type read;                                                                                 \
        BYTE *end;                                                                                 \
                                                                                                   \
        memset(&read, 0, sizeof(read));                                                            \
        wire_read(&wire, flags, buffer, kind);                                                     \
        get(&wire, &read);                                                                         \
        end = wire_done(&wire);                                                                    \
        *value = read;                                                                             \
        return end;                                                                                \
    }                                                                                              \
    void WINAPI name##_UserFree##suffix(ULONG *flags, type *value)                                 \
    {                                                                                              \
        struct user_wire wire;                                                                     \
                                                                                                   \
        wire_write(&wire, flags, NULL, kind);                                                      \
        release(&wire, value);                                                                     \
    }

#define USER_FUNCTIONS(type, put, get, release)                                                    \
    USER_FUNCTIONS_NAMED(type, type, , WIRE_PLAIN, put, get, release)                              \
    USER_FUNCTIONS_NAMED(type, type, 64, WIRE_NDR64, put, get, release)

#endif
