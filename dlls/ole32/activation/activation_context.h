/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Registration-free COM: what the active activation context, or that of the process, says about
 * classes and interfaces in its manifests.
 */
#ifndef CONCIERGE_ACTIVATION_CONTEXT_H
#define CONCIERGE_ACTIVATION_CONTEXT_H

#include <windows.h>
#include <objbase.h>

#include "class_registry.h"

struct context_class
{
    CLSID clsid; /* what DllGetClassObject is asked for */
    WCHAR *path; /* malloc; to be loaded under the same activation context */
    enum class_model model;
};

/* The beginning of a class's entry in the section. Offsets in bytes. */
struct context_class_data
{
    ULONG size;
    ULONG flags;
    ULONG threading_model;
    GUID reference_clsid;
    GUID configured_clsid;
    GUID implemented_clsid;
    GUID type_library;
    ULONG module_length; /* bytes, without an end */
    ULONG module_offset; /* from the section */
    ULONG progid_length; /* bytes, without an end */
    ULONG progid_offset; /* from this struct */
};

/* The entry of a class, with where it was found. NULL: no manifest has the class. */
const struct context_class_data *activation_context_find(REFCLSID clsid,
        ACTCTX_SECTION_KEYED_DATA *found);

/* S_OK; REGDB_E_CLASSNOTREG: no manifest has the class; E_OUTOFMEMORY. */
HRESULT activation_context_class(REFCLSID clsid, struct context_class *out);

/* The proxy/stub class of an interface. S_OK, REGDB_E_IIDNOTREG. */
HRESULT activation_context_ps_clsid(REFIID iid, CLSID *clsid);

/* The partner of an asynchronous, or a synchronous, interface. An asynchronous interface has an
 * entry whose name begins with "Async", without a proxy/stub class, whose base is the synchronous
 * interface: that must have an entry of its own in the same context. S_OK; E_NOINTERFACE: there is
 * none, or more than one. */
HRESULT activation_context_synchronous_iid(REFIID asynchronous, IID *synchronous);
HRESULT activation_context_async_iid(REFIID synchronous, IID *asynchronous);

#endif
