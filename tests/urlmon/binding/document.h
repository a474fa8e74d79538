/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The object of the tests of BindToObject: one, which says by what it can be loaded. */
#ifndef CONCIERGE_TEST_DOCUMENT_H
#define CONCIERGE_TEST_DOCUMENT_H

#include <windows.h>
#include <ocidl.h>

#include "client.h"

#define DOCUMENT_MONIKER 1 /* IPersistMoniker */
#define DOCUMENT_STREAM_INIT 2
#define DOCUMENT_STREAM 4
#define DOCUMENT_FILE 8

struct document
{
    /* What it is to do. */
    unsigned int kinds; /* DOCUMENT_* */
    const IID *bind;    /* IPersistMoniker::Load binds to this storage; or NULL */
    HRESULT create_result, load_result;
    ULONGLONG read_limit;                             /* bytes it reads of its stream; 0: all */
    BYTE (*byte)(unsigned int seed, ULONGLONG place); /* which they are to be, or NULL */
    struct client client;                             /* of that bind; client.bindf is set before */

    /* What it has got. */
    DWORD thread, mode;
    LONG references, created, loads, wrong_thread;
    unsigned int loaded_by; /* DOCUMENT_*; DOCUMENT_STREAM_INIT for both kinds of streams */
    ULONGLONG loaded;       /* bytes */
    HRESULT last_read;
    BOOL fully_available;
    WCHAR file[MAX_PATH];
};

extern struct document document;
extern const CLSID CLSID_Document;
extern IClassFactory document_factory;

/* Begins a test of an object of these kinds. */
void document_open(unsigned int kinds);
/* Checks that neither the object nor the protocol is held any more. */
void document_check_left(const char *what);

#endif
