/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IEnumXXX::Next across apartments: how many came is always asked for, though the caller of Next
 * may leave it out for one element (IEnumUnknown::Next, IEnumString::Next and their kin). */
#include "core_interfaces.h"

#define ENUM_NEXT(type, element)                                                                   \
    HRESULT STDMETHODCALLTYPE type##_Next_Proxy(type *iface, ULONG count, element *elements,       \
            ULONG *fetched)                                                                        \
    {                                                                                              \
        ULONG got = 0;                                                                             \
        HRESULT hr;                                                                                \
                                                                                                   \
        if (!fetched && count != 1)                                                                \
            return E_INVALIDARG;                                                                   \
        hr = type##_RemoteNext_Proxy(iface, count, elements, &got);                                \
        if (fetched)                                                                               \
            *fetched = got;                                                                        \
        return hr;                                                                                 \
    }                                                                                              \
                                                                                                   \
    HRESULT __RPC_STUB type##_Next_Stub(type *iface, ULONG count, element *elements,               \
            ULONG *fetched)                                                                        \
    {                                                                                              \
        HRESULT hr;                                                                                \
                                                                                                   \
        *fetched = 0;                                                                              \
        hr = type##_Next(iface, count, elements, fetched);                                         \
        if (FAILED(hr) || *fetched > count)                                                        \
            *fetched = 0;                                                                          \
        else if (hr == S_OK && !*fetched)                                                          \
            *fetched = count; /* what S_OK promises */                                             \
        return hr;                                                                                 \
    }

ENUM_NEXT(IEnumUnknown, IUnknown *)
ENUM_NEXT(IEnumString, LPOLESTR)
ENUM_NEXT(IEnumMoniker, IMoniker *)
ENUM_NEXT(IEnumSTATSTG, STATSTG)
ENUM_NEXT(IEnumOLEVERB, OLEVERB)
ENUM_NEXT(IEnumFORMATETC, FORMATETC)
ENUM_NEXT(IEnumSTATDATA, STATDATA)
ENUM_NEXT(IEnumGUID, GUID)
ENUM_NEXT(IEnumSTATPROPSTG, STATPROPSTG)
ENUM_NEXT(IEnumSTATPROPSETSTG, STATPROPSETSTG)
