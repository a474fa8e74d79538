/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IMoniker. */
#include "interface_mock.h"

#define CONTEXT 0x400
#define LEFT 0x401
#define OTHER 0x402
#define RESULT 0x403

/* Nothing, or what the check sends. */
static BOOL is_context(IBindCtx *context)
{
    return !context || token_of(context) == CONTEXT;
}

static BOOL is_left(IMoniker *left)
{
    return !left || token_of(left) == LEFT;
}

static HRESULT STDMETHODCALLTYPE moniker_IsDirty(IMoniker *iface)
{
    MOCK_ENTER(iface);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE moniker_Load(IMoniker *iface, IStream *stream)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(stream) == OTHER);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE moniker_Save(IMoniker *iface, IStream *stream, WINBOOL clear)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(stream) == OTHER && clear);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE moniker_GetSizeMax(IMoniker *iface, ULARGE_INTEGER *size)
{
    MOCK_ENTER(iface);
    size->QuadPart = 404;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE moniker_BindToObject(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **object)
{
    MOCK_ENTER(iface);
    EXPECT(is_context(context) && is_left(left) && !*object);
    *object = mock_create(iid, RESULT);
    return *object ? S_OK : E_NOINTERFACE;
}

static HRESULT STDMETHODCALLTYPE moniker_BindToStorage(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **object)
{
    MOCK_ENTER(iface);
    EXPECT(is_context(context) && is_left(left) && !*object);
    *object = mock_create(iid, RESULT + 1);
    return *object ? S_OK : E_NOINTERFACE;
}

static HRESULT STDMETHODCALLTYPE moniker_Reduce(IMoniker *iface, IBindCtx *context, DWORD how_far,
        IMoniker **left, IMoniker **reduced)
{
    MOCK_ENTER(iface);
    EXPECT(is_context(context) && how_far == MKRREDUCE_THROUGHUSER && !*reduced);
    if (!left)
        return MK_S_REDUCED_TO_SELF;
    if (*left)
    {
        EXPECT(is_left(*left));
        IMoniker_Release(*left);
        *left = NULL;
        return S_FALSE;
    }
    *left = mock_create(&IID_IMoniker, RESULT);
    *reduced = mock_create(&IID_IMoniker, RESULT + 1);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE moniker_ComposeWith(IMoniker *iface, IMoniker *right,
        WINBOOL only_generic, IMoniker **composite)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(right) == OTHER && only_generic && !*composite);
    *composite = mock_create(&IID_IMoniker, RESULT);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE moniker_Enum(IMoniker *iface, WINBOOL forward,
        IEnumMoniker **enumerator)
{
    MOCK_ENTER(iface);
    EXPECT(!*enumerator);
    if (forward)
        *enumerator = mock_create(&IID_IEnumMoniker, RESULT);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE moniker_IsEqual(IMoniker *iface, IMoniker *other)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(other) == OTHER || other == iface);
    return other == iface ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE moniker_Hash(IMoniker *iface, DWORD *hash)
{
    MOCK_ENTER(iface);
    *hash = 0xcafe405;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE moniker_IsRunning(IMoniker *iface, IBindCtx *context,
        IMoniker *left, IMoniker *running)
{
    MOCK_ENTER(iface);
    EXPECT(is_context(context) && is_left(left) && (!running || token_of(running) == OTHER));
    return running ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE moniker_GetTimeOfLastChange(IMoniker *iface, IBindCtx *context,
        IMoniker *left, FILETIME *time)
{
    MOCK_ENTER(iface);
    EXPECT(is_context(context) && is_left(left));
    time->dwLowDateTime = 406;
    time->dwHighDateTime = 407;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE moniker_Inverse(IMoniker *iface, IMoniker **inverse)
{
    MOCK_ENTER(iface);
    EXPECT(!*inverse);
    return MK_E_NOINVERSE;
}

static HRESULT STDMETHODCALLTYPE moniker_CommonPrefixWith(IMoniker *iface, IMoniker *other,
        IMoniker **prefix)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(other) == OTHER && !*prefix);
    *prefix = other; /* what came in goes out */
    IMoniker_AddRef(other);
    return MK_S_HIM;
}

static HRESULT STDMETHODCALLTYPE moniker_RelativePathTo(IMoniker *iface, IMoniker *other,
        IMoniker **path)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(other) == OTHER && !*path);
    *path = iface;
    IMoniker_AddRef(iface);
    return MK_S_ME;
}

static HRESULT STDMETHODCALLTYPE moniker_GetDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR *name)
{
    MOCK_ENTER(iface);
    EXPECT(is_context(context) && is_left(left) && !*name);
    *name = text_copy(left ? L"" : long_text());
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE moniker_ParseDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR name, ULONG *eaten, IMoniker **moniker)
{
    MOCK_ENTER(iface);
    EXPECT(is_context(context) && is_left(left) && same_text(name, L"!name") && !*moniker);
    *eaten = 5;
    if (!left)
        return MK_E_SYNTAX;
    *moniker = mock_create(&IID_IMoniker, RESULT);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE moniker_IsSystemMoniker(IMoniker *iface, DWORD *kind)
{
    MOCK_ENTER(iface);
    *kind = MKSYS_ANTIMONIKER;
    return S_OK;
}

static const IMonikerVtbl moniker_vtbl = {MOCK_UNKNOWN, (void *)mock_GetClassID, moniker_IsDirty,
        moniker_Load, moniker_Save, moniker_GetSizeMax, moniker_BindToObject, moniker_BindToStorage,
        moniker_Reduce, moniker_ComposeWith, moniker_Enum, moniker_IsEqual, moniker_Hash,
        moniker_IsRunning, moniker_GetTimeOfLastChange, moniker_Inverse, moniker_CommonPrefixWith,
        moniker_RelativePathTo, moniker_GetDisplayName, moniker_ParseDisplayName,
        moniker_IsSystemMoniker};

const struct mock_class moniker_classes[] = {
        {{&IID_IMoniker, &IID_IPersistStream, &IID_IPersist}, &moniker_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks ---- */

struct arguments
{
    IBindCtx *context;
    IMoniker *left, *other;
};

static void check_inherited(IMoniker *proxy)
{
    IStream *stream = mock_create(&IID_IStream, OTHER);
    IPersistStream *persist = NULL;
    ULARGE_INTEGER size = {0};
    CLSID clsid = {0};

    is_uint(token_of(proxy), MOCK_TOKEN, "IPersist's GetClassID");
    is_hr(IMoniker_GetClassID(proxy, &clsid), S_OK, "GetClassID");
    is_uint(clsid.Data1, MOCK_TOKEN, "the token in it");
    is_hr(IMoniker_IsDirty(proxy), S_FALSE, "IsDirty");
    is_hr(IMoniker_Load(proxy, stream), S_OK, "Load");
    is_hr(IMoniker_Save(proxy, stream, TRUE), S_OK, "Save");
    is_hr(IMoniker_GetSizeMax(proxy, &size), S_OK, "GetSizeMax");
    is_uint(size.QuadPart, 404, "the size");
    is_hr(IMoniker_QueryInterface(proxy, &IID_IPersistStream, (void **)&persist), S_OK,
            "IPersistStream");
    is_hr(IPersistStream_IsDirty(persist), S_FALSE, "IsDirty there");
    IPersistStream_Release(persist);
    check_released(stream, "the stream is released");
}

static void check_bind(IMoniker *proxy, const struct arguments *with)
{
    IUnknown *object = (void *)0xdead;

    if (builtin_lacks("IMoniker::BindToObject and BindToStorage of a proxy"))
        return;
    is_hr(IMoniker_BindToObject(proxy, with->context, with->left, &IID_IStream, (void **)&object),
            S_OK, "BindToObject");
    is_uint(token_of(object), RESULT, "the object");
    IUnknown_Release(object);
    is_hr(IMoniker_BindToStorage(proxy, NULL, NULL, &IID_IPersistFile, (void **)&object), S_OK,
            "BindToStorage");
    is_uint(token_of(object), RESULT + 1, "the object");
    IUnknown_Release(object);
    object = (void *)0xdead;
    is_hr(IMoniker_BindToObject(proxy, with->context, NULL, &IID_IMallocSpy, (void **)&object),
            E_NOINTERFACE, "BindToObject, no such interface");
    is_ptr(object, NULL, "no object");
    object = (void *)0xdead;
    is_hr(IMoniker_BindToStorage(proxy, with->context, NULL, &IID_IMallocSpy, (void **)&object),
            E_NOINTERFACE, "BindToStorage, no such interface");
    is_ptr(object, NULL, "no object");
}

static void check_reduce(IMoniker *proxy, const struct arguments *with)
{
    IMoniker *left = NULL, *reduced = (void *)0xdead;

    is_hr(IMoniker_Reduce(proxy, with->context, MKRREDUCE_THROUGHUSER, NULL, &reduced),
            MK_S_REDUCED_TO_SELF, "Reduce, nothing on the left");
    is_ptr(reduced, NULL, "nothing");
    is_hr(IMoniker_Reduce(proxy, with->context, MKRREDUCE_THROUGHUSER, &left, &reduced), S_OK,
            "Reduce, NULL on the left");
    is_uint(token_of(left), RESULT, "another one on the left");
    is_uint(token_of(reduced), RESULT + 1, "the reduced one");
    IMoniker_Release(left);
    IMoniker_Release(reduced);
    left = with->left;
    IMoniker_AddRef(left);
    reduced = (void *)0xdead;
    is_hr(IMoniker_Reduce(proxy, with->context, MKRREDUCE_THROUGHUSER, &left, &reduced), S_FALSE,
            "Reduce, one on the left");
    is_ptr(left, NULL, "it is taken away");
    is_ptr(reduced, NULL, "nothing");
}

static void check_relations(IMoniker *proxy, const struct arguments *with)
{
    IMoniker *result = (void *)0xdead;
    IEnumMoniker *enumerator = (void *)0xdead;

    is_hr(IMoniker_ComposeWith(proxy, with->other, TRUE, &result), S_OK, "ComposeWith");
    is_uint(token_of(result), RESULT, "the composite");
    IMoniker_Release(result);
    is_hr(IMoniker_Enum(proxy, TRUE, &enumerator), S_OK, "Enum");
    is_uint(token_of(enumerator), RESULT, "the enumerator");
    IEnumMoniker_Release(enumerator);
    is_hr(IMoniker_Enum(proxy, FALSE, &enumerator), S_OK, "Enum of nothing");
    is_ptr(enumerator, NULL, "no enumerator");
    is_hr(IMoniker_IsEqual(proxy, with->other), S_FALSE, "IsEqual, another");
    is_hr(IMoniker_IsEqual(proxy, proxy), S_OK, "IsEqual, the object itself on its side");
    result = (void *)0xdead;
    is_hr(IMoniker_Inverse(proxy, &result), MK_E_NOINVERSE, "Inverse");
    is_ptr(result, NULL, "none");
    is_hr(IMoniker_CommonPrefixWith(proxy, with->other, &result), MK_S_HIM, "CommonPrefixWith");
    is_ptr(result, with->other, "our own object comes back as itself");
    IMoniker_Release(result);
    is_hr(IMoniker_RelativePathTo(proxy, with->other, &result), MK_S_ME, "RelativePathTo");
    is_ptr(result, proxy, "its own object comes as the proxy we have");
    IMoniker_Release(result);
}

static void check_names(IMoniker *proxy, const struct arguments *with)
{
    IMoniker *result = (void *)0xdead;
    WCHAR *name = NULL;
    ULONG eaten = 0;

    is_hr(IMoniker_GetDisplayName(proxy, with->context, NULL, &name), S_OK, "GetDisplayName");
    ok(same_text(name, long_text()), "a long one");
    CoTaskMemFree(name);
    is_hr(IMoniker_GetDisplayName(proxy, NULL, with->left, &name), S_OK, "GetDisplayName");
    is_wstr(name, L"", "an empty one");
    CoTaskMemFree(name);
    is_hr(IMoniker_ParseDisplayName(proxy, with->context, with->left, (WCHAR *)L"!name", &eaten,
                  &result),
            S_OK, "ParseDisplayName");
    is_uint(eaten, 5, "eaten");
    is_uint(token_of(result), RESULT, "the moniker");
    IMoniker_Release(result);
    result = (void *)0xdead;
    is_hr(IMoniker_ParseDisplayName(proxy, with->context, NULL, (WCHAR *)L"!name", &eaten, &result),
            MK_E_SYNTAX, "ParseDisplayName fails");
    is_ptr(result, NULL, "no moniker");
}

static void check_rest(IMoniker *proxy, const struct arguments *with)
{
    FILETIME time = {0};
    DWORD number = 0;

    is_hr(IMoniker_Hash(proxy, &number), S_OK, "Hash");
    is_uint(number, 0xcafe405, "the hash");
    is_hr(IMoniker_IsRunning(proxy, with->context, with->left, with->other), S_OK, "IsRunning");
    is_hr(IMoniker_IsRunning(proxy, NULL, NULL, NULL), S_FALSE, "IsRunning, nothing given");
    is_hr(IMoniker_GetTimeOfLastChange(proxy, with->context, with->left, &time), S_OK,
            "GetTimeOfLastChange");
    ok(time.dwLowDateTime == 406 && time.dwHighDateTime == 407, "the time");
    is_hr(IMoniker_IsSystemMoniker(proxy, &number), S_OK, "IsSystemMoniker");
    is_uint(number, MKSYS_ANTIMONIKER, "its kind");
}

void check_monikers(IClassFactory *factory)
{
    struct arguments with = {mock_create(&IID_IBindCtx, CONTEXT), mock_create(&IID_IMoniker, LEFT),
            mock_create(&IID_IMoniker, OTHER)};
    IMoniker *proxy = remote_create(factory, &IID_IMoniker, "IMoniker");

    note("IMoniker");
    if (proxy)
    {
        check_inherited(proxy);
        check_bind(proxy, &with);
        check_reduce(proxy, &with);
        check_relations(proxy, &with);
        check_names(proxy, &with);
        check_rest(proxy, &with);
        IMoniker_Release(proxy);
    }
    check_released(with.context, "the context is released");
    check_released(with.left, "the left moniker is released");
    check_released(with.other, "the other moniker is released");
}
