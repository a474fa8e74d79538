/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wide strings on the process heap (malloc) and on COM's task heap. */
#ifndef CONCIERGE_WSTR_H
#define CONCIERGE_WSTR_H

#include <windows.h>

/* A malloc copy of `text`; NULL for NULL or when out of memory. */
WCHAR *wstr_dup(const WCHAR *text);

/* Replaces *slot by a copy of `text` (NULL clears). E_OUTOFMEMORY leaves *slot as it was. */
HRESULT wstr_replace(WCHAR **slot, const WCHAR *text);

/* Gives `text` to a COM caller, by CoTaskMemAlloc; NULL counts as the empty string.
 * S_OK, E_POINTER for a NULL `out`, E_OUTOFMEMORY. */
HRESULT wstr_to_caller(const WCHAR *text, WCHAR **out);

#endif
