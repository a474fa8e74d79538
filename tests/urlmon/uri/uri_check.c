/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uri_check.h"

#define SLOTS 16

const WCHAR *uri_text(IUri *uri, Uri_PROPERTY property, DWORD flags)
{
    static BSTR slots[SLOTS];
    static unsigned int next;
    BSTR text = NULL;

    next = (next + 1) % SLOTS;
    SysFreeString(slots[next]);
    if (FAILED(IUri_GetPropertyBSTR(uri, property, &text, flags)))
        text = NULL;
    slots[next] = text;
    return text ? text : L"";
}

DWORD uri_number(IUri *uri, Uri_PROPERTY property)
{
    DWORD number = 0;

    IUri_GetPropertyDWORD(uri, property, &number, 0);
    return number;
}

IUri *uri_made(const WCHAR *text, DWORD flags)
{
    IUri *uri = NULL;

    is_hr(CreateUri(text, flags, 0, &uri), S_OK, "CreateUri(%s, 0x%lx)", tap_wstr(text), flags);
    return uri;
}

void check_absolute(const WCHAR *text, DWORD flags, const WCHAR *absolute)
{
    IUri *uri = NULL;
    HRESULT hr = CreateUri(text, flags, 0, &uri);

    if (!absolute)
        is_hr(hr, E_INVALIDARG, "CreateUri(%s, 0x%lx)", tap_wstr(text), flags);
    else if (hr == S_OK)
        is_wstr(uri_text(uri, Uri_PROPERTY_ABSOLUTE_URI, 0), absolute, "%s, 0x%lx", tap_wstr(text),
                flags);
    else
        fail("CreateUri(%s, 0x%lx): %s", tap_wstr(text), flags, tap_hr(hr));
    if (uri)
        IUri_Release(uri);
}
