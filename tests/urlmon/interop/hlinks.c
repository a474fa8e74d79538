/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wine's hlink.dll over URL monikers: references from strings, from monikers, and back. */
#include <windows.h>
#include <hlink.h>
#include <urlmon.h>

#include "tap.h"

/* MinGW-w64 has no import library of hlink.dll for 32 bits. */
static typeof(HlinkCreateFromString) *create_from_string;
static typeof(HlinkCreateFromMoniker) *create_from_moniker;
static typeof(HlinkParseDisplayName) *parse_display_name;

static void function_get(HMODULE dll, const char *name, void *function)
{
    FARPROC proc = dll ? GetProcAddress(dll, name) : NULL;

    if (!proc)
        bail_out("no %s in hlink.dll", name);
    memcpy(function, &proc, sizeof(proc));
}

static void functions_get(void)
{
    HMODULE dll = LoadLibraryW(L"hlink.dll");

    function_get(dll, "HlinkCreateFromString", &create_from_string);
    function_get(dll, "HlinkCreateFromMoniker", &create_from_moniker);
    function_get(dll, "HlinkParseDisplayName", &parse_display_name);
}

static void test_references(void)
{
    IMoniker *moniker = NULL;
    WCHAR *target = NULL, *location = NULL, *name = NULL;
    IBindCtx *context;
    IHlink *link = NULL;
    HRESULT hr;

    hr = create_from_string(L"http://www.example.com/a/b", L"part", L"friend", NULL, 0, NULL,
            &IID_IHlink, (void **)&link);
    is_hr(hr, S_OK, "HlinkCreateFromString");
    if (FAILED(hr))
        return;
    is_hr(IHlink_GetStringReference(link, HLINKGETREF_DEFAULT, &target, &location), S_OK,
            "GetStringReference");
    is_wstr(target, L"http://www.example.com/a/b", "the target");
    is_wstr(location, L"part", "the place in it");
    CoTaskMemFree(target);
    CoTaskMemFree(location);

    location = NULL;
    hr = IHlink_GetMonikerReference(link, HLINKGETREF_ABSOLUTE, &moniker, &location);
    is_hr(hr, S_OK, "GetMonikerReference");
    if (moniker)
    {
        DWORD kind = 0;

        is_hr(IMoniker_IsSystemMoniker(moniker, &kind), S_OK, "IsSystemMoniker");
        is_uint(kind, MKSYS_URLMONIKER, "it is a URL moniker");
        is_hr(CreateBindCtx(0, &context), S_OK, "CreateBindCtx");
        is_hr(IMoniker_GetDisplayName(moniker, context, NULL, &name), S_OK, "GetDisplayName");
        is_wstr(name, L"http://www.example.com/a/b", "its name");
        CoTaskMemFree(name);
        IBindCtx_Release(context);
        IMoniker_Release(moniker);
    }
    CoTaskMemFree(location);
    is_uint(IHlink_Release(link), 0, "the link goes");
}

/* A reference relative to a site's moniker, and links made of monikers. */
static void test_monikers(void)
{
    IMoniker *moniker = NULL, *found = NULL;
    IHlink *link = NULL;
    WCHAR *target = NULL;
    ULONG eaten = 0;
    IBindCtx *context;

    is_hr(CreateURLMonikerEx(NULL, L"http://www.example.com/x y", &moniker, URL_MK_UNIFORM), S_OK,
            "CreateURLMonikerEx");
    is_hr(create_from_moniker(moniker, NULL, NULL, NULL, 0, NULL, &IID_IHlink, (void **)&link),
            S_OK, "HlinkCreateFromMoniker");
    if (link)
    {
        is_hr(IHlink_GetStringReference(link, HLINKGETREF_DEFAULT, &target, NULL), S_OK,
                "GetStringReference");
        is_wstr(target, L"http://www.example.com/x%20y", "the moniker's name");
        CoTaskMemFree(target);
        is_hr(IHlink_GetMonikerReference(link, HLINKGETREF_DEFAULT, &found, NULL), S_OK,
                "GetMonikerReference");
        if (found)
        {
            is_hr(IMoniker_IsEqual(found, moniker), S_OK, "the same moniker");
            IMoniker_Release(found);
        }
        IHlink_Release(link);
    }
    is_uint(IMoniker_Release(moniker), 0, "the moniker goes");

    found = NULL;
    is_hr(CreateBindCtx(0, &context), S_OK, "CreateBindCtx");
    is_hr(parse_display_name(context, L"http://www.example.com/parsed", FALSE, &eaten, &found),
            S_OK, "HlinkParseDisplayName");
    if (found)
    {
        DWORD kind = 0;

        is_hr(IMoniker_IsSystemMoniker(found, &kind), S_OK, "IsSystemMoniker");
        is_uint(kind, MKSYS_URLMONIKER, "it is a URL moniker");
        is_uint(eaten, 29, "all of the name");
        IMoniker_Release(found);
    }
    IBindCtx_Release(context);
}

int main(void)
{
    functions_get();
    CoInitialize(NULL);
    test_references();
    test_monikers();
    CoUninitialize();
    return done_testing();
}
