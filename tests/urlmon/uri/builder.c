/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IUriBuilder and IUriBuilderFactory. Pages of their methods. */
#include <shlwapi.h>

#include "uri_check.h"

/* winspool.h has a function of the name of IUriBuilder's method. */
#undef SetPort

static IUriBuilder *builder_made(const WCHAR *text, DWORD flags)
{
    IUri *uri = text ? uri_made(text, flags) : NULL;
    IUriBuilder *builder = NULL;

    is_hr(CreateIUriBuilder(uri, 0, 0, &builder), S_OK, "CreateIUriBuilder");
    if (uri)
        IUri_Release(uri);
    return builder;
}

static void check_result(IUriBuilder *builder, DWORD flags, const WCHAR *absolute)
{
    IUri *uri = NULL;
    HRESULT hr = IUriBuilder_CreateUri(builder, flags, 0, 0, &uri);

    if (!absolute)
    {
        is_hr(hr, INET_E_INVALID_URL, "CreateUri of what is none");
        ok(!uri, "and no URI");
        return;
    }
    is_hr(hr, S_OK, "CreateUri");
    if (!uri)
        return;
    is_wstr(uri_text(uri, Uri_PROPERTY_ABSOLUTE_URI, 0), absolute, "the URI");
    IUri_Release(uri);
}

static void test_all_properties(void)
{
    IUriBuilder *builder = builder_made(NULL, 0);
    const WCHAR *text;
    DWORD length, port;
    BOOL has_port, modified;

    is_hr(IUriBuilder_HasBeenModified(builder, &modified), S_OK, "HasBeenModified");
    ok(!modified, "not modified");
    is_hr(IUriBuilder_GetHost(builder, &length, &text), S_FALSE, "no host");
    ok(!text && !length, "none");
    is_hr(IUriBuilder_SetSchemeName(builder, L"http"), S_OK, "SetSchemeName");
    is_hr(IUriBuilder_SetUserName(builder, L"user"), S_OK, "SetUserName");
    is_hr(IUriBuilder_SetPassword(builder, L"word"), S_OK, "SetPassword");
    is_hr(IUriBuilder_SetHost(builder, L"Example.com"), S_OK, "SetHost");
    is_hr(IUriBuilder_SetPort(builder, TRUE, 81), S_OK, "SetPort");
    is_hr(IUriBuilder_SetPath(builder, L"a b/../c"), S_OK, "SetPath");
    is_hr(IUriBuilder_SetQuery(builder, L"q"), S_OK, "SetQuery");
    is_hr(IUriBuilder_SetFragment(builder, L"#f"), S_OK, "SetFragment");
    is_hr(IUriBuilder_HasBeenModified(builder, &modified), S_OK, "HasBeenModified");
    ok(modified, "modified");
    is_hr(IUriBuilder_GetQuery(builder, &length, &text), S_OK, "GetQuery");
    is_wstr(text, L"?q", "has its mark");
    is_uint(length, 2, "and a length with it");
    is_hr(IUriBuilder_GetHost(builder, &length, &text), S_OK, "GetHost");
    is_wstr(text, L"Example.com", "as it was set");
    is_hr(IUriBuilder_GetPort(builder, &has_port, &port), S_OK, "GetPort");
    ok(has_port && port == 81, "81");
    check_result(builder, 0, L"http://user:word@example.com:81/c?q#f");
    todo_builtin("IUriBuilder::RemoveProperties, ms774998")
    {
        is_hr(IUriBuilder_RemoveProperties(builder,
                      Uri_HAS_USER_NAME | Uri_HAS_PASSWORD | Uri_HAS_PORT | Uri_HAS_QUERY
                              | Uri_HAS_FRAGMENT),
                S_OK, "RemoveProperties");
        check_result(builder, 0, L"http://example.com/c");
    }
    is_hr(IUriBuilder_RemoveProperties(builder, Uri_HAS_SCHEME_NAME), E_INVALIDARG,
            "the scheme stays");
    is_hr(IUriBuilder_RemoveProperties(builder, Uri_HAS_ABSOLUTE_URI), E_INVALIDARG,
            "what is made of the others cannot be removed");
    IUriBuilder_Release(builder);
}

struct change
{
    const WCHAR *text;
    Uri_PROPERTY property;
    const WCHAR *value, *absolute;
};

static const struct change changes[] = {
        {L"http://example.com/a?b#c", Uri_PROPERTY_PATH, L"/x y", L"http://example.com/x%20y?b#c"},
        {L"http://example.com/a?b#c", Uri_PROPERTY_PATH, L"x", L"http://example.com/x?b#c"},
        {L"http://example.com/a?b#c", Uri_PROPERTY_QUERY, NULL, L"http://example.com/a#c"},
        {L"http://example.com/a?b#c", Uri_PROPERTY_FRAGMENT, L"", L"http://example.com/a?b#"},
        {L"http://example.com/a", Uri_PROPERTY_HOST, L"::1", L"http://[::1]/a"},
        {L"http://example.com/a", Uri_PROPERTY_HOST, L"[::1]", L"http://[::1]/a"},
        {L"http://example.com/a", Uri_PROPERTY_HOST, L"2130706433", L"http://127.0.0.1/a"},
        {L"http://example.com/a", Uri_PROPERTY_SCHEME_NAME, L"ftp", L"ftp://example.com/a"},
        {L"http://example.com:81/a", Uri_PROPERTY_SCHEME_NAME, L"https",
                L"https://example.com:81/a"},
        {L"http://example.com/a", Uri_PROPERTY_USER_NAME, L"a/b", NULL},
        {L"http://example.com/a", Uri_PROPERTY_USER_NAME, L"a@b", NULL},
        {L"http://example.com/a", Uri_PROPERTY_PASSWORD, L"a@b", NULL},
        {L"http://example.com/a", Uri_PROPERTY_HOST, L"a/b", NULL},
        {L"http://example.com/a", Uri_PROPERTY_HOST, L"a%zz", NULL},
        {L"http://example.com/a", Uri_PROPERTY_PATH, L"/a?b", NULL},
        {L"http://example.com/a", Uri_PROPERTY_PATH, L"/a#b", NULL},
        {L"http://example.com/a", Uri_PROPERTY_QUERY, L"a#b", NULL},
        {L"http://example.com/a", Uri_PROPERTY_SCHEME_NAME, L"ht tp", NULL},
        {L"file:///c:/a", Uri_PROPERTY_PATH, L"/d:/b", L"file:///d:/b"},
        {L"file:///c:/a", Uri_PROPERTY_HOST, L"server", L"file://server/c:/a"},
        {L"file://server/a", Uri_PROPERTY_USER_NAME, L"user", NULL},
        {L"mailto:a@b", Uri_PROPERTY_PATH, L"c@d", L"mailto:c@d"},
};

static HRESULT set(IUriBuilder *builder, Uri_PROPERTY property, const WCHAR *value)
{
    switch (property)
    {
    case Uri_PROPERTY_PATH:
        return IUriBuilder_SetPath(builder, value);
    case Uri_PROPERTY_QUERY:
        return IUriBuilder_SetQuery(builder, value);
    case Uri_PROPERTY_FRAGMENT:
        return IUriBuilder_SetFragment(builder, value);
    case Uri_PROPERTY_HOST:
        return IUriBuilder_SetHost(builder, value);
    case Uri_PROPERTY_SCHEME_NAME:
        return IUriBuilder_SetSchemeName(builder, value);
    case Uri_PROPERTY_USER_NAME:
        return IUriBuilder_SetUserName(builder, value);
    default:
        return IUriBuilder_SetPassword(builder, value);
    }
}

static void test_changes(void)
{
    for (unsigned int i = 0; i < ARRAYSIZE(changes); i++)
    {
        IUriBuilder *builder = builder_made(changes[i].text, 0);

        is_hr(set(builder, changes[i].property, changes[i].value), S_OK, "%s, property %d",
                tap_wstr(changes[i].text), changes[i].property);
        /* The port that http implies is none of another scheme; a file can get a host. */
        todo_if(tap_builtin() && changes[i].absolute
                        && (changes[i].property == Uri_PROPERTY_SCHEME_NAME
                                || !wcscmp(changes[i].absolute, L"file:///d:/b")
                                || !wcscmp(changes[i].absolute, L"file://server/c:/a")),
                "IUriBuilder::CreateUri, ms774987")
        {
            check_result(builder, 0, changes[i].absolute);
        }
        IUriBuilder_Release(builder);
    }
}

static void test_flags(void)
{
    IUriBuilder *builder = builder_made(L"http://EXAMPLE.com/a/../b", Uri_CREATE_NO_CANONICALIZE);
    IUri *original, *uri;

    is_hr(IUriBuilder_GetIUri(builder, &original), S_OK, "GetIUri");
    is_hr(IUriBuilder_CreateUriSimple(builder, 0, 0, &uri), S_OK, "nothing changed");
    is_ptr(uri, original, "the IUri itself");
    IUri_Release(uri);
    is_hr(IUriBuilder_CreateUri(builder, ~0u, 0, 0, &uri), S_OK, "with its own flags");
    is_ptr(uri, original, "the IUri itself");
    IUri_Release(uri);
    is_hr(IUriBuilder_CreateUri(builder, 0, 0, 0, &uri), S_OK, "with other flags");
    ok(uri != original, "another one");
    is_wstr(uri_text(uri, Uri_PROPERTY_ABSOLUTE_URI, 0), L"http://example.com/b", "canonical now");
    IUri_Release(uri);
    is_hr(IUriBuilder_SetFragment(builder, L"x"), S_OK, "SetFragment");
    is_hr(IUriBuilder_CreateUriSimple(builder, 0, 0, &uri), S_OK, "with its own flags");
    todo_builtin("IUriBuilder::CreateUriSimple: the port which is implied stays so")
    {
        is_wstr(uri_text(uri, Uri_PROPERTY_ABSOLUTE_URI, 0), L"http://EXAMPLE.com/a/../b#x",
                "kept");
    }
    IUri_Release(uri);
    is_hr(IUriBuilder_CreateUriWithFlags(builder, 0, UriBuilder_USE_ORIGINAL_FLAGS, 0, 0, &uri),
            S_OK, "CreateUriWithFlags");
    todo_builtin("IUriBuilder::CreateUriSimple: the port which is implied stays so")
    {
        is_wstr(uri_text(uri, Uri_PROPERTY_ABSOLUTE_URI, 0), L"http://EXAMPLE.com/a/../b#x",
                "the same");
    }
    IUri_Release(uri);
    is_hr(IUriBuilder_CreateUriWithFlags(builder, 0, 0, 0, 0, &uri), S_OK, "without the originals");
    is_wstr(uri_text(uri, Uri_PROPERTY_ABSOLUTE_URI, 0), L"http://example.com/b#x", "canonical");
    IUri_Release(uri);
    is_hr(IUriBuilder_CreateUri(builder, Uri_CREATE_CANONICALIZE | Uri_CREATE_NO_CANONICALIZE, 0, 0,
                  &uri),
            E_INVALIDARG, "flags which contradict each other");
    is_hr(IUriBuilder_SetIUri(builder, NULL), S_OK, "SetIUri");
    check_result(builder, 0, NULL);
    IUri_Release(original);
    IUriBuilder_Release(builder);
}

static void test_arguments(void)
{
    IUriBuilder *builder = builder_made(NULL, 0);
    const WCHAR *text = (const WCHAR *)1;
    DWORD length = 9;

    is_hr(CreateIUriBuilder(NULL, 0, 0, NULL), E_POINTER, "no place for a builder");
    is_hr(IUriBuilder_CreateUri(builder, 0, 0, 0, NULL), E_POINTER, "no place for a URI");
    is_hr(IUriBuilder_GetHost(builder, NULL, &text), E_POINTER, "no place for a length");
    ok(!text, "and no text");
    is_hr(IUriBuilder_GetHost(builder, &length, NULL), E_POINTER, "no place for a text");
    is_uint(length, 0, "and no length");
    is_hr(IUriBuilder_GetPort(builder, NULL, &length), E_POINTER, "no place for an answer");
    is_hr(IUriBuilder_GetIUri(builder, NULL), E_POINTER, "no place for the IUri");
    is_hr(IUriBuilder_HasBeenModified(builder, NULL), E_POINTER, "no place for an answer");
    is_hr(IUriBuilder_SetSchemeName(builder, NULL), E_INVALIDARG, "no scheme");
    is_hr(IUriBuilder_SetSchemeName(builder, L""), E_INVALIDARG, "an empty scheme");
    is_hr(IUriBuilder_SetHost(builder, NULL), E_INVALIDARG, "no host");
    IUriBuilder_Release(builder);
}

static void test_factory(void)
{
    IUri *uri = uri_made(L"http://example.com/a", 0), *same;
    IUriBuilderFactory *factory = NULL;
    IUriBuilder *builder;

    is_hr(IUri_QueryInterface(uri, &IID_IUriBuilderFactory, (void **)&factory), S_OK,
            "an IUri makes builders");
    is_hr(IUriBuilderFactory_CreateInitializedIUriBuilder(factory, 0, 0, &builder), S_OK,
            "CreateInitializedIUriBuilder");
    is_hr(IUriBuilder_GetIUri(builder, &same), S_OK, "GetIUri");
    is_ptr(same, uri, "of that IUri");
    IUri_Release(same);
    IUriBuilder_Release(builder);
    is_hr(IUriBuilderFactory_CreateIUriBuilder(factory, 0, 0, &builder), S_OK, "CreateIUriBuilder");
    is_hr(IUriBuilder_GetIUri(builder, &same), S_OK, "GetIUri");
    ok(!same, "an empty one");
    IUriBuilder_Release(builder);
    is_hr(IUriBuilderFactory_CreateIUriBuilder(factory, 1, 0, &builder), E_INVALIDARG, "flags");
    is_hr(IUriBuilderFactory_CreateIUriBuilder(factory, 0, 1, &builder), E_INVALIDARG, "reserved");
    is_hr(IUriBuilderFactory_CreateIUriBuilder(factory, 0, 0, NULL), E_POINTER, "no place");
    IUriBuilderFactory_Release(factory);
    IUri_Release(uri);
}

int main(void)
{
    test_all_properties();
    test_changes();
    test_flags();
    test_arguments();
    test_factory();
    return done_testing();
}
