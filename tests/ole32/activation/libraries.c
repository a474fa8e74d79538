/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When DLLs of in-process servers are unloaded: CoFreeUnusedLibrariesEx, and leaving an apartment.
 */
#include "test_class.h"

static CLSID apartment_class, free_class, both_class, neutral_class;
static WCHAR apartment_path[MAX_PATH], free_path[MAX_PATH], both_path[MAX_PATH];
static WCHAR neutral_path[MAX_PATH];

static BOOL is_loaded(const WCHAR *path)
{
    return GetModuleHandleW(path) != NULL;
}

static IUnknown *create(REFCLSID clsid)
{
    IUnknown *object = NULL;
    HRESULT hr =
            CoCreateInstance(clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&object);

    is_hr(hr, S_OK, "an object");
    return object;
}

static void set_unload(const WCHAR *path, HRESULT result)
{
    server_set_unload_t function = (server_set_unload_t)(void *)GetProcAddress(
            GetModuleHandleW(path), "server_set_unload");

    if (ok(function != NULL, "the server is loaded"))
        function(result);
}

/* The model Apartment: at once. */
static void apartment_model(void)
{
    IUnknown *object = create(&apartment_class);

    CoFreeUnusedLibraries();
    ok(is_loaded(apartment_path), "Apartment: an object keeps its DLL");
    IUnknown_Release(object);
    ok(is_loaded(apartment_path), "Apartment: nothing happens by itself");
    CoFreeUnusedLibraries();
    ok(!is_loaded(apartment_path), "Apartment: unloaded without delay");
    object = create(&apartment_class);
    set_unload(apartment_path, S_FALSE);
    IUnknown_Release(object);
    CoFreeUnusedLibrariesEx(0, 0);
    ok(is_loaded(apartment_path), "Apartment: not while DllCanUnloadNow says S_FALSE");
    set_unload(apartment_path, E_PENDING);
    CoFreeUnusedLibrariesEx(INFINITE, 0);
    ok(!is_loaded(apartment_path), "Apartment: any delay is none");
    object = create(&apartment_class);
    ok(is_loaded(apartment_path), "Apartment: loaded again");
    IUnknown_Release(object);
}

/* The other models: after the delay. */
static void both_model(void)
{
    IUnknown *object = create(&both_class);

    IUnknown_Release(object);
    todo_builtin("the delay: CoFreeUnusedLibrariesEx")
    {
        CoFreeUnusedLibraries();
        CoFreeUnusedLibraries();
        ok(is_loaded(both_path), "Both: not before ten minutes are over");
        object = create(&both_class);
        ok(is_loaded(both_path), "Both: used again");
        IUnknown_Release(object);
    }
    set_unload(both_path, S_OK);
    CoFreeUnusedLibrariesEx(300, 0);
    ok(is_loaded(both_path), "Both: a candidate");
    CoFreeUnusedLibrariesEx(300, 0);
    ok(is_loaded(both_path), "Both: not before the delay is over");
    Sleep(400);
    object = create(&both_class);
    IUnknown_Release(object);
    CoFreeUnusedLibrariesEx(300, 0);
    todo_builtin("a DLL that is used is no candidate: CoFreeUnusedLibrariesEx")
        ok(is_loaded(both_path), "Both: used again, the time begins anew");
    Sleep(400);
    CoFreeUnusedLibrariesEx(300, 0);
    ok(!is_loaded(both_path), "Both: unloaded after the delay");
    object = create(&both_class);
    IUnknown_Release(object);
    CoFreeUnusedLibrariesEx(0, 0);
    ok(!is_loaded(both_path), "Both: no delay");
}

static void in_mta(void *argument)
{
    IUnknown *object = create(&free_class);

    (void)argument;
    IUnknown_Release(object);
    CoFreeUnusedLibraries();
    todo_builtin("the delay: CoFreeUnusedLibrariesEx")
        ok(is_loaded(free_path), "Free: not before ten minutes are over");
    object = create(&free_class);
    IUnknown_Release(object);
    CoFreeUnusedLibrariesEx(0, 0);
    todo_builtin("CoFreeUnusedLibrariesEx in the MTA")
        ok(!is_loaded(free_path), "Free: no delay");
}

/* Only the DLLs of the caller's apartment are looked at. */
static void used_elsewhere(void)
{
    IUnknown *object = create(&free_class); /* in the MTA */

    IUnknown_Release(object);
    CoFreeUnusedLibrariesEx(0, 0);
    todo_builtin("the apartments of the calling thread: CoFreeUnusedLibrariesEx")
        ok(is_loaded(free_path), "a DLL that only the MTA has used stays for an STA");
    run_in_apartment_pumping(COINIT_MULTITHREADED, in_mta, NULL);
}

static void neutral_model(void)
{
    IUnknown *object = create(&neutral_class);

    IUnknown_Release(object);
    CoFreeUnusedLibrariesEx(0, 0);
    ok(!is_loaded(neutral_path), "Neutral: any thread can host that apartment");
}

static void nothing(void *argument)
{
    (void)argument;
    CoFreeUnusedLibraries();
    CoFreeUnusedLibrariesEx(0, 0);
    CoFreeAllLibraries();
    pass("without CoInitialize nothing happens");
}

static void use_and_leave(void *argument)
{
    IUnknown *object = create(&apartment_class);

    (void)argument;
    IUnknown_Release(object);
    ok(is_loaded(apartment_path), "loaded");
}

static void leaving(void)
{
    WCHAR path[MAX_PATH];
    HINSTANCE library;

    run_in_apartment(COINIT_APARTMENTTHREADED, use_and_leave, NULL);
    ok(!is_loaded(apartment_path), "leaving the apartment unloads its DLLs");
    server_copy(L"library.dll", path);
    library = CoLoadLibrary(path, TRUE);
    ok(library != NULL, "CoLoadLibrary");
    ok(is_loaded(path), "loaded");
    CoFreeLibrary(library);
    ok(!is_loaded(path), "CoFreeLibrary");
    ok(!CoLoadLibrary((WCHAR *)L"C:\\no-such-folder\\no-such.dll", TRUE),
            "CoLoadLibrary of a missing file");
}

static void round_of_everything(void)
{
    run_in_apartment(COINIT_NONE, nothing, NULL);
    leaving();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    apartment_model();
    both_model();
    used_elsewhere();
    neutral_model();
    CoUninitialize();
}

int main(void)
{
    apartment_class = test_clsid(40);
    free_class = test_clsid(41);
    both_class = test_clsid(42);
    neutral_class = test_clsid(43);
    class_set_server(&apartment_class, server_copy(L"unload-apartment.dll", apartment_path),
            L"Apartment");
    class_set_server(&free_class, server_copy(L"unload-free.dll", free_path), L"Free");
    class_set_server(&both_class, server_copy(L"unload-both.dll", both_path), L"Both");
    class_set_server(&neutral_class, server_copy(L"unload-neutral.dll", neutral_path), L"Neutral");
    round_of_everything();
    tap_account_begin();
    round_of_everything();
    tap_account_end("loading and unloading");
    class_delete(&apartment_class);
    class_delete(&free_class);
    class_delete(&both_class);
    class_delete(&neutral_class);
    server_copies_delete();
    return done_testing();
}
