/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A callback between a binding and the client of URLOpenStream and its kin. */
#ifndef CONCIERGE_OPEN_CALLBACK_H
#define CONCIERGE_OPEN_CALLBACK_H

#include <urlmon.h>

#include "com_object.h"

/*
 * Passes everything on to a client, or answers for one that is not there. GetBindInfo: what the
 * client says, with some flags set and cleared; a client that has no answer (E_NOTIMPL) has said
 * nothing. Whatever else a binding asks for goes to the client's interfaces and services.
 */
struct open_callback
{
    struct com_object object;
    IBindStatusCallback IBindStatusCallback_iface;
    IServiceProvider IServiceProvider_iface;
    IBindStatusCallback *client; /* or NULL */
    SRWLOCK lock;                /* guards the next member, for open_callback_abort */
    IBinding *binding;           /* from OnStartBinding to OnStopBinding */
    DWORD set, cleared;          /* BINDF_* */
    BOOL client_aborted;         /* it returned E_ABORT */
    HRESULT stop_result;
    BOOL stopped;
    /* What happens with the data; NULL: the client gets them. */
    HRESULT (*data)(struct open_callback *callback, DWORD flags, DWORD size, STGMEDIUM *medium);
    void (*progress)(struct open_callback *callback, ULONG code, const WCHAR *text);
    void (*destroy)(struct open_callback *callback); /* frees what belongs to the larger struct */
};

/* Initializes one with one reference, at the beginning of a block of calloc's. */
void open_callback_init(struct open_callback *callback, IBindStatusCallback *client, DWORD set,
        DWORD cleared);

void open_callback_addref(struct open_callback *callback);
void open_callback_release(struct open_callback *callback);

/* Aborts its binding, if there is one still; on any thread. */
void open_callback_abort(struct open_callback *callback);

/* Binds to the storage of a URL with that callback. What IMoniker::BindToStorage returns. `caller`
 * is the object that asks, or NULL: its container may give the moniker and its callbacks. */
HRESULT open_callback_bind(struct open_callback *callback, IUnknown *caller, const WCHAR *url,
        IStream **stream);

#endif
