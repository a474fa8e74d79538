/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ICatInformation: a count of -1 stands for any category and has no array, whatever its pointer is
 * ("ICatInformation::EnumClassesOfCategories", "ICatInformation::IsClassOfCategories"). */
#include "core_interfaces.h"

#define ANY_CATEGORY ((ULONG)-1)

/* What crosses of such an array. */
static const CATID *array_sent(ULONG count, const CATID *categories)
{
    return count == ANY_CATEGORY ? NULL : categories;
}

/* Whether what came can be handed on: the other side may say what it likes. */
static BOOL array_came(ULONG count, const CATID *categories)
{
    return count == ANY_CATEGORY || !count || categories;
}

HRESULT STDMETHODCALLTYPE ICatInformation_EnumClassesOfCategories_Proxy(ICatInformation *iface,
        ULONG implemented_count, const CATID implemented[], ULONG required_count,
        const CATID required[], IEnumGUID **classes)
{
    return ICatInformation_RemoteEnumClassesOfCategories_Proxy(iface, implemented_count,
            array_sent(implemented_count, implemented), required_count,
            array_sent(required_count, required), classes);
}

HRESULT __RPC_STUB ICatInformation_EnumClassesOfCategories_Stub(ICatInformation *iface,
        ULONG implemented_count, const CATID implemented[], ULONG required_count,
        const CATID required[], IEnumGUID **classes)
{
    *classes = NULL;
    if (!array_came(implemented_count, implemented) || !array_came(required_count, required))
        return E_INVALIDARG;
    return ICatInformation_EnumClassesOfCategories(iface, implemented_count, implemented,
            required_count, required, classes);
}

HRESULT STDMETHODCALLTYPE ICatInformation_IsClassOfCategories_Proxy(ICatInformation *iface,
        REFCLSID clsid, ULONG implemented_count, const CATID implemented[], ULONG required_count,
        const CATID required[])
{
    return ICatInformation_RemoteIsClassOfCategories_Proxy(iface, clsid, implemented_count,
            array_sent(implemented_count, implemented), required_count,
            array_sent(required_count, required));
}

HRESULT __RPC_STUB ICatInformation_IsClassOfCategories_Stub(ICatInformation *iface, REFCLSID clsid,
        ULONG implemented_count, const CATID implemented[], ULONG required_count,
        const CATID required[])
{
    if (!array_came(implemented_count, implemented) || !array_came(required_count, required))
        return E_INVALIDARG;
    return ICatInformation_IsClassOfCategories(iface, clsid, implemented_count, implemented,
            required_count, required);
}
