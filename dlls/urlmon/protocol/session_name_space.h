/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Permanent name-space handlers: those of the registry. */
#ifndef CONCIERGE_SESSION_NAME_SPACE_H
#define CONCIERGE_SESSION_NAME_SPACE_H

#include <urlmon.h>

/*
 * The class of the permanent name-space handler number `index` for a scheme of `length` characters,
 * from 0: those of the keys HKEY_CLASSES_ROOT\PROTOCOLS\Name-Space Handler\<scheme>\<any>, in the
 * registry's order, then those of ...\Name-Space Handler\*\<any>. Pattern values beside CLSID do
 * not count (article Q190893, "Registry Patterns Ignored for Pluggable Namespace Handlers"). What
 * the registry says is good for a second. S_OK; S_FALSE, with CLSID_NULL: there are no more.
 */
HRESULT session_name_space_find(const WCHAR *scheme, size_t length, unsigned int index,
        CLSID *clsid);

#endif
