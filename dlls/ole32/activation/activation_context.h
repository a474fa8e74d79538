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

/* S_OK; REGDB_E_CLASSNOTREG: no manifest has the class; E_OUTOFMEMORY. */
HRESULT activation_context_class(REFCLSID clsid, struct context_class *out);

/* The proxy/stub class of an interface. S_OK, REGDB_E_IIDNOTREG. */
HRESULT activation_context_ps_clsid(REFIID iid, CLSID *clsid);

#endif
