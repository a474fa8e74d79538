/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the codes of BITS, of HTTP and of the network mean, in English. */
#ifndef CONCIERGE_QMGR_ERROR_TEXTS_H
#define CONCIERGE_QMGR_ERROR_TEXTS_H

#include <windows.h>
#include "bits.h"

/* NULL for codes that are the system's. */
const WCHAR *error_text(HRESULT code);
const WCHAR *error_context_text(BG_ERROR_CONTEXT context);

#endif
