/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What IMoniker's methods do for each kind: the rows "Implementation-specific Notes" on their pages
 * (objidl/nf-objidl-imoniker-...), oleidl/ne-oleidl-bindspeed, and MonikerCommonPrefixWith and
 * MonikerRelativePathTo.
 */
#include "document.h"
#include "names.h"

static IBindCtx *context;

static IMoniker *anti_of(void)
{
    IMoniker *moniker = NULL;

    if (!is_hr(CreateAntiMoniker(&moniker), S_OK, "an anti-moniker"))
        bail_out("no anti-moniker");
    return moniker;
}

static IMoniker *class_of(const CLSID *clsid)
{
    IMoniker *moniker = NULL;

    if (!is_hr(CreateClassMoniker(clsid, &moniker), S_OK, "a class moniker"))
        bail_out("no class moniker");
    return moniker;
}

/* Takes the reference. */
static IMoniker *pointer_of(IUnknown *object)
{
    IMoniker *moniker = NULL;

    if (!is_hr(CreatePointerMoniker(object, &moniker), S_OK, "a pointer moniker"))
        bail_out("no pointer moniker");
    IUnknown_Release(object);
    return moniker;
}

/* Something that contains nothing and makes nothing. */
static IMoniker *pointer_of_stream(void)
{
    IStream *stream;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    return pointer_of((IUnknown *)stream);
}

static IMoniker *pointer_of_document(void)
{
    return pointer_of(document_create());
}

static void check_bind(IMoniker *moniker, IMoniker *left, REFIID iid, HRESULT expected,
        const char *what)
{
    IUnknown *object = (void *)1;

    is_hr(IMoniker_BindToObject(moniker, context, left, iid, (void **)&object), expected,
            "%s: BindToObject", what);
    ok(!object == FAILED(expected), "%s: %s", what, object ? "an object" : "none");
    if (object)
        IUnknown_Release(object);
    IBindCtx_ReleaseBoundObjects(context);
}

static void check_storage(IMoniker *moniker, IMoniker *left, REFIID iid, HRESULT expected,
        const char *what)
{
    IUnknown *object = (void *)1;

    is_hr(IMoniker_BindToStorage(moniker, context, left, iid, (void **)&object), expected,
            "%s: BindToStorage", what);
    ok(!object == FAILED(expected), "%s: %s", what, object ? "a storage" : "none");
    if (object)
        IUnknown_Release(object);
    IBindCtx_ReleaseBoundObjects(context);
}

/* `expected`: the name of what comes of it, NULL for nothing. */
static void check_parse(IMoniker *moniker, IMoniker *left, HRESULT expected, const WCHAR *name,
        const char *what)
{
    IMoniker *parsed = (void *)1;
    ULONG eaten = 99;

    is_hr(IMoniker_ParseDisplayName(moniker, context, left, (WCHAR *)L"!part", &eaten, &parsed),
            expected, "%s: ParseDisplayName", what);
    if (SUCCEEDED(expected))
        is_uint(eaten, 5, "%s: all characters", what);
    is_named(parsed, name, what);
    IBindCtx_ReleaseBoundObjects(context);
}

static void check_relative(IMoniker *from, IMoniker *to, HRESULT expected, IMoniker *way,
        const char *what)
{
    IMoniker *found = (void *)1;

    is_hr(IMoniker_RelativePathTo(from, to, &found), expected, "%s: RelativePathTo", what);
    is_ptr(found, way, "%s: the way", what);
    if (found)
        IMoniker_Release(found);
}

static void check_prefix(IMoniker *moniker, IMoniker *other, HRESULT expected, IMoniker *prefix,
        const char *what)
{
    IMoniker *found = (void *)1;

    is_hr(IMoniker_CommonPrefixWith(moniker, other, &found), expected, "%s: CommonPrefixWith",
            what);
    is_ptr(found, prefix, "%s: the prefix", what);
    if (found)
        IMoniker_Release(found);
}

static HRESULT time_of(IMoniker *moniker, IMoniker *left, FILETIME *time)
{
    return IMoniker_GetTimeOfLastChange(moniker, context, left, time);
}

static DWORD run_document(IMoniker *moniker, const FILETIME *time)
{
    IUnknown *document = document_create();
    IRunningObjectTable *table;
    DWORD cookie = 0;

    GetRunningObjectTable(0, &table);
    is_hr(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, document, moniker,
                  &cookie),
            S_OK, "a running document");
    if (time)
        is_hr(IRunningObjectTable_NoteChangeTime(table, cookie, (FILETIME *)time), S_OK,
                "it was changed");
    IRunningObjectTable_Release(table);
    IUnknown_Release(document);
    return cookie;
}

static void stop_document(DWORD cookie)
{
    IRunningObjectTable *table;

    GetRunningObjectTable(0, &table);
    is_hr(IRunningObjectTable_Revoke(table, cookie), S_OK, "it ends");
    IRunningObjectTable_Release(table);
}

/* ---- anti-monikers ---- */

static void test_anti(void)
{
    IMoniker *anti = anti_of(), *other = anti_of(), *item = item_of(L"i");
    IEnumMoniker *parts = (void *)1;
    FILETIME time;

    check_bind(anti, NULL, &IID_IUnknown, E_NOTIMPL, "anti");
    check_storage(anti, NULL, &IID_IStorage, E_NOTIMPL, "anti");
    check_parse(anti, NULL, E_NOTIMPL, NULL, "anti");
    is_hr(time_of(anti, NULL, &time), E_NOTIMPL, "anti: GetTimeOfLastChange");
    is_hr(IMoniker_IsRunning(anti, context, NULL, NULL), S_FALSE, "anti: IsRunning");
    check_relative(anti, item, MK_S_HIM, item, "anti");
    check_prefix(anti, other, MK_S_US, anti, "anti");
    check_prefix(anti, item, MK_E_NOPREFIX, NULL, "anti and item");
    has_name(anti, L"\\..", "anti");
    is_hr(IMoniker_Enum(anti, TRUE, &parts), S_OK, "anti: Enum");
    is_ptr(parts, NULL, "it has no parts");
    IMoniker_Release(anti);
    IMoniker_Release(other);
    IMoniker_Release(item);
}

/* ---- pointer monikers ---- */

static void test_pointer(void)
{
    IMoniker *pointer = pointer_of_document(), *other = pointer_of_document();
    ULARGE_INTEGER size;
    WCHAR *name = (void *)1;
    IStream *stream;
    FILETIME time;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    is_hr(IMoniker_Save(pointer, stream, FALSE), E_NOTIMPL, "pointer: Save");
    is_hr(IMoniker_Load(pointer, stream), E_NOTIMPL, "pointer: Load");
    is_hr(IMoniker_GetSizeMax(pointer, &size), E_NOTIMPL, "pointer: GetSizeMax");
    IStream_Release(stream);
    check_storage(pointer, NULL, &IID_IPersistFile, S_OK, "pointer");
    check_storage(pointer, NULL, &IID_IStorage, E_NOINTERFACE, "pointer");
    check_parse(pointer, NULL, S_OK, L"!part", "pointer");
    is_hr(time_of(pointer, NULL, &time), E_NOTIMPL, "pointer: GetTimeOfLastChange");
    is_hr(IMoniker_GetDisplayName(pointer, context, NULL, &name), E_NOTIMPL,
            "pointer: GetDisplayName");
    is_ptr(name, NULL, "it has no name");
    check_relative(pointer, other, E_NOTIMPL, NULL, "pointer");
    check_prefix(pointer, pointer, MK_S_US, pointer, "pointer");
    check_prefix(pointer, other, MK_E_NOPREFIX, NULL, "pointers");
    is_hr(IMoniker_IsEqual(pointer, other), S_FALSE, "they are of two objects");
    IMoniker_Release(pointer);
    IMoniker_Release(other);
}

/* ---- class monikers ---- */

/* The class object that an activator was asked for, and how. */
static struct
{
    CLSID clsid;
    DWORD class_context;
    LCID locale;
} asked;

static HRESULT STDMETHODCALLTYPE activator_QueryInterface(IClassActivator *iface, REFIID iid,
        void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassActivator) ? iface : NULL;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE activator_AddRef(IClassActivator *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE activator_Release(IClassActivator *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE activator_GetClassObject(IClassActivator *iface, REFCLSID clsid,
        DWORD class_context, LCID locale, REFIID iid, void **out)
{
    (void)iface;
    asked.clsid = *clsid;
    asked.class_context = class_context;
    asked.locale = locale;
    return CoGetClassObject(clsid, CLSCTX_INPROC_SERVER, NULL, iid, out);
}

static const IClassActivatorVtbl activator_vtbl = {activator_QueryInterface, activator_AddRef,
        activator_Release, activator_GetClassObject};
static IClassActivator activator = {(IClassActivatorVtbl *)&activator_vtbl};

static IMoniker *pointer_of_activator(void)
{
    return pointer_of((IUnknown *)&activator);
}

static void is_asked(const char *what)
{
    is_guid(&asked.clsid, &document_clsid, "%s: the activator is asked for that class", what);
    is_uint(asked.class_context, CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER,
            "%s: with the context's servers", what);
    is_uint(asked.locale, 0x409, "%s: and its locale", what);
    ZeroMemory(&asked, sizeof(asked));
}

static void options_set(void)
{
    BIND_OPTS2 options = {.cbStruct = sizeof(options),
            .grfMode = STGM_READ | STGM_SHARE_EXCLUSIVE,
            .dwClassContext = CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER,
            .locale = 0x409};

    is_hr(IBindCtx_SetBindOptions(context, (BIND_OPTS *)&options), S_OK, "options");
}

static void test_class(void)
{
    static const CLSID another = {0x324, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    IMoniker *class = class_of(&document_clsid), *other = class_of(&another);
    IMoniker *left = pointer_of_activator(), *nothing = pointer_of_stream(), *with = NULL;
    FILETIME time;
    ULONG eaten;

    check_bind(class, NULL, &IID_IClassFactory, S_OK, "class");
    check_storage(class, NULL, &IID_IClassFactory, S_OK, "class");
    check_bind(class, left, &IID_IClassFactory, S_OK, "class by an activator");
    is_asked("class");
    check_bind(class, nothing, &IID_IClassFactory, E_NOINTERFACE, "class by something else");
    check_parse(class, NULL, S_OK, L"!part", "class");
    is_hr(IMoniker_IsRunning(class, context, NULL, NULL), E_NOTIMPL, "class: IsRunning");
    is_hr(time_of(class, NULL, &time), MK_E_UNAVAILABLE, "class: GetTimeOfLastChange");
    check_prefix(class, class, MK_S_US, class, "class");
    check_prefix(class, other, MK_E_NOPREFIX, NULL, "classes");
    has_name(class, L"clsid:5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21:", "class");
    is_hr(IMoniker_IsEqual(class, other), S_FALSE, "two classes");
    is_hr(MkParseDisplayName(context, L"clsid:5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21;a=b;c=d:",
                  &eaten, &with),
            S_OK, "parameters");
    is_named(with, L"clsid:5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21;a=b;c=d:", "parameters");
    IMoniker_Release(class);
    IMoniker_Release(other);
    IMoniker_Release(left);
    IMoniker_Release(nothing);
}

/* ---- file monikers ---- */

static void test_file_binding(void)
{
    IMoniker *class = class_of(&document_clsid), *file = file_of(L"c:\\methods\\none.ccm");
    IMoniker *nothing = pointer_of_stream(), *whole;
    IUnknown *object = NULL;

    document_path[0] = 0;
    check_bind(file, class, &IID_IPersistFile, S_OK, "file by a class");
    is_wstr(document_path, L"c:\\methods\\none.ccm", "it was loaded");
    is_uint(document_mode, STGM_READ | STGM_SHARE_EXCLUSIVE, "in the context's mode");
    check_bind(file, nothing, &IID_IUnknown, MK_E_INTERMEDIATEINTERFACENOTSUPPORTED,
            "file by something else");
    check_bind(file, NULL, &IID_IUnknown, MK_E_CANTOPENFILE, "file that is not there");
    check_storage(file, NULL, &IID_IStream, E_FAIL, "file as a stream");
    check_storage(file, NULL, &IID_ILockBytes, E_FAIL, "file as bytes");
    check_storage(file, NULL, &IID_IPersist, E_NOINTERFACE, "file as something else");
    check_storage(file, nothing, &IID_IStorage, MK_E_NOSTORAGE, "file with something to its left");
    check_parse(file, nothing, MK_E_SYNTAX, NULL, "file with something to its left");

    document_path[0] = 0;
    whole = composed(class, file);
    is_hr(BindMoniker(whole, 0, &IID_IOleItemContainer, (void **)&object), S_OK, "class and file");
    is_wstr(document_path, L"c:\\methods\\none.ccm", "an object of that class");
    if (object)
        IUnknown_Release(object);
    IMoniker_Release(whole);
    IMoniker_Release(nothing);
}

/* The table's time while it runs, else the file's; and a newly running moniker. */
static void test_file_running(void)
{
    const FILETIME set = {0x12345678, 0x01c00000};
    WCHAR path[MAX_PATH], name[MAX_PATH];
    FILETIME time = {0, 0}, written = {0x9abcdef0, 0x01b00000};
    IMoniker *file, *other = file_of(L"c:\\methods\\none.ccm");
    HANDLE handle;
    DWORD cookie;

    is_hr(time_of(other, NULL, &time), MK_E_NOOBJECT, "file that is not there: time");
    GetTempPathW(ARRAYSIZE(path), path);
    GetTempFileNameW(path, L"ccm", 0, name);
    handle = CreateFileW(name, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    SetFileTime(handle, NULL, NULL, &written);
    CloseHandle(handle);
    file = file_of(name);
    is_hr(time_of(file, NULL, &time), S_OK, "file: GetTimeOfLastChange");
    is_mem(&time, &written, sizeof(time), "when it was written");
    is_hr(IMoniker_IsRunning(file, context, NULL, NULL), S_FALSE, "file: IsRunning");
    cookie = run_document(file, &set);
    is_hr(time_of(file, NULL, &time), S_OK, "file that runs: time");
    is_mem(&time, &set, sizeof(time), "the table's");
    is_hr(IMoniker_IsRunning(file, context, other, NULL), S_OK, "file: it runs");
    is_hr(IMoniker_IsRunning(other, context, NULL, NULL), S_FALSE, "another file");
    is_hr(IMoniker_IsRunning(other, context, NULL, other), S_OK, "that has just begun to run");
    is_hr(IMoniker_IsRunning(other, context, NULL, file), S_FALSE, "... or the first has");
    check_parse(file, NULL, S_OK, L"!part", "file that runs");
    stop_document(cookie);
    DeleteFileW(name);
    IMoniker_Release(file);
    IMoniker_Release(other);
}

/* ---- item monikers ---- */

static void test_item_alone(void)
{
    IMoniker *item = item_of(L"i"), *same = item_of(L"I"), *other = item_of(L"j");
    FILETIME time;
    DWORD cookie;

    check_bind(item, NULL, &IID_IUnknown, E_INVALIDARG, "item alone");
    check_storage(item, NULL, &IID_IStorage, E_INVALIDARG, "item alone");
    check_parse(item, NULL, MK_E_SYNTAX, NULL, "item alone");
    is_hr(time_of(item, NULL, &time), MK_E_NOTBINDABLE, "item alone: time");
    check_relative(item, other, MK_E_NOTBINDABLE, NULL, "item");
    check_prefix(item, same, MK_S_US, item, "item");
    check_prefix(item, other, MK_E_NOPREFIX, NULL, "items");
    is_hr(IMoniker_IsRunning(item, context, NULL, NULL), S_FALSE, "item: IsRunning");
    is_hr(IMoniker_IsRunning(item, context, NULL, same), S_OK, "item that has just begun to run");
    is_hr(IMoniker_IsRunning(item, context, NULL, other), S_FALSE, "... or another has");
    cookie = run_document(item, NULL);
    is_hr(IMoniker_IsRunning(same, context, NULL, NULL), S_OK, "item in the table");
    stop_document(cookie);
    IMoniker_Release(item);
    IMoniker_Release(same);
    IMoniker_Release(other);
}

static void check_speed(IMoniker *item, IMoniker *left, DWORD deadline, DWORD speed,
        const char *what)
{
    BIND_OPTS options = {.cbStruct = sizeof(options), .dwTickCountDeadline = deadline};

    is_hr(IBindCtx_SetBindOptions(context, &options), S_OK, "a deadline");
    document_speed = 99;
    check_bind(item, left, &IID_IPersistFile, S_OK, what);
    is_uint(document_speed, speed, "%s: the speed", what);
}

/* The page compares what is left until the deadline with 2500, Windows the deadline; 0 is none. */
static void test_item_speed(IMoniker *item, IMoniker *left)
{
    check_speed(item, left, 0, BINDSPEED_INDEFINITE, "no deadline");
    check_speed(item, left, (GetTickCount() + 600000) | 0x10000, BINDSPEED_MODERATE, "ten minutes");
    check_speed(item, left, 2500, BINDSPEED_MODERATE, "2500");
    check_speed(item, left, 2499, BINDSPEED_IMMEDIATE, "2499");
    check_speed(item, left, 1, BINDSPEED_IMMEDIATE, "1");
    options_set();
}

static void test_item_in_container(void)
{
    IMoniker *item = item_of(L"i"), *none = item_of(L"none"), *file;
    IMoniker *left = pointer_of_document(), *nothing = pointer_of_stream();
    const FILETIME set = {0x22345678, 0x01c00000}, of_file = {0x32345678, 0x01c00000};
    FILETIME time = {0, 0};
    DWORD cookie, whole_cookie;
    IMoniker *whole;

    test_item_speed(item, left);
    check_bind(none, left, &IID_IUnknown, MK_E_NOOBJECT, "item that is not there");
    check_bind(item, left, &IID_IStream, E_NOINTERFACE, "item that has not that interface");
    check_bind(item, nothing, &IID_IUnknown, MK_E_INTERMEDIATEINTERFACENOTSUPPORTED,
            "item of what is no container");
    check_storage(item, nothing, &IID_IStorage, MK_E_INTERMEDIATEINTERFACENOTSUPPORTED,
            "item of what is no container");
    check_storage(item, left, &IID_IStorage, MK_E_NOSTORAGE, "item without a storage");
    check_parse(item, left, S_OK, L"!part", "item");
    is_hr(IMoniker_IsRunning(item, context, left, NULL), S_OK, "the container says that it runs");
    is_hr(IMoniker_IsRunning(none, context, left, NULL), MK_E_NOOBJECT, "or not");

    file = file_of(L"c:\\methods\\container");
    cookie = run_document(file, &of_file);
    is_hr(time_of(item, file, &time), S_OK, "item: GetTimeOfLastChange");
    is_mem(&time, &of_file, sizeof(time), "its container's");
    IMoniker_AddRef(file);
    IMoniker_AddRef(item);
    whole = composed(file, item);
    is_hr(time_of(whole, NULL, &time), S_OK, "composite: GetTimeOfLastChange");
    is_mem(&time, &of_file, sizeof(time), "the container's");
    whole_cookie = run_document(whole, &set);
    is_hr(time_of(item, file, &time), S_OK, "item in the table: time");
    is_mem(&time, &set, sizeof(time), "its own");
    is_hr(time_of(whole, NULL, &time), S_OK, "composite in the table: time");
    is_mem(&time, &set, sizeof(time), "its own");
    stop_document(whole_cookie);
    stop_document(cookie);
    IMoniker_Release(whole);
    IMoniker_Release(file);
    IMoniker_Release(item);
    IMoniker_Release(none);
    IMoniker_Release(left);
    IMoniker_Release(nothing);
}

/* ---- composites ---- */

static void test_composite(void)
{
    IMoniker *file = file_of(L"c:\\methods\\container"), *left = file_of(L"c:\\methods");
    IMoniker *right = composed(file_of(L"container"), item_of(L"i"));
    IMoniker *whole = composed(file_of(L"c:\\methods\\container"), item_of(L"i"));
    IMoniker *none = composed(file_of(L"c:\\methods\\container"), item_of(L"none"));
    IMoniker *prefix = NULL;
    DWORD cookie;

    is_hr(IMoniker_IsRunning(whole, context, NULL, NULL), S_FALSE, "composite: IsRunning");
    is_hr(IMoniker_IsRunning(whole, context, NULL, whole), S_OK, "that has just begun to run");
    is_hr(IMoniker_IsRunning(whole, context, NULL, none), S_FALSE, "... or another has");
    cookie = run_document(file, NULL);
    is_hr(IMoniker_IsRunning(whole, context, NULL, NULL), S_OK, "its container runs: it does");
    is_hr(IMoniker_IsRunning(right, context, left, NULL), S_OK, "with something to its left");
    is_hr(IMoniker_IsRunning(none, context, NULL, NULL), MK_E_NOOBJECT, "what is not in there");
    check_bind(whole, NULL, &IID_IPersistFile, S_OK, "composite");
    check_bind(none, NULL, &IID_IPersistFile, MK_E_NOOBJECT, "composite of no object");
    check_storage(whole, NULL, &IID_IStorage, MK_E_NOSTORAGE, "composite");
    check_parse(whole, NULL, S_OK, L"!part", "composite");
    is_hr(IMoniker_CommonPrefixWith(whole, whole, &prefix), MK_S_US, "composite: CommonPrefixWith");
    is_named(prefix, L"c:\\methods\\container!i", "all of it");
    is_hr(IMoniker_CommonPrefixWith(whole, none, &prefix), S_OK, "composites: CommonPrefixWith");
    is_named(prefix, L"c:\\methods\\container", "the prefix");
    stop_document(cookie);
    IMoniker_Release(file);
    IMoniker_Release(left);
    IMoniker_Release(right);
    IMoniker_Release(whole);
    IMoniker_Release(none);
}

/* ---- the functions for implementations ---- */

static void test_functions(void)
{
    IMoniker *one = composed(file_of(L"c:\\methods"), item_of(L"i"));
    IMoniker *other = composed(file_of(L"c:\\methods"), item_of(L"j"));
    IMoniker *file = file_of(L"c:\\methods"), *item = item_of(L"i"), *out = (void *)1;

    is_hr(MonikerCommonPrefixWith(one, other, &out), S_OK, "a file in common");
    is_named(out, L"c:\\methods", "in common");
    is_hr(MonikerCommonPrefixWith(one, file, &out), MK_S_HIM, "the second as a whole");
    is_named(out, L"c:\\methods", "in common");
    is_hr(MonikerCommonPrefixWith(file, one, &out), MK_S_ME, "the first as a whole");
    is_named(out, L"c:\\methods", "in common");
    is_hr(MonikerCommonPrefixWith(one, one, &out), MK_S_US, "both");
    is_named(out, L"c:\\methods!i", "in common");
    is_hr(MonikerCommonPrefixWith(file, item, &out), MK_E_NOPREFIX, "nothing");
    is_ptr(out, NULL, "in common");
    is_hr(MonikerCommonPrefixWith(one, other, NULL), E_INVALIDARG, "no place");

    is_hr(MonikerRelativePathTo(one, other, &out, TRUE), S_OK, "from one to the other");
    is_named(out, L"\\..!j", "the way");
    is_hr(MonikerRelativePathTo(file, one, &out, TRUE), S_OK, "into the file");
    is_named(out, L"!i", "the way");
    is_hr(MonikerRelativePathTo(file, item, &out, TRUE), MK_S_HIM, "from a file to an item");
    is_ptr(out, item, "the way");
    IMoniker_Release(item);
    is_hr(MonikerRelativePathTo(one, NULL, &out, TRUE), E_INVALIDARG, "to nothing");
    is_hr(MonikerRelativePathTo(one, other, NULL, TRUE), E_INVALIDARG, "no place");
    IMoniker_Release(one);
    IMoniker_Release(other);
    IMoniker_Release(file);
    IMoniker_Release(item);
}

/* ---- OBJREF monikers, of an object in another apartment ---- */

struct far_document
{
    HANDLE ready, finish;
    WCHAR *name;
};

static DWORD WINAPI far_apartment(void *argument)
{
    struct far_document *distant = argument;
    IMoniker *moniker = NULL;
    IUnknown *document;
    IBindCtx *options;
    DWORD index;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    document = document_create();
    CreateBindCtx(0, &options);
    is_hr(CreateObjrefMoniker(document, &moniker), S_OK, "an OBJREF moniker");
    is_hr(IMoniker_GetDisplayName(moniker, options, NULL, &distant->name), S_OK, "its name");
    SetEvent(distant->ready);
    CoWaitForMultipleHandles(0, INFINITE, 1, &distant->finish, &index);
    IMoniker_Release(moniker);
    IBindCtx_Release(options);
    IUnknown_Release(document);
    CoUninitialize();
    return 0;
}

static void test_objref(void)
{
    struct far_document distant = {CreateEventW(NULL, FALSE, FALSE, NULL),
            CreateEventW(NULL, FALSE, FALSE, NULL), NULL};
    IMoniker *moniker = NULL, *item = item_of(L"i"), *other = NULL;
    HANDLE thread = CreateThread(NULL, 0, far_apartment, &distant, 0, NULL);
    FILETIME time;
    DWORD index;
    ULONG eaten;

    CoWaitForMultipleHandles(0, INFINITE, 1, &distant.ready, &index);
    is_hr(MkParseDisplayName(context, distant.name, &eaten, &moniker), S_OK, "parsed here");
    is_hr(MkParseDisplayName(context, distant.name, &eaten, &other), S_OK, "and again");
    if (moniker && other)
    {
        is_hr(IMoniker_IsEqual(moniker, other), S_OK, "they are of the same object");
        check_bind(moniker, NULL, &IID_IPersistFile, S_OK, "OBJREF");
        check_bind(moniker, item, &IID_IPersistFile, E_INVALIDARG, "OBJREF with a left side");
        check_storage(moniker, NULL, &IID_IPersistFile, S_OK, "OBJREF");
        check_parse(moniker, item, MK_E_SYNTAX, NULL, "OBJREF with a left side");
        check_relative(moniker, item, E_NOTIMPL, NULL, "OBJREF");
        is_hr(time_of(moniker, NULL, &time), MK_E_UNAVAILABLE, "OBJREF: GetTimeOfLastChange");
        is_hr(IMoniker_IsRunning(moniker, context, item, NULL), S_OK, "OBJREF: IsRunning");
    }
    SetEvent(distant.finish);
    CoWaitForMultipleHandles(0, INFINITE, 1, &thread, &index);
    if (moniker && other)
    {
        check_bind(moniker, NULL, &IID_IPersistFile, E_UNEXPECTED, "OBJREF of what has ended");
        check_bind(moniker, NULL, &IID_IUnknown, E_UNEXPECTED, "OBJREF of what has ended");
        check_storage(moniker, NULL, &IID_IPersistFile, E_UNEXPECTED, "OBJREF of what has ended");
        is_hr(IMoniker_IsRunning(moniker, context, NULL, NULL), S_FALSE, "it runs no more");
    }
    if (moniker)
        IMoniker_Release(moniker);
    if (other)
        IMoniker_Release(other);
    IMoniker_Release(item);
    CoTaskMemFree(distant.name);
    CloseHandle(thread);
    CloseHandle(distant.ready);
    CloseHandle(distant.finish);
    is_int(document_count(), 0, "no document is left");
}

static void run(void)
{
    DWORD cookie = document_class_register();

    CreateBindCtx(0, &context);
    options_set();
    test_anti();
    test_pointer();
    test_class();
    test_file_binding();
    test_file_running();
    test_item_alone();
    test_item_in_container();
    test_composite();
    test_functions();
    IBindCtx_Release(context);
    CoRevokeClassObject(cookie);
    is_int(document_count(), 0, "all documents are gone");
}

int main(void)
{
    if (builtin_lacks("objidl/nf-objidl-imoniker-...: rows of several kinds of monikers"))
        return done_testing();
    CoInitialize(NULL);
    run();
    tap_account_begin();
    run();
    tap_account_end("methods of monikers");
    CreateBindCtx(0, &context);
    test_objref(); /* it exports: threads come, and go later */
    IBindCtx_Release(context);
    CoUninitialize();
    return done_testing();
}
