/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* This process as a surrogate: a process of others' DLLs. */
#ifndef CONCIERGE_SURROGATE_PROCESS_H
#define CONCIERGE_SURROGATE_PROCESS_H

#include <windows.h>

/* Whether an ISurrogate is registered. Costs a test. */
BOOL surrogate_process_is(void);

/* The last DLL with servers has been unloaded: calls ISurrogate::FreeSurrogate, in the apartment
 * that registered it. S_FALSE: this is no surrogate; else what the surrogate answers. Calls out. */
HRESULT surrogate_process_free(void);

#endif
