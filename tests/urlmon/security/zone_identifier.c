/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Persistent Zone Identifier object: pages "Persistent Zone Identifier object"
 * (platform-apis/ms537029), IZoneIdentifier (ms537032) and its methods (ms537031, ms537034,
 * ms537037), IZoneIdentifier2 (mt243886), [MS-FSCC] 5.6.1; and what MapUrlToZone makes of a mark.
 */
#include "../../../dlls/urlmon/security/zone_identifier.h"

#include "../../tap.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define ALTERED 600

static WCHAR path[MAX_PATH], stream[MAX_PATH + 20], url[MAX_PATH + 20];

static void make_names(void)
{
    GetTempPathW(ARRAYSIZE(path), path);
    wcscat(path, L"marked.txt");
    wcscpy(stream, path);
    wcscat(stream, L":Zone.Identifier");
    wcscpy(url, L"file:///");
    wcscat(url, path);
    CloseHandle(CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
}

static void put_mark(const void *data, DWORD size)
{
    HANDLE file = CreateFileW(stream, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD done = 0;

    if (!WriteFile(file, data, size, &done, NULL) || done != size)
        ok(0, "the stream is not written: %lu", GetLastError());
    CloseHandle(file);
}

/* The text of the stream; "(none)" without one. Good for the next call. */
static const char *mark_text(void)
{
    static char text[1000];
    HANDLE file = CreateFileW(stream, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    DWORD size = 0;

    if (file == INVALID_HANDLE_VALUE)
        return "(none)";
    ReadFile(file, text, sizeof(text) - 1, &size, NULL);
    CloseHandle(file);
    text[size] = 0;
    return text;
}

static DWORD zone_of_file(DWORD flags)
{
    IInternetSecurityManager *manager;
    DWORD zone = 99;

    CoInternetCreateSecurityManager(NULL, &manager, 0);
    IInternetSecurityManager_MapUrlToZone(manager, url, &zone, flags);
    IInternetSecurityManager_Release(manager);
    return zone;
}

static IPersistFile *make(IZoneIdentifier2 **identifier)
{
    IPersistFile *persist = NULL;

    is_hr(CoCreateInstance(&zone_identifier_class, NULL, CLSCTX_INPROC_SERVER, &IID_IPersistFile,
                  (void **)&persist),
            S_OK, "the object");
    if (!persist)
        bail_out("no object");
    is_hr(IPersistFile_QueryInterface(persist, &zone_identifier2_iid, (void **)identifier), S_OK,
            "IZoneIdentifier2");
    return persist;
}

static void done(IPersistFile *persist, IZoneIdentifier2 *identifier)
{
    identifier->lpVtbl->Release(identifier);
    is_uint(IPersistFile_Release(persist), 0, "the last reference");
}

static void test_interfaces(void)
{
    IZoneIdentifier2 *identifier;
    IPersistFile *persist = make(&identifier);
    IZoneIdentifier *old;
    WCHAR *name = NULL;
    DWORD zone = 77;
    CLSID clsid;

    is_hr(identifier->lpVtbl->QueryInterface(identifier, &IID_IZoneIdentifier, (void **)&old), S_OK,
            "IZoneIdentifier");
    is_hr(IZoneIdentifier_GetId(old, &zone), HRESULT_FROM_WIN32(ERROR_NOT_FOUND),
            "the zone is unavailable");
    is_hr(IZoneIdentifier_GetId(old, NULL), E_INVALIDARG, "GetId without a place");
    IZoneIdentifier_Release(old);
    is_hr(IPersistFile_GetClassID(persist, &clsid), S_OK, "GetClassID");
    is_guid(&clsid, &zone_identifier_class, "its class");
    is_hr(IPersistFile_IsDirty(persist), S_FALSE, "nothing has changed");
    is_hr(IPersistFile_GetCurFile(persist, &name), S_FALSE, "no file yet");
    CoTaskMemFree(name);
    is_hr(IPersistFile_Save(persist, NULL, TRUE), E_INVALIDARG, "Save without a name");
    is_hr(IPersistFile_Load(persist, path, STGM_READ), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND),
            "a file without a mark");
    is_hr(IPersistFile_Load(persist, L"C:\\not\\there.txt", STGM_READ),
            HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND), "no file");
    is_hr(IPersistFile_Load(persist, L"", STGM_READ),
            HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE), "no name");
    done(persist, identifier);
}

static void test_mark(void)
{
    IZoneIdentifier2 *identifier;
    IPersistFile *persist = make(&identifier);
    WCHAR *name = NULL;
    DWORD zone = 77;

    is_uint(zone_of_file(0), URLZONE_LOCAL_MACHINE, "a file of this computer");
    is_hr(identifier->lpVtbl->SetId(identifier, URLZONE_UNTRUSTED), E_ACCESSDENIED,
            "SetId: an untrusted zone");
    is_hr(identifier->lpVtbl->SetId(identifier, 70000), E_INVALIDARG, "SetId: no zone");
    is_hr(identifier->lpVtbl->SetId(identifier, URLZONE_INTERNET), S_OK, "SetId");
    is_hr(identifier->lpVtbl->GetId(identifier, &zone), S_OK, "GetId");
    is_uint(zone, URLZONE_INTERNET, "the zone");
    is_hr(IPersistFile_IsDirty(persist), S_OK, "it has changed");
    is_str(mark_text(), "(none)", "nothing is written before Save");
    is_hr(IPersistFile_Save(persist, path, TRUE), S_OK, "Save");
    is_str(mark_text(), "[ZoneTransfer]\r\nZoneId=3\r\n", "the stream");
    is_hr(IPersistFile_IsDirty(persist), S_FALSE, "it is saved");
    is_hr(IPersistFile_GetCurFile(persist, &name), S_OK, "GetCurFile");
    is_wstr(name, path, "the file");
    CoTaskMemFree(name);
    is_uint(zone_of_file(0), URLZONE_INTERNET, "MapUrlToZone");
    is_uint(zone_of_file(MUTZ_NOSAVEDFILECHECK), URLZONE_LOCAL_MACHINE, "MUTZ_NOSAVEDFILECHECK");
    done(persist, identifier);

    persist = make(&identifier);
    is_hr(IPersistFile_Load(persist, path, STGM_READ), S_OK, "Load");
    is_hr(identifier->lpVtbl->GetId(identifier, &zone), S_OK, "GetId");
    is_uint(zone, URLZONE_INTERNET, "the zone");
    is_hr(identifier->lpVtbl->Remove(identifier), S_OK, "Remove");
    is_hr(identifier->lpVtbl->GetId(identifier, &zone), S_OK, "GetId");
    is_uint(zone, URLZONE_LOCAL_MACHINE, "that of this computer");
    is_uint(zone_of_file(0), URLZONE_INTERNET, "the file is as it was");
    is_hr(IPersistFile_Save(persist, NULL, FALSE), S_OK, "Save");
    is_str(mark_text(), "(none)", "the mark is gone");
    is_uint(zone_of_file(0), URLZONE_LOCAL_MACHINE, "MapUrlToZone");
    is_hr(IPersistFile_Save(persist, NULL, FALSE), S_OK, "once more");
    is_hr(IPersistFile_Save(persist, L"C:\\not\\there.txt", FALSE),
            HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND), "no file");
    done(persist, identifier);
}

static void test_second(void)
{
    IZoneIdentifier2 *identifier;
    IPersistFile *persist = make(&identifier);
    static const char foreign[] = "[Other]\r\nZoneId=1\r\n[zonetransfer]\r\n zoneid=3 \r\n"
                                  "HostUrl=http://example.org/a\xc3\xa9\r\n[Else]\r\nZoneId=2\r\n";
    WCHAR *name = NULL;
    DWORD zone = 77;

    put_mark(foreign, sizeof(foreign) - 1);
    is_hr(IPersistFile_Load(persist, path, STGM_READWRITE), S_OK, "Load");
    is_hr(identifier->lpVtbl->GetId(identifier, &zone), S_OK, "GetId");
    is_uint(zone, URLZONE_INTERNET, "that of its section");
    is_hr(identifier->lpVtbl->GetAppDefinedZoneId(identifier, &zone),
            HRESULT_FROM_WIN32(ERROR_NOT_FOUND), "no zone of a program");
    is_hr(identifier->lpVtbl->GetLastWriterPackageFamilyName(identifier, &name),
            HRESULT_FROM_WIN32(ERROR_NOT_FOUND), "nor a writer");
    is_ptr(name, NULL, "no name");
    is_hr(identifier->lpVtbl->SetLastWriterPackageFamilyName(identifier, L"a\r\nZoneId=0"),
            E_INVALIDARG, "a name of two lines");
    is_hr(identifier->lpVtbl->SetLastWriterPackageFamilyName(identifier, L"One_8wekyb3d8bbwe"),
            S_OK, "SetLastWriterPackageFamilyName");
    is_hr(identifier->lpVtbl->SetAppDefinedZoneId(identifier, 0), S_OK, "SetAppDefinedZoneId");
    is_hr(IPersistFile_Save(persist, NULL, FALSE), S_OK, "Save");
    is_str(mark_text(),
            "[ZoneTransfer]\r\nZoneId=3\r\nLastWriterPackageFamilyName=One_8wekyb3d8bbwe\r\n"
            "AppDefinedZoneId=0\r\nHostUrl=http://example.org/a\xc3\xa9\r\n",
            "the stream; what others wrote stays");
    done(persist, identifier);

    persist = make(&identifier);
    is_hr(IPersistFile_Load(persist, path, STGM_READWRITE), S_OK, "Load");
    is_hr(identifier->lpVtbl->GetLastWriterPackageFamilyName(identifier, &name), S_OK,
            "GetLastWriterPackageFamilyName");
    is_wstr(name, L"One_8wekyb3d8bbwe", "the writer");
    CoTaskMemFree(name);
    is_hr(identifier->lpVtbl->GetAppDefinedZoneId(identifier, &zone), S_OK, "GetAppDefinedZoneId");
    is_uint(zone, 0, "its zone");
    is_hr(identifier->lpVtbl->SetLastWriterPackageFamilyName(identifier, L"One_8wekyb3d8bbwe"),
            S_OK, "the same writer");
    is_hr(identifier->lpVtbl->GetAppDefinedZoneId(identifier, &zone), S_OK, "its zone stays");
    is_hr(identifier->lpVtbl->SetLastWriterPackageFamilyName(identifier, L"Two_8wekyb3d8bbwe"),
            S_OK, "another writer");
    is_hr(identifier->lpVtbl->GetAppDefinedZoneId(identifier, &zone),
            HRESULT_FROM_WIN32(ERROR_NOT_FOUND), "AppDefinedZoneId is cleared");
    is_hr(identifier->lpVtbl->RemoveLastWriterPackageFamilyName(identifier), S_OK,
            "RemoveLastWriterPackageFamilyName");
    is_hr(identifier->lpVtbl->SetAppDefinedZoneId(identifier, 2), S_OK, "SetAppDefinedZoneId");
    is_hr(identifier->lpVtbl->RemoveAppDefinedZoneId(identifier), S_OK, "RemoveAppDefinedZoneId");
    is_hr(identifier->lpVtbl->Remove(identifier), S_OK, "Remove");
    is_hr(IPersistFile_Save(persist, path, TRUE), S_OK, "Save");
    is_str(mark_text(), "(none)", "the mark is gone");
    done(persist, identifier);
}

static void load_is(const void *data, DWORD size, HRESULT load, HRESULT get, DWORD zone,
        const char *text)
{
    IZoneIdentifier2 *identifier;
    IPersistFile *persist = make(&identifier);
    DWORD found = 77;

    put_mark(data, size);
    is_hr(IPersistFile_Load(persist, path, STGM_READ), load, "Load: %s", text);
    is_hr(identifier->lpVtbl->GetId(identifier, &found), get, "GetId");
    is_uint(found, zone, "the zone");
    is_uint(zone_of_file(0), zone <= URLZONE_UNTRUSTED ? zone : URLZONE_LOCAL_MACHINE,
            "MapUrlToZone");
    done(persist, identifier);
}

static void test_texts(void)
{
    static const WCHAR wide[] = L"\xfeff[ZoneTransfer]\r\nZoneId=3\r\n";
    const HRESULT none = HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
    DWORD invalid = (DWORD)URLZONE_INVALID;
    char *large = malloc(70000);

#define LOAD_IS(text, get, zone) load_is(text, sizeof(text) - 1, S_OK, get, zone, text)
    LOAD_IS("[ZoneTransfer]\nZoneId=2", S_OK, URLZONE_TRUSTED);
    LOAD_IS("[ZoneTransfer]\r\nZoneId=4\r\n", E_ACCESSDENIED, URLZONE_UNTRUSTED);
    LOAD_IS("[ZoneTransfer]\r\nZoneId=1000\r\n", S_OK, 1000);
    LOAD_IS("[ZoneTransfer]\r\nZoneId=-1\r\n", none, invalid);
    LOAD_IS("[ZoneTransfer]\r\nZoneId=3x\r\n", none, invalid);
    LOAD_IS("[ZoneTransfer]\r\nZoneId=99999999999999999999\r\n", none, invalid);
    LOAD_IS("[ZoneTransfer]\r\nZoneId=\r\n", none, invalid);
    LOAD_IS("[ZoneTransfer]\r\nZoneIds=3\r\n", none, invalid);
    LOAD_IS("ZoneId=3\r\n", none, invalid);
    LOAD_IS("[ZoneTransfer\r\nZoneId=3\r\n", none, invalid);
    LOAD_IS("", none, invalid);
    load_is(wide, sizeof(wide) - sizeof(WCHAR), S_OK, S_OK, URLZONE_INTERNET, "UTF-16");
    memset(large, '\n', 70000);
    memcpy(large, "[ZoneTransfer]\nZoneId=3\n", 24);
    load_is(large, 65536, S_OK, S_OK, URLZONE_INTERNET, "64 KiB");
    load_is(large, 65537, HRESULT_FROM_WIN32(ERROR_BAD_FORMAT), none, invalid, "a byte more");
    free(large);
}

/* Any bytes at all: what is loaded can be saved, and is then loaded as the same. */
static void test_altered(void)
{
    static const char good[] = "[ZoneTransfer]\r\nZoneId=3\r\nLastWriterPackageFamilyName=One\r\n"
                               "AppDefinedZoneId=0\r\nHostUrl=http://example.org/\r\n";
    IZoneIdentifier2 *identifier;
    IPersistFile *persist = make(&identifier);
    unsigned int different = 0, failed = 0;

    srand(1);
    for (unsigned int i = 0; i < ALTERED; i++)
    {
        DWORD before = 77, after = 77, size = sizeof(good) - 1;
        char data[sizeof(good)];

        memcpy(data, good, sizeof(good));
        for (int n = rand() % 6; n >= 0; n--)
            data[(unsigned int)rand() % size] =
                    rand() % 3 ? "[]=\r\n\0 3Z\xff\xfe\xc3"[rand() % 12] : (char)rand();
        put_mark(data, rand() % 4 ? size : (unsigned int)rand() % size);
        failed += IPersistFile_Load(persist, path, STGM_READ) != S_OK;
        identifier->lpVtbl->GetId(identifier, &before);
        failed += IPersistFile_Save(persist, NULL, FALSE) != S_OK;
        if (!strcmp(mark_text(), "(none)"))
            continue;
        failed += IPersistFile_Load(persist, path, STGM_READ) != S_OK;
        identifier->lpVtbl->GetId(identifier, &after);
        different += before != after && before != URLZONE_LOCAL_MACHINE;
    }
    is_uint(failed, 0, "%u altered marks are loaded and saved", ALTERED);
    is_uint(different, 0, "and are the same then");
    done(persist, identifier);
    DeleteFileW(stream);
}

static DWORD WINAPI in_mta(void *unused)
{
    IZoneIdentifier2 *identifier = NULL;

    (void)unused;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    is_hr(CoCreateInstance(&zone_identifier_class, NULL, CLSCTX_INPROC_SERVER,
                  &zone_identifier2_iid, (void **)&identifier),
            S_OK, "in the MTA");
    if (identifier)
        identifier->lpVtbl->Release(identifier);
    CoUninitialize();
    return 0;
}

static void run_all(void)
{
    HANDLE thread;

    test_interfaces();
    test_mark();
    test_second();
    test_texts();
    test_altered();
    thread = CreateThread(NULL, 0, in_mta, NULL, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

int main(void)
{
    if (builtin_lacks("the Persistent Zone Identifier object: ms537029"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    make_names();
    run_all();
    tap_account_begin();
    run_all();
    tap_account_end("marks of files");
    DeleteFileW(path);
    CoUninitialize();
    return done_testing();
}
