/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The identity of a logical thread: a chain of calls, whatever threads it passes through. */
#ifndef CONCIERGE_LOGICAL_THREAD_H
#define CONCIERGE_LOGICAL_THREAD_H

#include <windows.h>

#include "com_thread.h"

/* The calling thread's, made when it has none. S_OK or CoCreateGuid's error. */
HRESULT logical_thread_get(struct com_thread *thread, GUID *id);

#endif
