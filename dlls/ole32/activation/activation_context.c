/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "activation_context.h"

#include <stdlib.h>
#include <string.h>

/* The beginning of an interface's entry. */
struct interface_data
{
    ULONG size;
    ULONG flags;
    GUID proxy_stub_clsid;
};

enum context_model
{
    CONTEXT_MODEL_APARTMENT = 1,
    CONTEXT_MODEL_FREE,
    CONTEXT_MODEL_SINGLE,
    CONTEXT_MODEL_BOTH,
    CONTEXT_MODEL_NEUTRAL,
};

static enum class_model model_from_context(ULONG model)
{
    switch (model)
    {
    case CONTEXT_MODEL_APARTMENT:
        return CLASS_MODEL_APARTMENT;
    case CONTEXT_MODEL_FREE:
        return CLASS_MODEL_FREE;
    case CONTEXT_MODEL_BOTH:
        return CLASS_MODEL_BOTH;
    case CONTEXT_MODEL_NEUTRAL:
        return CLASS_MODEL_NEUTRAL;
    default:
        return CLASS_MODEL_MAIN;
    }
}

const struct context_class_data *activation_context_find(REFCLSID clsid,
        ACTCTX_SECTION_KEYED_DATA *found)
{
    memset(found, 0, sizeof(*found));
    found->cbSize = sizeof(*found);
    if (!FindActCtxSectionGuid(0, NULL, ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION, clsid,
                found)
            || found->ulLength < sizeof(struct context_class_data))
        return NULL;
    return found->lpData;
}

HRESULT activation_context_class(REFCLSID clsid, struct context_class *out)
{
    ACTCTX_SECTION_KEYED_DATA found;
    const struct context_class_data *data = activation_context_find(clsid, &found);

    if (!data || !data->module_length || data->module_offset > found.ulSectionTotalLength
            || data->module_length > found.ulSectionTotalLength - data->module_offset)
        return REGDB_E_CLASSNOTREG;
    if (!(out->path = calloc(1, data->module_length + sizeof(WCHAR))))
        return E_OUTOFMEMORY;
    memcpy(out->path, (const BYTE *)found.lpSectionBase + data->module_offset, data->module_length);
    out->clsid = data->implemented_clsid;
    out->model = model_from_context(data->threading_model);
    return S_OK;
}

HRESULT activation_context_ps_clsid(REFIID iid, CLSID *clsid)
{
    ACTCTX_SECTION_KEYED_DATA found = {.cbSize = sizeof(found)};
    const struct interface_data *data;

    if (!FindActCtxSectionGuid(0, NULL, ACTIVATION_CONTEXT_SECTION_COM_INTERFACE_REDIRECTION, iid,
                &found))
        return REGDB_E_IIDNOTREG;
    data = found.lpData;
    if (found.ulLength < sizeof(*data))
        return REGDB_E_IIDNOTREG;
    *clsid = data->proxy_stub_clsid;
    return S_OK;
}
