/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GUIDs: new ones, as text, and compared; CLSIDs of OLE 1. */
#include <stdio.h>
#include <string.h>

#include <windows.h>
#include <objbase.h>

#include "tap.h"

/* Otherwise a macro: here, the function that is exported. */
#undef IsEqualGUID
BOOL WINAPI IsEqualGUID(REFGUID a, REFGUID b);

static const GUID sample = {0x0a1b2c3d, 0x4e5f, 0x6071,
        {0x82, 0x93, 0xa4, 0xb5, 0xc6, 0xd7, 0xe8, 0xf9}};
static const WCHAR sample_text[] = L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}";

static void test_to_text(void)
{
    WCHAR text[50], *allocated = NULL;

    is_int(StringFromGUID2(&sample, text, 50), 39, "StringFromGUID2");
    is_wstr(text, sample_text, "... gives upper case in braces");
    wcscpy(text, L"unchanged");
    is_int(StringFromGUID2(&sample, text, 38), 0, "38 characters are too few");
    is_wstr(text, L"unchanged", "... and the buffer is left alone");
    is_int(StringFromGUID2(&sample, text, 0), 0, "0 are too few");
    is_int(StringFromGUID2(&sample, text, -1), 0, "-1 are too few");
    is_int(StringFromGUID2(NULL, text, 50), 0, "NULL is no GUID");
    is_int(StringFromGUID2(&sample, text, 39), 39, "39 are enough");
    is_wstr(text, sample_text, "... for all");
    is_hr(StringFromCLSID(&sample, &allocated), S_OK, "StringFromCLSID");
    is_wstr(allocated, sample_text, "... gives the same");
    CoTaskMemFree(allocated);
    is_hr(StringFromIID(&sample, &allocated), S_OK, "StringFromIID");
    is_wstr(allocated, sample_text, "... gives the same");
    CoTaskMemFree(allocated);
}

static void test_from_text(void)
{
    static const WCHAR *const bad[] = {
            L"{",
            L"{}",
            L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9",
            L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}x",
            L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9} ",
            L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9)",
            L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F}",
            L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F99}",
            L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8Fg}",
            L"{0A1B2C3D_4E5F-6071-8293-A4B5C6D7E8F9}",
            L"{0A1B2C3D-4E5F-60718-293-A4B5C6D7E8F9}",
            L"{0A1B2C3D-4E5F-6071-82-93A4B5C6D7E8F9}",
            L"{0x1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}",
            L"{-A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}",
            L"{+A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}",
            L"{ A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}",
            L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F\x0661}",
            L"{{A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}",
    };
    static const WCHAR *const no_braces[] = {
            L"",
            L" {0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}",
            L"0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9",
            L"(0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9)",
            L"Concierge.NoSuchClass.1",
    };
    WCHAR text[50];
    GUID guid;

    is_hr(CLSIDFromString(sample_text, &guid), S_OK, "CLSIDFromString");
    is_guid(&guid, &sample, "... reads it");
    is_hr(CLSIDFromString(L"{0a1B2c3D-4e5F-6071-8293-a4b5c6d7e8f9}", &guid), S_OK, "lower case");
    is_guid(&guid, &sample, "... is the same");
    is_hr(IIDFromString(sample_text, &guid), S_OK, "IIDFromString");
    is_guid(&guid, &sample, "... reads it");
    memset(&guid, 0xcc, sizeof(guid));
    is_hr(CLSIDFromString(NULL, &guid), S_OK, "CLSIDFromString of NULL");
    is_guid(&guid, &GUID_NULL, "... is CLSID_NULL");
    memset(&guid, 0xcc, sizeof(guid));
    is_hr(IIDFromString(NULL, &guid), S_OK, "IIDFromString of NULL");
    is_guid(&guid, &GUID_NULL, "... is IID_NULL");
    is_hr(CLSIDFromString(sample_text, NULL), E_INVALIDARG, "CLSIDFromString to NULL");

    for (size_t i = 0; i < ARRAYSIZE(bad); i++)
    {
        BOOL whole = wcslen(bad[i]) == 38;

        is_hr(CLSIDFromString(bad[i], &guid), CO_E_CLASSSTRING, "%s is no CLSID", tap_wstr(bad[i]));
        is_hr(IIDFromString(bad[i], &guid), whole ? CO_E_IIDSTRING : E_INVALIDARG, "%s is no IID",
                tap_wstr(bad[i]));
    }
    for (size_t i = 0; i < ARRAYSIZE(no_braces); i++)
    {
        memset(&guid, 0xcc, sizeof(guid));
        is_hr(CLSIDFromString(no_braces[i], &guid), CO_E_CLASSSTRING, "\"%s\" is no CLSID",
                tap_wstr(no_braces[i]));
        is_guid(&guid, &GUID_NULL, "... and gives CLSID_NULL");
    }

    /* Every single wrong character is found. */
    for (int i = 0; i < 38; i++)
    {
        wcscpy(text, sample_text);
        text[i] = 'z';
        if (CLSIDFromString(text, &guid) != CO_E_CLASSSTRING)
            fail("character %d is not checked", i);
        wcscpy(text, sample_text);
        text[i] = 0;
        if (CLSIDFromString(text, &guid) != CO_E_CLASSSTRING)
            fail("an end at %d is not seen", i);
    }
    pass("every character is checked");
}

static void test_round_trip(void)
{
    int wrong = 0;

    for (int i = 0; i < 1000; i++)
    {
        WCHAR text[39];
        GUID guid, back;

        if (CoCreateGuid(&guid) != S_OK || StringFromGUID2(&guid, text, 39) != 39
                || CLSIDFromString(text, &back) != S_OK || memcmp(&guid, &back, sizeof(guid)))
            wrong++;
    }
    is_int(wrong, 0, "1000 GUIDs come back from text as they were");
}

static void test_create(void)
{
    GUID a, b;

    is_hr(CoCreateGuid(&a), S_OK, "CoCreateGuid");
    is_hr(CoCreateGuid(&b), S_OK, "CoCreateGuid");
    ok(memcmp(&a, &b, sizeof(a)) != 0, "two GUIDs differ");
    is_int(a.Data4[0] & 0xc0, 0x80, "it has the variant of RFC 4122");
    is_int(a.Data3 >> 12, 4, "... and is a random one");
    is_hr(CoCreateGuid(NULL), E_INVALIDARG, "CoCreateGuid to NULL");
    ok(!IsEqualGUID(&a, &b), "IsEqualGUID of different ones");
    b = a;
    ok(IsEqualGUID(&a, &b), "IsEqualGUID of equal ones");
    b.Data4[7] ^= 1;
    ok(!IsEqualGUID(&a, &b), "IsEqualGUID looks at the last bit");
}

/* objbase/nf-objbase-coisole1class: "OLE 1" CLSIDs are 0003xxxx-0000-0000-C000-000000000046 */
static void test_ole1(void)
{
    GUID guid = {0x30007, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

    todo_builtin("objbase/nf-objbase-coisole1class: Wine knows no CLSIDs of OLE 1")
        ok(CoIsOle1Class(&guid), "CoIsOle1Class");
    guid.Data1 = 0x3ffff;
    todo_builtin("objbase/nf-objbase-coisole1class: Wine knows no CLSIDs of OLE 1")
        ok(CoIsOle1Class(&guid), "... to the end of their range");
    guid.Data1 = 0x40000;
    ok(!CoIsOle1Class(&guid), "... and not beyond");
    guid.Data1 = 0x2ffff;
    ok(!CoIsOle1Class(&guid), "... nor before");
    guid.Data1 = 0x30007;
    guid.Data4[7] = 0x47;
    ok(!CoIsOle1Class(&guid), "... nor beside");
    ok(!CoIsOle1Class(&sample), "... nor somewhere else");
}

static void run_all(void)
{
    test_to_text();
    test_from_text();
    test_round_trip();
    test_create();
    test_ole1();
}

int main(void)
{
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("GUIDs");
    }
    return done_testing();
}
