/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "running_key.h"

#include "hash_table.h"
#include "moniker_base.h"

static HRESULT key_from_name(IMoniker *moniker, struct running_key *key)
{
    WCHAR *name = NULL;
    IBindCtx *context;
    CLSID clsid;
    HRESULT hr = CreateBindCtx(0, &context);

    if (FAILED(hr))
        return hr;
    hr = IMoniker_GetDisplayName(moniker, context, NULL, &name);
    IBindCtx_Release(context);
    if (SUCCEEDED(hr) && !name)
        hr = E_UNEXPECTED;
    if (SUCCEEDED(hr))
        hr = IMoniker_GetClassID(moniker, &clsid);
    if (SUCCEEDED(hr))
        hr = moniker_text_comparison(&clsid, name, L"", sizeof(key->data), key->data, &key->size);
    CoTaskMemFree(name);
    return hr;
}

HRESULT running_key_get(IMoniker *moniker, struct running_key *key)
{
    IROTData *data;
    HRESULT hr;

    key->size = 0;
    if (FAILED(IMoniker_QueryInterface(moniker, &IID_IROTData, (void **)&data)))
        return key_from_name(moniker, key);
    hr = IROTData_GetComparisonData(data, key->data, sizeof(key->data), &key->size);
    IROTData_Release(data);
    if (SUCCEEDED(hr) && key->size > sizeof(key->data))
        hr = E_UNEXPECTED;
    return hr;
}

size_t running_key_hash(const BYTE *data, ULONG size)
{
    UINT64 hash = 0xcbf29ce484222325; /* FNV-1a */

    for (ULONG i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 0x100000001b3;
    return hash_mix(hash);
}
