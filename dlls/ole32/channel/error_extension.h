/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error object of the server's thread, which goes with the answer: [MS-DCOM] 2.2.21.1. */
#ifndef CONCIERGE_ERROR_EXTENSION_H
#define CONCIERGE_ERROR_EXTENSION_H

#include <windows.h>
#include <oaidl.h>

#include "orpc.h"

/* Server: adds the error object as an OBJREF. Failing that, nothing is added. */
void error_extension_add(struct orpc_reply *reply, IErrorInfo *error, DWORD dest_context);

/* Client: the error object that came; NULL when none did. */
IErrorInfo *error_extension_get(const struct orpc_reply *reply);

#endif
