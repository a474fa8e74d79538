/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ProgIDs: in the registry, with a current version, damaged, and of activation contexts. */
#include <stdio.h>
#include <string.h>

#include <windows.h>
#include <objbase.h>

#include "tap.h"

static const CLSID test_clsid = {0x5c0e81a2, 0x76b4, 0x4f5a,
        {0x9d, 0x10, 0x2c, 0x3b, 0x5e, 0x91, 0xaa, 0x01}};
static const WCHAR test_clsid_text[] = L"{5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA01}";
static const CLSID other_clsid = {0x5c0e81a2, 0x76b4, 0x4f5a,
        {0x9d, 0x10, 0x2c, 0x3b, 0x5e, 0x91, 0xaa, 0x02}};
static const WCHAR other_clsid_text[] = L"{5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA02}";
static const CLSID context_clsid = {0x5c0e81a2, 0x76b4, 0x4f5a,
        {0x9d, 0x10, 0x2c, 0x3b, 0x5e, 0x91, 0xaa, 0x03}};

static void set_value(const WCHAR *path, const WCHAR *text)
{
    LONG error = RegSetKeyValueW(HKEY_CLASSES_ROOT, path, NULL, REG_SZ, text,
            (DWORD)(wcslen(text) + 1) * sizeof(*text));

    if (error)
        fail("cannot write %s: %ld", tap_wstr(path), error);
}

static void remove_key(const WCHAR *path)
{
    RegDeleteTreeW(HKEY_CLASSES_ROOT, path);
}

static void is_progid(const WCHAR *progid, HRESULT expected, const CLSID *expected_clsid,
        const char *what)
{
    CLSID clsid;

    memset(&clsid, 0xcc, sizeof(clsid));
    is_hr(CLSIDFromProgID(progid, &clsid), expected, "%s: CLSIDFromProgID", what);
    is_guid(&clsid, expected_clsid, "%s: its CLSID", what);
    memset(&clsid, 0xcc, sizeof(clsid));
    is_hr(CLSIDFromProgIDEx(progid, &clsid), expected, "%s: CLSIDFromProgIDEx", what);
    memset(&clsid, 0xcc, sizeof(clsid));
    is_hr(CLSIDFromString(progid, &clsid), expected, "%s: CLSIDFromString", what);
    is_guid(&clsid, expected_clsid, "%s: its CLSID", what);
}

static void test_registry(void)
{
    WCHAR *progid = (WCHAR *)1, text[600];
    CLSID clsid;

    set_value(L"ConciergeTest.Thing.1\\CLSID", test_clsid_text);
    set_value(L"ConciergeTest.Thing\\CurVer", L"ConciergeTest.Thing.1");
    set_value(L"ConciergeTest.Loop\\CurVer", L"ConciergeTest.Loop");
    set_value(L"ConciergeTest.Bad.1\\CLSID", L"{5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA0}");
    set_value(L"ConciergeTest.Bad.2\\CLSID",
            L"{5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA01} and more than that");
    set_value(L"ConciergeTest.Empty.1\\CLSID", L"");
    set_value(L"ConciergeTest.None.1", L"no class");
    wcscpy(text, L"CLSID\\");
    wcscat(text, test_clsid_text);
    set_value(text, L"test class");
    wcscat(text, L"\\ProgID");
    set_value(text, L"ConciergeTest.Thing.1");
    wcscpy(text, L"CLSID\\");
    wcscat(text, other_clsid_text);
    set_value(text, L"test class without ProgID");

    is_progid(L"ConciergeTest.Thing.1", S_OK, &test_clsid, "a ProgID");
    is_progid(L"conciergetest.THING.1", S_OK, &test_clsid, "in another case");
    todo_builtin("desktop-src/com/versionindependentprogid: CurVer is not followed by Wine")
        is_progid(L"ConciergeTest.Thing", S_OK, &test_clsid, "by its current version");
    is_progid(L"ConciergeTest.Loop", CO_E_CLASSSTRING, &GUID_NULL, "its own current version");
    is_progid(L"ConciergeTest.None.1", CO_E_CLASSSTRING, &GUID_NULL, "without a class");
    is_progid(L"ConciergeTest.NoSuch", CO_E_CLASSSTRING, &GUID_NULL, "not there");
    is_progid(L"", CO_E_CLASSSTRING, &GUID_NULL, "empty");
    for (int i = 0; i < 599; i++)
        text[i] = 'x';
    text[599] = 0;
    is_progid(text, CO_E_CLASSSTRING, &GUID_NULL, "too long");
    is_hr(CLSIDFromProgID(L"ConciergeTest.Bad.1", &clsid), CO_E_CLASSSTRING, "a bad CLSID");
    is_hr(CLSIDFromProgID(L"ConciergeTest.Bad.2", &clsid), CO_E_CLASSSTRING, "a long CLSID");
    is_hr(CLSIDFromProgID(L"ConciergeTest.Empty.1", &clsid), CO_E_CLASSSTRING, "an empty CLSID");
    is_hr(CLSIDFromProgID(NULL, &clsid), E_INVALIDARG, "CLSIDFromProgID of NULL");
    is_hr(CLSIDFromProgID(L"x", NULL), E_INVALIDARG, "CLSIDFromProgID to NULL");

    is_hr(ProgIDFromCLSID(&test_clsid, &progid), S_OK, "ProgIDFromCLSID");
    is_wstr(progid, L"ConciergeTest.Thing.1", "... is that in the registry");
    CoTaskMemFree(progid);
    progid = (WCHAR *)1;
    is_hr(ProgIDFromCLSID(&other_clsid, &progid), REGDB_E_CLASSNOTREG, "a class without ProgID");
    is_ptr(progid, NULL, "... gives NULL");
    is_hr(ProgIDFromCLSID(&context_clsid, &progid), REGDB_E_CLASSNOTREG, "no class");
    is_hr(ProgIDFromCLSID(&test_clsid, NULL), E_INVALIDARG, "ProgIDFromCLSID to NULL");
}

static const char manifest[] =
        "<assembly xmlns=\"urn:schemas-microsoft-com:asm.v1\" manifestVersion=\"1.0\">"
        "<assemblyIdentity version=\"1.0.0.0\" name=\"ConciergeTest\" type=\"win32\"/>"
        "<file name=\"concierge_test_server.dll\">"
        "<comClass clsid=\"{5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA03}\" threadingModel=\"Both\""
        " progid=\"ConciergeTest.Context\"><progid>ConciergeTest.Context.7</progid></comClass>"
        "<comClass clsid=\"{5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA01}\" threadingModel=\"Both\"/>"
        "</file></assembly>";

static HANDLE context_create(void)
{
    WCHAR folder[MAX_PATH], path[MAX_PATH];
    ACTCTXW data = {sizeof(data)};
    DWORD written;
    HANDLE file, context;

    GetTempPathW(ARRAYSIZE(folder), folder);
    GetTempFileNameW(folder, L"mem", 0, path);
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, manifest, sizeof(manifest) - 1, &written, NULL);
    CloseHandle(file);
    data.lpSource = path;
    context = CreateActCtxW(&data);
    DeleteFileW(path);
    return context;
}

static void test_context(void)
{
    CLSID clsid, second, again;
    HANDLE context = context_create();
    WCHAR *progid = NULL;
    ULONG_PTR cookie;

    ok(context != INVALID_HANDLE_VALUE, "an activation context");
    is_hr(CLSIDFromProgID(L"ConciergeTest.Context", &clsid), CO_E_CLASSSTRING,
            "its ProgID is not known before it is active");
    ok(ActivateActCtx(context, &cookie), "ActivateActCtx");
    is_hr(CLSIDFromProgID(L"ConciergeTest.Context", &clsid), S_OK, "now it is");
    ok(!IsEqualGUID(&clsid, &GUID_NULL), "... and stands for a class");
    is_hr(CLSIDFromProgID(L"conciergetest.context.7", &second), S_OK, "a second one, other case");
    is_guid(&second, &clsid, "... stands for the same");
    is_hr(CLSIDFromString(L"ConciergeTest.Context", &again), CO_E_CLASSSTRING,
            "CLSIDFromString leaves contexts out, as on Windows");
    is_guid(&again, &GUID_NULL, "... and gives CLSID_NULL");
    is_hr(ProgIDFromCLSID(&context_clsid, &progid), S_OK, "ProgIDFromCLSID");
    is_wstr(progid, L"ConciergeTest.Context", "... is that of the context");
    CoTaskMemFree(progid);
    progid = NULL;
    is_hr(ProgIDFromCLSID(&clsid, &progid), S_OK, "ProgIDFromCLSID of what the ProgID gave");
    is_wstr(progid, L"ConciergeTest.Context", "... is the same");
    CoTaskMemFree(progid);
    is_hr(ProgIDFromCLSID(&test_clsid, &progid), REGDB_E_CLASSNOTREG,
            "the context's class goes before the registry's");
    is_hr(CLSIDFromProgID(L"ConciergeTest.Thing.1", &clsid), S_OK, "others are still found");
    is_guid(&clsid, &test_clsid, "... in the registry");
    DeactivateActCtx(0, cookie);
    ReleaseActCtx(context);
    is_hr(CLSIDFromProgID(L"ConciergeTest.Context", &clsid), CO_E_CLASSSTRING,
            "afterwards it is not known any more");
}

static void run_all(void)
{
    WCHAR text[100];

    test_registry();
    test_context();

    remove_key(L"ConciergeTest.Thing.1");
    remove_key(L"ConciergeTest.Thing");
    remove_key(L"ConciergeTest.Loop");
    remove_key(L"ConciergeTest.Bad.1");
    remove_key(L"ConciergeTest.Bad.2");
    remove_key(L"ConciergeTest.Empty.1");
    remove_key(L"ConciergeTest.None.1");
    wcscpy(text, L"CLSID\\");
    wcscat(text, test_clsid_text);
    remove_key(text);
    wcscpy(text, L"CLSID\\");
    wcscat(text, other_clsid_text);
    remove_key(text);
}

int main(void)
{
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("ProgIDs");
    }
    return done_testing();
}
