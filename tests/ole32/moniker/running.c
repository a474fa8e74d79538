/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running object table. objidl/nn-objidl-irunningobjecttable and its methods' pages. */
#include "document.h"
#include "names.h"

static IRunningObjectTable *table;

static ULONG running_count(void)
{
    IEnumMoniker *monikers = NULL;
    IMoniker *moniker;
    ULONG count = 0;

    if (FAILED(IRunningObjectTable_EnumRunning(table, &monikers)))
        return 0;
    while (IEnumMoniker_Next(monikers, 1, &moniker, NULL) == S_OK)
    {
        count++;
        IMoniker_Release(moniker);
    }
    IEnumMoniker_Release(monikers);
    return count;
}

static void test_strong(void)
{
    IMoniker *moniker = file_of(L"c:\\running\\Strong.doc"),
             *same = file_of(L"C:\\RUNNING\\strong.DOC");
    IUnknown *document = document_create(), *found = NULL;
    ULONG before = running_count();
    DWORD cookie = 0, second = 0;

    is_hr(IRunningObjectTable_IsRunning(table, moniker), S_FALSE, "it does not run");
    ok(FAILED(IRunningObjectTable_GetObject(table, moniker, &found)) && !found, "no object");
    is_hr(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, document, moniker,
                  &cookie),
            S_OK, "registered");
    ok(cookie, "a cookie");
    IUnknown_Release(document);
    is_int(document_count(), 1, "the table keeps it alive");
    is_hr(IRunningObjectTable_IsRunning(table, same), S_OK, "it runs, by whatever letters");
    is_hr(IRunningObjectTable_GetObject(table, same, &found), S_OK, "the object");
    is_ptr(found, document, "the object itself");
    is_uint(running_count(), before + 1, "one more runs");
    is_hr(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, found, same,
                  &second),
            MK_S_MONIKERALREADYREGISTERED, "the same name again");
    ok(second && second != cookie, "another cookie");
    IUnknown_Release(found);
    is_hr(IRunningObjectTable_Revoke(table, second), S_OK, "the second revoked");
    is_hr(IRunningObjectTable_IsRunning(table, moniker), S_OK, "the first is there");
    is_hr(IRunningObjectTable_Revoke(table, cookie), S_OK, "revoked");
    is_hr(IRunningObjectTable_Revoke(table, cookie), E_INVALIDARG, "once is enough");
    is_hr(IRunningObjectTable_IsRunning(table, moniker), S_FALSE, "it does not run");
    is_int(document_count(), 0, "and is gone");
    IMoniker_Release(moniker);
    IMoniker_Release(same);
}

static void test_arguments(void)
{
    IMoniker *moniker = item_of(L"x");
    IUnknown *document = document_create();
    IRunningObjectTable *none = NULL;
    DWORD cookie = 1;

    is_hr(IRunningObjectTable_Register(table, 0, NULL, moniker, &cookie), E_INVALIDARG,
            "no object");
    is_hr(IRunningObjectTable_Register(table, 0, document, NULL, &cookie), E_INVALIDARG,
            "no moniker");
    is_hr(IRunningObjectTable_Register(table, 0x80, document, moniker, &cookie), E_INVALIDARG,
            "unknown flags");
    is_hr(IRunningObjectTable_Revoke(table, 0x7fffffff), E_INVALIDARG, "no such entry");
    is_hr(GetRunningObjectTable(1, &none), E_UNEXPECTED, "the reserved value");
    IUnknown_Release(document);
    IMoniker_Release(moniker);
}

static void test_times(void)
{
    FILETIME time = {1, 2}, set = {0x12345678, 0x01c00000}, got = {0, 0};
    IMoniker *moniker = item_of(L"timed");
    IUnknown *document = document_create();
    IBindCtx *context;
    DWORD cookie = 0;

    is_hr(IRunningObjectTable_GetTimeOfLastChange(table, moniker, &time), MK_E_UNAVAILABLE,
            "no time");
    is_hr(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, document, moniker,
                  &cookie),
            S_OK, "registered");
    is_hr(IRunningObjectTable_GetTimeOfLastChange(table, moniker, &time), S_OK, "its time");
    is_hr(IRunningObjectTable_NoteChangeTime(table, cookie, &set), S_OK, "another time");
    is_hr(IRunningObjectTable_GetTimeOfLastChange(table, moniker, &got), S_OK, "its time");
    is_mem(&got, &set, sizeof(set), "the time");
    CreateBindCtx(0, &context);
    is_hr(IMoniker_IsRunning(moniker, context, NULL, NULL), S_OK, "the moniker knows");
    IBindCtx_Release(context);
    is_hr(IRunningObjectTable_Revoke(table, cookie), S_OK, "revoked");
    is_hr(IRunningObjectTable_NoteChangeTime(table, cookie, &set), E_INVALIDARG, "too late");
    IUnknown_Release(document);
    IMoniker_Release(moniker);
}

/* A moniker binds to what runs, and does not load it again. */
static void test_bind(void)
{
    IMoniker *moniker = file_of(L"c:\\no such folder\\unsaved.cctest");
    IUnknown *document = document_create(), *found = NULL;
    DWORD cookie = 0;

    is_hr(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, document, moniker,
                  &cookie),
            S_OK, "registered");
    document_path[0] = 0;
    is_hr(BindMoniker(moniker, 0, &IID_IPersistFile, (void **)&found), S_OK, "bound");
    is_ptr(found, document, "the object");
    is_wstr(document_path, L"", "not loaded");
    if (found)
        IUnknown_Release(found);
    is_hr(CoGetObject(L"c:\\no such folder\\unsaved.cctest", NULL, &IID_IPersistFile,
                  (void **)&found),
            S_OK, "by its name");
    is_ptr(found, document, "the object");
    if (found)
        IUnknown_Release(found);
    is_hr(IRunningObjectTable_Revoke(table, cookie), S_OK, "revoked");
    IUnknown_Release(document);
    IMoniker_Release(moniker);
    is_int(document_count(), 0, "no document is left");
}

/* ---- another apartment ---- */

static HANDLE registered, finish;
static IUnknown *other_document;

static DWORD WINAPI other_apartment(void *argument)
{
    IMoniker *moniker;
    DWORD cookie, index;

    (void)argument;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    moniker = item_of(L"of another apartment");
    other_document = document_create();
    is_hr(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, other_document,
                  moniker, &cookie),
            S_OK, "registered in another apartment");
    IMoniker_Release(moniker);
    SetEvent(registered);
    CoWaitForMultipleHandles(0, INFINITE, 1, &finish, &index);
    /* The entry stays; it goes with the apartment. */
    CoUninitialize();
    IUnknown_Release(other_document);
    return 0;
}

static void test_apartments(void)
{
    IMoniker *moniker = item_of(L"of another apartment");
    IUnknown *found = NULL;
    HANDLE thread;
    DWORD index;

    registered = CreateEventW(NULL, FALSE, FALSE, NULL);
    finish = CreateEventW(NULL, FALSE, FALSE, NULL);
    thread = CreateThread(NULL, 0, other_apartment, NULL, 0, NULL);
    CoWaitForMultipleHandles(0, INFINITE, 1, &registered, &index);
    is_hr(IRunningObjectTable_GetObject(table, moniker, &found), S_OK, "found from here");
    ok(found && found != other_document, "as a proxy");
    if (found)
        IUnknown_Release(found);
    SetEvent(finish);
    CoWaitForMultipleHandles(0, INFINITE, 1, &thread, &index);
    todo_builtin("an entry outlives its apartment there")
        is_hr(IRunningObjectTable_IsRunning(table, moniker), S_FALSE,
                "its entries went with the apartment");
    CloseHandle(thread);
    CloseHandle(registered);
    CloseHandle(finish);
    IMoniker_Release(moniker);
    is_int(document_count(), 0, "and the object");
}

static void test_many(void)
{
    enum
    {
        MANY = 1000
    };
    static DWORD cookies[MANY];
    IUnknown *document = document_create();
    ULONG before = running_count(), found = 0;

    for (int i = 0; i < MANY; i++)
    {
        IMoniker *moniker;
        WCHAR name[16];

        swprintf(name, ARRAYSIZE(name), L"item %d", i);
        CreateItemMoniker(L"!", name, &moniker);
        IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, document, moniker,
                &cookies[i]);
        found += IRunningObjectTable_IsRunning(table, moniker) == S_OK;
        IMoniker_Release(moniker);
    }
    is_uint(found, MANY, "all of %d run", MANY);
    is_uint(running_count(), before + MANY, "and are counted");
    for (int i = 0; i < MANY; i++)
        IRunningObjectTable_Revoke(table, cookies[i]);
    is_uint(running_count(), before, "none is left");
    is_uint(IUnknown_Release(document), 0, "nobody holds the object");
}

static void run(void)
{
    test_strong();
    test_arguments();
    test_times();
    test_bind();
    test_many();
}

int main(void)
{
    CoInitialize(NULL);
    is_hr(GetRunningObjectTable(0, &table), S_OK, "the table");
    run();
    test_apartments();
    tap_account_begin();
    run();
    tap_account_end("running objects");
    IRunningObjectTable_Release(table);
    CoUninitialize();
    return done_testing();
}
