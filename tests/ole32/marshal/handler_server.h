/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * handler_server.dll: a lightweight client-side handler, as the page "Implementing and Activating a
 * Handler with No Extra Server Data" has it. It aggregates the standard marshaller of the client's
 * side, answers IPersist by itself, and leaves everything else to the proxies.
 */
#ifndef MARSHAL_HANDLER_SERVER_H
#define MARSHAL_HANDLER_SERVER_H

#include <windows.h>
#include <objbase.h>

/* The class of handlers which have an IMarshal of their own, by its Data1: they let the standard
 * marshaller read first, and then take a DWORD which the server wrote behind. */
#define HANDLER_EXTRA_DATA1 0x2b1c7a48

/* What is known of the handlers of a process. */
struct handler_state
{
    CLSID answer;         /* IPersist::GetClassID of each */
    HRESULT made;         /* of the last one: CoGetStdMarshalEx */
    BOOL aggregated;      /* of the last one: there was an outer object */
    volatile LONG alive;  /* handlers that there are */
    volatile LONG in_all; /* handlers that there have been */
    DWORD extra;          /* the last DWORD read, of those with an IMarshal of their own */
    LONG unmarshals;      /* UnmarshalInterface of those */
};

/* Exported by that name. */
typedef struct handler_state *(WINAPI *handler_server_state_t)(void);

#endif
