/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The four functions of a [wire_marshal] type, and those for NDR64, of which there is no more than
 * the names: nobody here transfers NDR64. `put(wire, const type *)` measures and writes,
 * `get(wire, type *)` reads a new object, `release(wire, type *)` frees what a call made.
 */
#ifndef CONCIERGE_USER_FUNCTIONS_H
#define CONCIERGE_USER_FUNCTIONS_H

#include "user_wire.h"

#define USER_FUNCTIONS_NAMED(type, name, suffix, copy, put, get, release)                          \
    ULONG WINAPI name##_UserSize##suffix(ULONG *flags, ULONG size, type *value);                   \
    BYTE *WINAPI name##_UserMarshal##suffix(ULONG *flags, BYTE *buffer, type *value);              \
    BYTE *WINAPI name##_UserUnmarshal##suffix(ULONG *flags, BYTE *buffer, type *value);            \
    void WINAPI name##_UserFree##suffix(ULONG *flags, type *value);                                \
                                                                                                   \
    ULONG WINAPI name##_UserSize##suffix(ULONG *flags, ULONG size, type *value)                    \
    {                                                                                              \
        struct user_wire wire;                                                                     \
                                                                                                   \
        wire_measure(&wire, flags, size, copy);                                                    \
        put(&wire, value);                                                                         \
        return wire_measured(&wire);                                                               \
    }                                                                                              \
    BYTE *WINAPI name##_UserMarshal##suffix(ULONG *flags, BYTE *buffer, type *value)               \
    {                                                                                              \
        struct user_wire wire;                                                                     \
                                                                                                   \
        wire_write(&wire, flags, buffer, copy);                                                    \
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
        wire_read(&wire, flags, buffer, copy);                                                     \
        get(&wire, &read);                                                                         \
        end = wire_done(&wire);                                                                    \
        *value = read;                                                                             \
        return end;                                                                                \
    }                                                                                              \
    void WINAPI name##_UserFree##suffix(ULONG *flags, type *value)                                 \
    {                                                                                              \
        struct user_wire wire;                                                                     \
                                                                                                   \
        wire_write(&wire, flags, NULL, copy);                                                      \
        release(&wire, value);                                                                     \
    }

#define USER_FUNCTIONS(type, put, get, release)                                                    \
    USER_FUNCTIONS_NAMED(type, type, , FALSE, put, get, release)                                   \
    USER_FUNCTIONS_NAMED(type, type, 64, FALSE, put, get, release)

#endif
