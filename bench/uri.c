/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times of the functions for URIs, in microseconds: one "figure value" a line. */
#include <windows.h>
#include <urlmon.h>

#include <stdio.h>

#define ROUNDS 7

/* Canonical already: nothing of it is to be changed. */
static const WCHAR long_url[] =
        L"http://user.name:secret@www.some.department.example.com:8080/first/second/third/fourth/"
        L"a-rather-long-name-of-a-document-with-several-words.html?session=0123456789abcdef&lang=en"
        L"&sort=ascending&filter=%C3%BCmlaut%20and%20space&page=42&size=100#section-12.3";
static const WCHAR plain_url[] = L"http://www.example.com/index.html";
static const WCHAR odd_url[] =
        L"HTTP://WWW.Example.COM:80/a/./b/../c/%7euser/with space/\x00fc?q=\"x\"";
static const WCHAR base_url[] = L"http://www.example.com/first/second/third/document.html?query";
static const WCHAR relative_url[] = L"../other/page.html?one=1&two=2#there";

static double now(void)
{
    LARGE_INTEGER counter, frequency;

    QueryPerformanceCounter(&counter);
    QueryPerformanceFrequency(&frequency);
    return (double)counter.QuadPart * 1e6 / (double)frequency.QuadPart;
}

static void stop(const char *what, HRESULT hr)
{
    printf("failed: %s 0x%08lx\n", what, hr);
    ExitProcess(1);
}

static void create(const WCHAR *url)
{
    IUri *uri;
    HRESULT hr = CreateUri(url, 0, 0, &uri);

    if (hr != S_OK)
        stop("CreateUri", hr);
    IUri_Release(uri);
}

static void create_long(void)
{
    create(long_url);
}

static void create_plain(void)
{
    create(plain_url);
}

static void create_odd(void)
{
    create(odd_url);
}

static void combine_url(void)
{
    WCHAR result[200];
    DWORD length;
    HRESULT hr =
            CoInternetCombineUrl(base_url, relative_url, 0, result, ARRAYSIZE(result), &length, 0);

    if (hr != S_OK)
        stop("CoInternetCombineUrl", hr);
}

static IUri *base, *relative;

static void combine_uri(void)
{
    IUri *uri;
    HRESULT hr = CoInternetCombineIUri(base, relative, 0, &uri, 0);

    if (hr != S_OK)
        stop("CoInternetCombineIUri", hr);
    IUri_Release(uri);
}

static void properties(void)
{
    static const Uri_PROPERTY names[] = {Uri_PROPERTY_HOST, Uri_PROPERTY_PATH_AND_QUERY,
            Uri_PROPERTY_DISPLAY_URI};
    BSTR text;

    for (unsigned int i = 0; i < ARRAYSIZE(names); i++)
    {
        HRESULT hr = IUri_GetPropertyBSTR(base, names[i], &text, 0);

        if (hr != S_OK)
            stop("GetPropertyBSTR", hr);
        SysFreeString(text);
    }
}

/* The best of several rounds. */
static void measure(const char *figure, void (*function)(void), unsigned int count)
{
    double best = 0;

    function();
    for (unsigned int round = 0; round < ROUNDS; round++)
    {
        double begin = now(), time;

        for (unsigned int i = 0; i < count; i++)
            function();
        time = (now() - begin) / count;
        if (!round || time < best)
            best = time;
    }
    printf("%s %.4f\n", figure, best);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    unsigned int count = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
    HRESULT hr;

    hr = CreateUri(base_url, 0, 0, &base);
    if (hr == S_OK)
        hr = CreateUri(relative_url, Uri_CREATE_ALLOW_RELATIVE, 0, &relative);
    if (hr != S_OK)
        stop("CreateUri", hr);
    measure("create_long_us", create_long, count);
    measure("create_plain_us", create_plain, count);
    measure("create_odd_us", create_odd, count);
    measure("combine_uri_us", combine_uri, count);
    measure("properties_us", properties, count);
    /* Wine's asks the registry each time. */
    measure("combine_url_us", combine_url, count / 20 + 1);
    IUri_Release(relative);
    IUri_Release(base);
    return 0;
}
