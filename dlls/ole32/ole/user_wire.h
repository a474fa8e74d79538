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
    BOOL measuring; /* `at` counts bytes; else it is in the message */
    ULONG_PTR at;
    ULONG_PTR end; /* of the message; 0 when nobody knows */
    DWORD failure; /* what is to be raised */
};

/* The three beginnings. `copy`: contents are copied within a process, too. */
void wire_measure(struct user_wire *wire, ULONG *flags, ULONG size, BOOL copy);
void wire_write(struct user_wire *wire, ULONG *flags, BYTE *buffer, BOOL copy);
void wire_read(struct user_wire *wire, ULONG *flags, BYTE *buffer, BOOL copy);

/* The ends: raise the failure, if there is one. */
ULONG wire_measured(const struct user_wire *wire);
BYTE *wire_done(const struct user_wire *wire);

void wire_fail(struct user_wire *wire, DWORD failure);
void wire_bad(struct user_wire *wire); /* RPC_X_BAD_STUB_DATA */

/* The next multiple of four. */
void wire_align(struct user_wire *wire);

void wire_put_long(struct user_wire *wire, DWORD value); /* aligned */
/* Whether something follows: what stands for a pointer. */
void wire_put_pointer(struct user_wire *wire, BOOL follows);
/* Room for so many bytes, to be filled; NULL while measuring. */
BYTE *wire_put_room(struct user_wire *wire, SIZE_T size);
void wire_put_bytes(struct user_wire *wire, const void *bytes, SIZE_T size);
/* An MInterfacePointer of [MS-DCOM]; nothing for none. */
void wire_put_interface(struct user_wire *wire, IUnknown *object, REFIID iid);
/* A union of a handle: the handle itself when handles go so; else whether contents follow, which is
 * the answer. */
BOOL wire_put_handle(struct user_wire *wire, HANDLE handle);

DWORD wire_get_long(struct user_wire *wire); /* aligned; 0 after a failure */
/* NULL after a failure. */
const BYTE *wire_get_bytes(struct user_wire *wire, SIZE_T size);
void wire_get_interface(struct user_wire *wire, REFIID iid, IUnknown **object);
/* Whether contents follow; else the handle is complete, perhaps NULL. */
BOOL wire_get_handle(struct user_wire *wire, HANDLE *handle);

#endif
