/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What implementations of IMoniker ask the running object table of a bind context. */
#ifndef CONCIERGE_MONIKER_RUNNING_H
#define CONCIERGE_MONIKER_RUNNING_H

#include <windows.h>
#include <objidl.h>

/* S_OK when the table has it, S_FALSE; E_INVALIDARG without a context. */
HRESULT moniker_runs(IMoniker *moniker, IBindCtx *context);

/* What the table has under that name, as an interface; it stays bound. S_FALSE: nothing. */
HRESULT moniker_running_object(IMoniker *moniker, IBindCtx *context, REFIID iid, void **out);

/* The table's time of last change. S_FALSE: it has none. */
HRESULT moniker_running_time(IMoniker *moniker, IBindCtx *context, FILETIME *time);

#endif
