/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Contents of handles in a message, as wtypes.idl and objidl.idl lay them out (userHGLOBAL,
 * userHBITMAP, userSTGMEDIUM and their kin). What writes them also measures them. The first thing
 * that goes wrong is kept, nothing is written or read after it, and it is raised at the end: so
 * nothing is left behind that was made before.
 */
#ifndef CONCIERGE_USER_WIRE_H
#define CONCIERGE_USER_WIRE_H

#include <windows.h>
#include <objbase.h>

struct user_wire
{
    ULONG *flags;
    BOOL in_place;  /* within a process handles go as they are */
    BOOL wide;      /* NDR64: counts of arrays and what stands for pointers have eight bytes */
    BOOL measuring; /* `at` counts bytes; else it is in the message */
    ULONG_PTR at;
    ULONG_PTR end; /* of the message; 0 when nobody knows */
    DWORD failure; /* what is to be raised */
};

/* What the message is: a sum of these. */
enum wire_kind
{
    WIRE_PLAIN = 0,
    WIRE_COPY = 1,  /* contents are copied within a process, too */
    WIRE_NDR64 = 2, /* [MS-RPCE] 2.2.5; else NDR, [C706] chapter 14 */
};

/* The three beginnings. */
void wire_measure(struct user_wire *wire, ULONG *flags, ULONG size, int kind);
void wire_write(struct user_wire *wire, ULONG *flags, BYTE *buffer, int kind);
void wire_read(struct user_wire *wire, ULONG *flags, BYTE *buffer, int kind);

/* The ends: raise the failure, if there is one. */
ULONG wire_measured(const struct user_wire *wire);
BYTE *wire_done(const struct user_wire *wire);

void wire_fail(struct user_wire *wire, DWORD failure);
void wire_bad(struct user_wire *wire); /* RPC_X_BAD_STUB_DATA */

/* The next multiple of four. */
void wire_align(struct user_wire *wire);

void wire_put_long(struct user_wire *wire, DWORD value); /* aligned */
/* The count of an array, aligned: four bytes, in NDR64 eight. */
void wire_put_count(struct user_wire *wire, DWORD count);
/* Whether something follows: what stands for a pointer; as large as a count. */
void wire_put_pointer(struct user_wire *wire, BOOL follows);
/* To where, in NDR64, something with such a member begins, and a union's arm of which one is such.
 */
void wire_put_gap(struct user_wire *wire);
/* Room for so many bytes, to be filled; NULL while measuring. */
BYTE *wire_put_room(struct user_wire *wire, SIZE_T size);
void wire_put_bytes(struct user_wire *wire, const void *bytes, SIZE_T size);
/* A conformant and varying string, with its zero. */
void wire_put_text(struct user_wire *wire, const WCHAR *text);
/* An MInterfacePointer of [MS-DCOM]; nothing for none. */
void wire_put_interface(struct user_wire *wire, IUnknown *object, REFIID iid);
/* A union of a handle: the handle itself when handles go so; else whether contents follow, which is
 * the answer. */
BOOL wire_put_handle(struct user_wire *wire, HANDLE handle);

DWORD wire_get_long(struct user_wire *wire); /* aligned; 0 after a failure */
DWORD wire_get_count(struct user_wire *wire);
BOOL wire_get_pointer(struct user_wire *wire);
void wire_get_gap(struct user_wire *wire);
/* In task memory. NULL after a failure. */
WCHAR *wire_get_text(struct user_wire *wire);
/* NULL after a failure. */
const BYTE *wire_get_bytes(struct user_wire *wire, SIZE_T size);
void wire_get_interface(struct user_wire *wire, REFIID iid, IUnknown **object);
/* Whether contents follow; else the handle is complete, perhaps NULL. */
BOOL wire_get_handle(struct user_wire *wire, HANDLE *handle);

#endif
