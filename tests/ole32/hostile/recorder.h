/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stands between the COM runtime and itself, as another process would: a transport of its own, to
 * which the runtime's client connects, and which passes requests on to the runtime's server. What
 * goes through it is recorded, and answers can be altered on their way.
 */
#ifndef CONCIERGE_TESTS_OLE32_RECORDER_H
#define CONCIERGE_TESTS_OLE32_RECORDER_H

#include <windows.h>

#include "fuzz.h"

/* From now on; requests and answers are added to these. Tags: the method's number. */
void recorder_start(struct fuzz_corpus *requests, struct fuzz_corpus *answers);
void recorder_pause(void);
void recorder_resume(void);

/* A standard OBJREF of this process becomes one of the recorder's. */
void recorder_redirect(BYTE *objref, ULONG size);

/* Called with each answer before it goes to the client, when recording is paused; NULL: as it is.
 */
extern void (*volatile recorder_alter)(struct fuzz_input *answer);

/* Sends a request to the runtime's server and waits: S_OK with the answer (CoTaskMemFree), else the
 * transport's error. */
HRESULT recorder_send(const void *data, ULONG size, BYTE **answer, DWORD *answer_size);

#endif
