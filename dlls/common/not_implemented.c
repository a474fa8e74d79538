/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "not_implemented.h"

#include "trace.h"

HRESULT function_not_implemented(const char *function)
{
    trace("%s: not implemented", function);
    return E_NOTIMPL;
}

HRESULT object_not_implemented(const char *function, void *out)
{
    if (!out)
        return E_INVALIDARG;
    *(void **)out = NULL;
    return function_not_implemented(function);
}
