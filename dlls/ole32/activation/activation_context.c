/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "activation_context.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The beginning of an interface's entry. */
struct interface_data
{
    ULONG size;
    ULONG flags; /* enum interface_flags */
    GUID proxy_stub_clsid;
    ULONG method_count;
    GUID type_library;
    GUID base;
    ULONG name_length; /* bytes, without an end */
    ULONG name_offset; /* from this struct */
};

enum interface_flags
{
    INTERFACE_HAS_BASE = 2,
};

/* The beginning of a section whose keys are GUIDs. */
struct guid_section
{
    ULONG magic;
    ULONG header_size;
    ULONG format;
    ULONG data_format;
    ULONG flags;
    ULONG count;
    ULONG list; /* offset of an array of guid_entry */
};

#define GUID_SECTION_MAGIC 0x64487347 /* "GsHd" */

struct guid_entry
{
    GUID key;
    ULONG offset; /* of the data in the section */
    ULONG length;
    ULONG assembly;
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

/* The section with an interface's entry. */
static BOOL interface_find(REFIID iid, ACTCTX_SECTION_KEYED_DATA *found)
{
    memset(found, 0, sizeof(*found));
    found->cbSize = sizeof(*found);
    return FindActCtxSectionGuid(0, NULL, ACTIVATION_CONTEXT_SECTION_COM_INTERFACE_REDIRECTION, iid,
            found);
}

HRESULT activation_context_ps_clsid(REFIID iid, CLSID *clsid)
{
    ACTCTX_SECTION_KEYED_DATA found;

    if (!interface_find(iid, &found)
            || found.ulLength < offsetof(struct interface_data, method_count))
        return REGDB_E_IIDNOTREG;
    memcpy(clsid, (const BYTE *)found.lpData + offsetof(struct interface_data, proxy_stub_clsid),
            sizeof(*clsid));
    return S_OK; /* also with the null GUID, as on Windows */
}

/* Whether so many bytes at an offset are within the section. */
static BOOL section_has(const ACTCTX_SECTION_KEYED_DATA *section, UINT64 offset, UINT64 size)
{
    return offset <= section->ulSectionTotalLength
            && size <= section->ulSectionTotalLength - offset;
}

/* Whether the entry of `iid`, at an offset in the section, is that of an asynchronous interface:
 * its name says so, it has no proxies of its own, and the synchronous interface is its base. */
static BOOL entry_is_asynchronous(const ACTCTX_SECTION_KEYED_DATA *section, UINT64 offset,
        REFIID iid, IID *base)
{
    static const WCHAR prefix[] = L"Async";
    const ULONG prefix_size = sizeof(prefix) - sizeof(*prefix);
    const BYTE *start = section->lpSectionBase;
    struct interface_data data;

    if (!section_has(section, offset, sizeof(data)))
        return FALSE;
    memcpy(&data, start + offset, sizeof(data));
    *base = data.base;
    return data.size >= sizeof(data)
            && (data.flags & INTERFACE_HAS_BASE)
            /* Without proxyStubClsid32 the system takes the IID. */
            && (IsEqualCLSID(&data.proxy_stub_clsid, &CLSID_NULL)
                    || IsEqualCLSID(&data.proxy_stub_clsid, iid))
            && !IsEqualIID(base, &IID_NULL) && !IsEqualIID(base, &IID_IUnknown)
            && !IsEqualIID(base, iid) && data.name_length > prefix_size
            && section_has(section, offset + data.name_offset, data.name_length)
            && !memcmp(start + offset + data.name_offset, prefix, prefix_size);
}

HRESULT activation_context_synchronous_iid(REFIID asynchronous, IID *synchronous)
{
    ACTCTX_SECTION_KEYED_DATA found;

    if (!interface_find(asynchronous, &found) || !found.lpSectionBase
            || (const BYTE *)found.lpData < (const BYTE *)found.lpSectionBase)
        return E_NOINTERFACE;
    return entry_is_asynchronous(&found,
                   (const BYTE *)found.lpData - (const BYTE *)found.lpSectionBase, asynchronous,
                   synchronous)
            ? S_OK
            : E_NOINTERFACE;
}

/* The section's list of entries; FALSE when it is not as expected. */
static BOOL section_list(const ACTCTX_SECTION_KEYED_DATA *section, struct guid_section *header)
{
    if (!section->lpSectionBase || !section_has(section, 0, sizeof(*header)))
        return FALSE;
    memcpy(header, section->lpSectionBase, sizeof(*header));
    return header->magic == GUID_SECTION_MAGIC && header->header_size >= sizeof(*header)
            && section_has(section, header->list,
                    (UINT64)header->count * sizeof(struct guid_entry));
}

HRESULT activation_context_async_iid(REFIID synchronous, IID *asynchronous)
{
    ACTCTX_SECTION_KEYED_DATA section;
    struct guid_section header;
    ULONG partners = 0;

    if (!interface_find(synchronous, &section) || !section_list(&section, &header))
        return E_NOINTERFACE;
    for (ULONG i = 0; i < header.count; i++)
    {
        const BYTE *base = section.lpSectionBase;
        struct guid_entry entry;
        IID partner;

        memcpy(&entry, base + header.list + (SIZE_T)i * sizeof(entry), sizeof(entry));
        if (!entry_is_asynchronous(&section, entry.offset, &entry.key, &partner)
                || !IsEqualIID(&partner, synchronous))
            continue;
        *asynchronous = entry.key;
        partners++;
    }
    return partners == 1 ? S_OK : E_NOINTERFACE;
}
