/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of a process, the user agent, and what is known about URLs. Pages
 * "UrlMkSetSessionOption function" (ms775125), "UrlMkGetSessionOption function" (ms775124),
 * "ObtainUserAgentString function" (ms775117), "CoInternetQueryInfo function". */
#include "protocol_bed.h"

#include <string.h>
#include <wininet.h>

static void test_user_agent(void)
{
    char text[1024], made[1024];
    DWORD size = sizeof(text), needed = 0;

    is_hr(ObtainUserAgentString(0, text, &size), S_OK, "ObtainUserAgentString");
    is_uint(size, strlen(text) + 1, "its size");
    ok(!strncmp(text, "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT ", 46), "%s", text);
    strcpy(made, text);
    size = 5;
    is_hr(ObtainUserAgentString(0, text, &size), E_OUTOFMEMORY, "a buffer too small");
    is_uint(size, strlen(made) + 1, "what it wants");
    is_hr(ObtainUserAgentString(0, NULL, &size), E_INVALIDARG, "no buffer");
    is_hr(ObtainUserAgentString(0, text, NULL), E_INVALIDARG, "no size");
    size = sizeof(text);
    is_hr(ObtainUserAgentString(8, text, &size), S_OK, "of version 8");
    ok(strstr(text, "MSIE 8.0") != NULL, "%s", text);

    is_hr(UrlMkSetSessionOption(URLMON_OPTION_USERAGENT, (void *)"bed/1.0 and more", 7, 0), S_OK,
            "URLMON_OPTION_USERAGENT");
    size = sizeof(text);
    is_hr(ObtainUserAgentString(0, text, &size), S_OK, "ObtainUserAgentString");
    is_str(text, "bed/1.0", "it is that");
    is_hr(UrlMkSetSessionOption(URLMON_OPTION_USERAGENT, NULL, 5, 0), E_INVALIDARG, "no text");
    is_hr(UrlMkSetSessionOption(URLMON_OPTION_USERAGENT, (void *)"x", 0, 0), E_INVALIDARG,
            "no length");
    todo_builtin("Wine takes any")
        is_hr(UrlMkSetSessionOption(URLMON_OPTION_USERAGENT, (void *)"a\r\nb: c", 7, 0),
                E_INVALIDARG, "a text that would add a header");
    if (!tap_builtin())
    {
        memset(text, 0, sizeof(text));
        is_hr(UrlMkGetSessionOption(URLMON_OPTION_USERAGENT, text, sizeof(text), &needed, 0), S_OK,
                "UrlMkGetSessionOption");
        is_str(text, "bed/1.0", "the text");
        is_uint(needed, 8, "its size");
        is_hr(UrlMkSetSessionOption(URLMON_OPTION_USERAGENT_REFRESH, NULL, 0, 0), S_OK,
                "URLMON_OPTION_USERAGENT_REFRESH");
        size = sizeof(text);
        is_hr(ObtainUserAgentString(0, text, &size), S_OK, "ObtainUserAgentString");
        is_str(text, made, "it is what it was");
    }
    is_hr(UrlMkGetSessionOption(URLMON_OPTION_USERAGENT, text, 3, &needed, 0), E_OUTOFMEMORY,
            "a buffer too small");
    is_hr(UrlMkGetSessionOption(URLMON_OPTION_USERAGENT, text, sizeof(text), NULL, 0), E_INVALIDARG,
            "no place for the size");
}

static void test_options(void)
{
    INTERNET_PROXY_INFO proxy = {INTERNET_OPEN_TYPE_DIRECT, NULL, NULL};
    DWORD value = 0, needed = 0;

    is_hr(UrlMkGetSessionOption(0x1234, &value, sizeof(value), &needed, 0), E_INVALIDARG,
            "an option that is none");
    is_hr(UrlMkSetSessionOption(0x1234, &value, sizeof(value), 0), E_INVALIDARG, "to set as well");
    if (builtin_lacks("the other options"))
        return;
    is_hr(UrlMkSetSessionOption(INTERNET_OPTION_PROXY, &proxy, sizeof(proxy), 0), S_OK,
            "INTERNET_OPTION_PROXY");
    is_hr(UrlMkSetSessionOption(INTERNET_OPTION_PROXY, &proxy, 3, 0), E_INVALIDARG,
            "a proxy too small");
    is_hr(UrlMkGetSessionOption(URLMON_OPTION_USE_BINDSTRINGCREDS, &value, sizeof(value), &needed,
                  0),
            S_OK, "URLMON_OPTION_USE_BINDSTRINGCREDS");
    is_uint(value, 1, "always 1");
    is_uint(needed, sizeof(value), "its size");
    value = 0;
    is_hr(UrlMkGetSessionOption(URLMON_OPTION_USE_BROWSERAPPSDOCUMENTS, &value, sizeof(value),
                  &needed, 0),
            S_OK, "URLMON_OPTION_USE_BROWSERAPPSDOCUMENTS");
    is_uint(value, 1, "always 1");
    is_hr(UrlMkGetSessionOption(URLMON_OPTION_USE_BINDSTRINGCREDS, &value, 1, &needed, 0),
            E_OUTOFMEMORY, "a buffer too small");
    is_hr(IInternetSession_GetSessionOption(bed_session(), URLMON_OPTION_USE_BINDSTRINGCREDS,
                  &value, &needed, 0),
            S_OK, "by the session");
}

static void check_query(const WCHAR *url, QUERYOPTION option, DWORD expected, const char *what)
{
    DWORD answer = 77, size = 0;

    is_hr(CoInternetQueryInfo(url, option, 0, &answer, sizeof(answer), &size, 0), S_OK, "%s", what);
    is_uint(answer, expected, "%s: answer", what);
    is_uint(size, sizeof(answer), "%s: size", what);
}

static void test_queries(void)
{
    DWORD answer = 77, size = 0;

    check_query(L"file:///C:/x", QUERY_USES_NETWORK, FALSE, "a file uses no network");
    if (builtin_lacks("other queries"))
        return;
    check_query(L"http://bed.test/", QUERY_USES_NETWORK, TRUE, "the web does");
    check_query(L"http://bed.test/", QUERY_IS_SECURE, FALSE, "http is not secure");
    check_query(L"https://bed.test/", QUERY_IS_SECURE, TRUE, "https is");
    check_query(L"http://bed.test/never/seen", QUERY_IS_CACHED, FALSE, "a page never seen");
    check_query(L"http://bed.test/", QUERY_CAN_NAVIGATE, TRUE, "a page can be shown");
    check_query(L"C:\\x", QUERY_USES_NETWORK, FALSE, "a path");
    is_hr(CoInternetQueryInfo(L"http://bed.test/", QUERY_USES_NETWORK, 0, &answer, 1, &size, 0),
            S_FALSE, "a buffer too small");
    is_uint(size, sizeof(answer), "what it wants");
    is_hr(CoInternetQueryInfo(NULL, QUERY_USES_NETWORK, 0, &answer, 4, &size, 0), E_INVALIDARG,
            "no URL");
    is_hr(CoInternetQueryInfo(L"http://bed.test/", QUERY_EXPIRATION_DATE, 0, &answer, 4, &size, 0),
            E_NOTIMPL, "what nobody knows");
    is_hr(CoInternetGetProtocolFlags(L"http://bed.test/", &answer, 0), E_NOTIMPL,
            "CoInternetGetProtocolFlags is documented as not implemented");
}

/* The class objects of the protocols say that the system knows their URLs. */
static void test_info(void)
{
    static const CLSID *const classes[] = {&CLSID_FileProtocol, &CLSID_FtpProtocol,
            &CLSID_HttpProtocol, &CLSID_HttpSProtocol, &CLSID_MkProtocol};

    for (unsigned int i = 0; i < ARRAYSIZE(classes); i++)
    {
        IInternetProtocolInfo *info = NULL;
        WCHAR text[64];
        DWORD length = 7;

        todo_builtin("Wine has none")
            is_hr(CoGetClassObject(classes[i], CLSCTX_INPROC_SERVER, NULL,
                          &IID_IInternetProtocolInfo, (void **)&info),
                    S_OK, "IInternetProtocolInfo of class %u", i);
        if (!info)
            continue;
        is_hr(IInternetProtocolInfo_ParseUrl(info, L"http://bed.test/", PARSE_DOMAIN, 0, text, 64,
                      &length, 0),
                INET_E_DEFAULT_ACTION, "ParseUrl");
        is_hr(IInternetProtocolInfo_CompareUrl(info, L"http://a/", L"http://a/", 0),
                INET_E_DEFAULT_ACTION, "CompareUrl");
        IInternetProtocolInfo_Release(info);
    }
}

int main(void)
{
    CoInitialize(NULL);
    test_user_agent();
    test_options();
    test_queries();
    test_info();
    CoUninitialize();
    return done_testing();
}
