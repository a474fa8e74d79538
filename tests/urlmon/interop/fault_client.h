/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client of bindings that reads what comes, and counts. */
#ifndef FAULT_CLIENT_H
#define FAULT_CLIENT_H

#include <windows.h>
#include <urlmon.h>

struct fault_client
{
    IBindStatusCallback IBindStatusCallback_iface;
    LONG references;
    DWORD thread;
    unsigned int starts, stops, wrong_threads, late_calls;
    unsigned long long received;
    HRESULT result;
    void (*on_progress)(ULONG progress); /* NULL: nothing */
};

/* One reference, which is the caller's; the client is the caller's memory. */
IBindStatusCallback *fault_client_init(struct fault_client *client);

/* Binds to a stream, asynchronously, and pumps messages until OnStopBinding. Returns false when
 * milliseconds have passed before; what BindToStorage gave is in *bound. */
BOOL fault_client_bind(struct fault_client *client, const WCHAR *url, DWORD milliseconds,
        HRESULT *bound);

#endif
