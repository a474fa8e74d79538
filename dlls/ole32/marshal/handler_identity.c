/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "standard_marshal.h"

#include "proxy_manager.h"

HRESULT handler_import(struct apartment *here, const struct objref *objref, REFIID iid, void **out)
{
    return proxy_import(here, &objref->std, &objref->iid, iid, out);
}
