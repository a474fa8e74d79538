/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monikers of the system, and the running object table. Not there yet. */
#include <windows.h>
#include <ole2.h>

#include "not_implemented.h"

/* None of this is there yet, so the parameters are not used. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* In no header of MinGW-w64. */
void WINAPI DestroyRunningObjectTable(void);

HRESULT WINAPI CreateAntiMoniker(IMoniker **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI CreateClassMoniker(REFCLSID clsid, IMoniker **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI CreateFileMoniker(const OLECHAR *path, IMoniker **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI CreateGenericComposite(IMoniker *first, IMoniker *rest, IMoniker **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI CreateItemMoniker(const OLECHAR *delimiter, const OLECHAR *item, IMoniker **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI CreateObjrefMoniker(IUnknown *object, IMoniker **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI CreatePointerMoniker(IUnknown *object, IMoniker **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI MonikerCommonPrefixWith(IMoniker *self, IMoniker *other, IMoniker **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI MonikerRelativePathTo(IMoniker *source, IMoniker *destination, IMoniker **out,
        BOOL reserved)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI GetRunningObjectTable(DWORD reserved, IRunningObjectTable **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

void WINAPI DestroyRunningObjectTable(void)
{
    NOT_IMPLEMENTED();
}
