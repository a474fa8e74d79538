/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The object that BITS calls about a job. */

#ifndef BITSADMIN_CALLBACK_H
#define BITSADMIN_CALLBACK_H

#include <windows.h>
#include <objbase.h>
#include <bits.h>

struct callback
{
    IBackgroundCopyCallback IBackgroundCopyCallback_iface;
    LONG refcount;
    HANDLE ended_event;    /* the job was transferred, or met an error */
    HANDLE modified_event; /* anything else about the job changed */
};

HRESULT callback_create(struct callback **callback);
void callback_release(struct callback *callback);
HRESULT callback_register(struct callback *callback, IBackgroundCopyJob *job);

#endif
