/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * FindMimeFromData, by its page and "MIME Type Detection in Windows Internet Explorer", and data
 * that somebody has altered, between pages that cannot be read. The environment variable
 * CONCIERGE_MUTATIONS says how many of those.
 */
#include <stdio.h>
#include <stdlib.h>

#include <windows.h>
#include <urlmon.h>

#include "guard_pages.h"
#include "tap.h"

TAP_TIME_LIMIT(300);

static BYTE *page_end;   /* what follows cannot be read, */
static BYTE *page_start; /* nor what is before this */
static BYTE *text_end;   /* the same for texts */

static void make_guards(void)
{
    page_start = guarded_alloc(GUARD_PAGE);
    page_end = page_start + GUARD_PAGE;
    text_end = guarded_alloc(GUARD_PAGE) + GUARD_PAGE;
}

/* The data so that they end where the memory does. */
static BYTE *at_end(const void *data, size_t size)
{
    memcpy(page_end - size, data, size);
    return page_end - size;
}

static void check(const WCHAR *url, const void *data, size_t size, const WCHAR *proposed,
        DWORD flags, const WCHAR *expected, const char *what)
{
    WCHAR *mime = NULL;
    HRESULT hr;

    hr = FindMimeFromData(NULL, url, data ? at_end(data, size) : NULL, size, proposed, flags, &mime,
            0);
    is_hr(hr, S_OK, "%s: FindMimeFromData", what);
    is_wstr(mime, expected, "%s", what);
    CoTaskMemFree(mime);
}

#define DATA(text) text, sizeof(text) - 1

static const struct
{
    const char *data;
    size_t size;
    const WCHAR *mime;
    const char *why_todo; /* what Wine's own finds otherwise, or NULL */
} signatures[] = {
        {DATA("GIF87a\1\0\1\0"), L"image/gif", NULL},
        {DATA("GIF89a\1\0\1\0"), L"image/gif", NULL},
        {DATA("\xff\xd8\xff\xe0\0\x10JFIF"), L"image/pjpeg", NULL},
        {DATA("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), L"image/x-png", NULL},
        {DATA("II*\0\x08\0\0\0"), L"image/tiff", "TIFF of little-endian machines"},
        {DATA("MM\0*\0\0\0\x08"), L"image/tiff", NULL},
        {DATA("BM\x36\x30\0\0\0\0\0\0\x36\0\0\0(\0\0\0"), L"image/bmp", NULL},
        {DATA("\xd7\xcd\xc6\x9a\0\0"), L"image/x-wmf", "metafiles"},
        {DATA("\1\0\0\0\x6c\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
              "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0 EMF"
              "\0\0\1\0"),
                L"image/x-emf", "metafiles"},
        {DATA("RIFF\x24\0\0\0WAVEfmt "), L"audio/wav", NULL},
        {DATA("RIFF\x24\0\0\0AVI LIST"), L"video/avi", NULL},
        {DATA("FORM\0\0\0\x20"
              "AIFFCOMM"),
                L"audio/x-aiff", "AIFF"},
        {DATA("FORM\0\0\0\x20"
              "AIFCFVER"),
                L"audio/x-aiff", "AIFF"},
        {DATA(".snd\0\0\0\x18"), L"audio/basic", NULL},
        {DATA("MThd\0\0\0\6\0\1"), L"audio/mid", "MIDI"},
        {DATA("\0\0\1\xba\x21\0\1\0"), L"video/mpeg", NULL},
        {DATA("\0\0\1\xb3\x16\0\xf0\xc4"), L"video/mpeg", NULL},
        {DATA("%PDF-1.4\n%\xe2\xe3\xcf\xd3"), L"application/pdf", NULL},
        {DATA("%!PS-Adobe-3.0\n"), L"application/postscript", NULL},
        {DATA("{\\rtf1\\ansi"), L"text/richtext", NULL},
        {DATA("\x1f\x8b\x08\0\0\0\0\0"), L"application/x-gzip-compressed", NULL},
        {DATA("\x1f\x9d\x90"), L"application/x-compressed", "the compress program's files"},
        {DATA("PK\3\4\x14\0\0\0"), L"application/x-zip-compressed", NULL},
        {DATA("\xca\xfe\xba\xbe\0\0\0\x32"), L"application/java", NULL},
        {DATA("MZ\x90\0\3\0\0\0"), L"application/x-msdownload", NULL},
        {DATA("(This file must be converted with BinHex 4.0)\n:"), L"application/macbinhex40",
                "BinHex"},
        {DATA("#define x_width 16\n#define x_height 16\nstatic char"), L"image/x-xbitmap",
                "X bitmaps"},
        {DATA("<?xml version=\"1.0\"?><a/>"), L"text/xml", NULL},
        {DATA("\n  <?xml version=\"1.0\"?><a/>"), L"text/xml", "blanks before <?xml"},
        {DATA("<html><body>x"), L"text/html", NULL},
        {DATA("<HTML lang=\"en\">x"), L"text/html", "attributes of <html>"},
        {DATA("some words <title>x</title>"), L"text/html", "tags but <html>"},
        {DATA("<script>alert(1)</script>"), L"text/html", "tags but <html>"},
        {DATA("only text\r\n\tin two lines"), L"text/plain", NULL},
        {DATA("1 < 2 and 3 > 2, <htmlish>"), L"text/plain", "names that begin like a tag"},
        {DATA("gr\xc3\xbc\xc3\x9f dich, sch\xc3\xb6ne welt"), L"text/plain",
                "text that is not ASCII"},
        {DATA("\xff\xfeh\0e\0l\0l\0o\0"), L"text/plain", "UTF-16"},
        {DATA("\1\2\3\4\5\6\7\0\1\2\3\4"), L"application/octet-stream", NULL},
        {DATA("text, and a\0zero"), L"application/octet-stream", "zeros"},
};

static void test_signatures(void)
{
    WCHAR *mime;

    for (size_t i = 0; i < ARRAYSIZE(signatures); i++)
    {
        char what[64];

        sprintf(what, "row %u", (unsigned int)i);
        todo_if(tap_builtin() && signatures[i].why_todo, signatures[i].why_todo)
            check(NULL, signatures[i].data, signatures[i].size, NULL, 0, signatures[i].mime, what);
        /* However much of it there is, nothing behind it is read. */
        for (size_t size = 1; size < signatures[i].size; size++)
        {
            mime = NULL;
            if (FindMimeFromData(NULL, NULL, at_end(signatures[i].data, size), size, NULL, 0, &mime,
                        0)
                    != S_OK)
                fail("row %u, %u bytes", (unsigned int)i, (unsigned int)size);
            CoTaskMemFree(mime);
        }
    }
}

static void test_arguments(void)
{
    WCHAR *mime = (void *)1;

    is_hr(FindMimeFromData(NULL, NULL, NULL, 0, NULL, 0, &mime, 0), E_INVALIDARG,
            "neither URL nor data");
    is_hr(FindMimeFromData(NULL, NULL, NULL, 0, L"text/html", 0, &mime, 0), E_INVALIDARG,
            "a proposal alone");
    is_hr(FindMimeFromData(NULL, L"x.html", NULL, 0, NULL, 0, NULL, 0), E_INVALIDARG,
            "no place for the result");
    todo_builtin("another error than the page's")
        is_hr(FindMimeFromData(NULL, L"http://a.test/x.nobodyhasthis", NULL, 0, NULL, 0, &mime, 0),
                E_FAIL, "nothing is known");
}

/* "A MIME type is known, ambiguous or unknown." */
static void test_proposals(void)
{
    static const char text[] = "nothing but text", gif[] = "GIF89a\1\0\1\0",
                      html[] = "<html><body>";
    static const char binary[] = "\1\2\3\4\5\6\7\0\1\2\3";

    check(NULL, DATA(gif), L"x-own/type", 0, L"x-own/type", "an unknown type stays");
    check(NULL, DATA(gif), L"text/html", 0, L"image/gif", "the data know better");
    check(NULL, DATA(gif), L"application/octet-stream", 0, L"image/gif", "an ambiguous type");
    todo_builtin("an empty type is none")
        check(NULL, DATA(gif), L"", 0, L"image/gif", "an empty type");
    check(NULL, DATA(text), L"text/html", 0, L"text/html", "a known type that the data may have");
    check(NULL, DATA(binary), L"image/gif", 0, L"image/gif", "a known binary type");
    todo_builtin("a text type of binary data")
        check(NULL, DATA(binary), L"text/html", 0, L"application/octet-stream",
                "a known type that the data cannot have");
    todo_builtin("a binary type of text")
        check(NULL, DATA(text), L"image/gif", 0, L"text/plain", "nor this");
    check(NULL, DATA(html), L"text/plain", 0, L"text/html", "text may be HTML");
    todo_builtin("the MIME handling changes")
    {
        check(NULL, DATA(html), L"image/bmp", 0, L"text/plain", "an image does not become HTML");
        check(NULL, DATA(gif), L"image/gif; charset=x", 0, L"image/gif", "parameters are cut off");
        check(NULL, DATA(text), L" x-own/type ; a=b", 0, L"x-own/type", "and blanks");
    }
}

static void test_flags(void)
{
    static const char html[] = "<html><body>", gif[] = "GIF89a\1\0\1\0";
    static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", jpeg[] = "\xff\xd8\xff\xe0\0\x10";

    if (builtin_lacks("flags of FindMimeFromData"))
        return;
    check(NULL, DATA(html), L"text/plain", FMFD_RESPECTTEXTPLAIN, L"text/plain",
            "FMFD_RESPECTTEXTPLAIN");
    check(NULL, DATA(html), NULL, FMFD_RESPECTTEXTPLAIN, L"text/html", "which nobody proposes");
    check(NULL, DATA(gif), L"text/html", FMFD_SERVERMIME, L"text/html", "FMFD_SERVERMIME");
    check(NULL, DATA(html), L"text/plain", FMFD_SERVERMIME, L"text/plain", "for text as well");
    check(NULL, DATA(html), L"text/plain", FMFD_SERVERMIME | FMFD_IGNOREMIMETEXTPLAIN, L"text/html",
            "FMFD_IGNOREMIMETEXTPLAIN");
    check(NULL, DATA(gif), NULL, FMFD_SERVERMIME, L"image/gif", "the server says nothing");
    check(NULL, DATA(gif), L"text/html", FMFD_ENABLEMIMESNIFFING, L"image/gif",
            "FMFD_ENABLEMIMESNIFFING");
    check(NULL, DATA(png), NULL, FMFD_RETURNUPDATEDIMGMIMES, L"image/png",
            "FMFD_RETURNUPDATEDIMGMIMES: PNG");
    check(NULL, DATA(jpeg), NULL, FMFD_RETURNUPDATEDIMGMIMES, L"image/jpeg", "and JPEG");
    check(NULL, DATA(png), L"image/png", 0, L"image/png", "PNG by its proposed name");
    check(NULL, DATA(jpeg), L"image/jpeg", 0, L"image/jpeg", "and JPEG");
    check(NULL, DATA("<?xml version=\"1.0\"?>"), L"application/rss+xml", 0, L"application/rss+xml",
            "a kind of XML");
}

/* FEATURE_MIME_SNIFFING keeps what the server says, unless a flag says otherwise. */
static void test_feature(void)
{
    static const char html[] = "<html><body>", gif[] = "GIF89a\1\0\1\0";
    BOOL former =
            CoInternetIsFeatureEnabled(FEATURE_MIME_SNIFFING, GET_FEATURE_FROM_PROCESS) == S_OK;

    if (builtin_lacks("flags of FindMimeFromData"))
        return;
    is_hr(CoInternetSetFeatureEnabled(FEATURE_MIME_SNIFFING, SET_FEATURE_ON_PROCESS, TRUE), S_OK,
            "FEATURE_MIME_SNIFFING");
    check(NULL, DATA(gif), L"text/html", 0, L"text/html", "the server's word");
    check(NULL, DATA(html), L"text/plain", 0, L"text/plain", "for text as well");
    check(NULL, DATA(gif), NULL, 0, L"image/gif", "it says nothing");
    check(NULL, DATA(gif), L"text/html", FMFD_ENABLEMIMESNIFFING, L"image/gif",
            "FMFD_ENABLEMIMESNIFFING");
    check(NULL, DATA(html), L"text/plain", FMFD_IGNOREMIMETEXTPLAIN, L"text/html",
            "FMFD_IGNOREMIMETEXTPLAIN, for text");
    check(NULL, DATA(gif), L"text/html", FMFD_IGNOREMIMETEXTPLAIN, L"text/html",
            "and for nothing else");
    is_hr(CoInternetSetFeatureEnabled(FEATURE_MIME_SNIFFING, SET_FEATURE_ON_PROCESS, former), S_OK,
            "as before");
    check(NULL, DATA(gif), L"text/html", 0, L"image/gif", "the data know better");
}

/* Every type of "Known MIME Types", for data without a signature. */
static void test_known_types(void)
{
    static const struct
    {
        const WCHAR *mime;
        BOOL binary;
    } known[] = {
            {L"text/richtext", FALSE},
            {L"text/html", FALSE},
            {L"text/xml", FALSE},
            {L"text/scriptlet", FALSE},
            {L"image/x-xbitmap", FALSE},
            {L"application/postscript", FALSE},
            {L"application/base64", FALSE},
            {L"application/macbinhex40", FALSE},
            {L"application/atom+xml", FALSE},
            {L"application/rss+xml", FALSE},
            {L"audio/x-aiff", TRUE},
            {L"audio/basic", TRUE},
            {L"audio/mid", TRUE},
            {L"audio/wav", TRUE},
            {L"image/gif", TRUE},
            {L"image/jpeg", TRUE},
            {L"image/pjpeg", TRUE},
            {L"image/png", TRUE},
            {L"image/x-png", TRUE},
            {L"image/tiff", TRUE},
            {L"image/bmp", TRUE},
            {L"image/x-jg", TRUE},
            {L"image/x-emf", TRUE},
            {L"image/x-wmf", TRUE},
            {L"video/avi", TRUE},
            {L"video/mpeg", TRUE},
            {L"application/pdf", TRUE},
            {L"application/x-compressed", TRUE},
            {L"application/x-zip-compressed", TRUE},
            {L"application/x-gzip-compressed", TRUE},
            {L"application/java", TRUE},
            {L"application/x-msdownload", TRUE},
    };
    static const char text[] = "nothing but text", binary[] = "\1\2\3\4\5\6\7\0\1\2\3";

    if (builtin_lacks("known types"))
        return;
    for (size_t i = 0; i < ARRAYSIZE(known); i++)
    {
        char what[64];

        sprintf(what, "%ls", known[i].mime);
        check(NULL, DATA(text), known[i].mime, 0, known[i].binary ? L"text/plain" : known[i].mime,
                what);
        check(NULL, DATA(binary), known[i].mime, 0,
                known[i].binary ? known[i].mime : L"application/octet-stream", what);
        check(NULL, DATA("GIF89a\1\0"), known[i].mime, 0, L"image/gif", what);
        check(L"http://a.test/x", NULL, 0, known[i].mime, 0, known[i].mime, what);
    }
}

static void set_text(const WCHAR *key, const WCHAR *name, const WCHAR *text)
{
    is_int(RegSetKeyValueW(HKEY_CLASSES_ROOT, key, name, REG_SZ, text,
                   (wcslen(text) + 1) * sizeof(WCHAR)),
            0, "registry: %s", tap_wstr(key));
}

/* Names with extensions. */
static void test_names(void)
{
    static const char text[] = "nothing but text", binary[] = "\1\2\3\4\5\6\7\0\1\2\3";

    set_text(L".concierge1", L"Content Type", L"x-concierge/one");
    set_text(L".concierge2", NULL, L"ConciergeTestFile");
    set_text(L".concierge3", L"Content Type", L"image/gif");
    check(L"http://a.test/x.concierge1", NULL, 0, NULL, 0, L"x-concierge/one", "a URL");
    check(L"C:\\folder.x\\y.concierge1", NULL, 0, NULL, 0, L"x-concierge/one", "a path");
    check(L"http://a.test/x.concierge1", DATA(text), NULL, 0, L"x-concierge/one", "with text");
    check(L"http://a.test/x.concierge1", DATA(text), L"text/plain", 0, L"x-concierge/one",
            "which the server takes for text");
    check(L"http://a.test/x.concierge1", DATA(text), L"text/html", 0, L"text/html",
            "which the server knows");
    check(L"http://a.test/x.concierge1", DATA("GIF89a"), NULL, 0, L"image/gif",
            "the data know better");
    todo_builtin("queries and fragments of URLs, programs of extensions, conflicts")
    {
        check(L"http://a.test/x.concierge1?a.txt#b.txt", NULL, 0, NULL, 0, L"x-concierge/one",
                "a URL with a query");
        check(L"C:\\x?y.concierge1", NULL, 0, NULL, FMFD_URLASFILENAME, L"x-concierge/one",
                "FMFD_URLASFILENAME");
        check(L"http://a.test/x.concierge2", DATA(text), NULL, 0, L"application/octet-stream",
                "a name that has a program");
        check(L"http://a.test/x.concierge3", DATA(text), NULL, 0, L"text/plain",
                "a name that cannot be right");
    }
    todo_builtin("names of binary data")
        check(L"http://a.test/x.concierge3", DATA(binary), NULL, 0, L"image/gif",
                "and one that may");
    check(L"http://a.test/.concierge1/x", DATA(text), NULL, 0, L"text/plain",
            "the extension of a folder");
    check(L"http://a.test/x.", DATA(text), NULL, 0, L"text/plain", "a dot");
    RegDeleteTreeW(HKEY_CLASSES_ROOT, L".concierge1");
    RegDeleteTreeW(HKEY_CLASSES_ROOT, L".concierge2");
    RegDeleteTreeW(HKEY_CLASSES_ROOT, L".concierge3");
}

static unsigned int random_state = 20260102;

static unsigned int next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* A text at the end of its page, with some characters altered; NULL now and then. */
static WCHAR *mutated_text(const WCHAR *text)
{
    size_t length = wcslen(text), changes = next_random() % 4;
    WCHAR *copy = (WCHAR *)text_end - length - 1;

    if (!(next_random() % 4))
        return NULL;
    memcpy(copy, text, (length + 1) * sizeof(WCHAR));
    while (changes-- && length)
    {
        static const WCHAR marks[] = L".;:/\\?#%\t \xfffe\x130\xd800";

        copy[next_random() % length] = next_random() % 2
                ? marks[next_random() % (ARRAYSIZE(marks) - 1)]
                : next_random() % 300;
    }
    return copy;
}

/* Data with some bytes altered, at one end of their page or the other. */
static BYTE *mutated_data(unsigned int *length)
{
    unsigned int row = next_random() % ARRAYSIZE(signatures), changes = next_random() % 4;
    unsigned int size = signatures[row].size, extra = next_random() % 8 ? 0 : next_random() % 300;
    BYTE *data;

    size = next_random() % 4 ? size : next_random() % (size + 1);
    data = next_random() % 4 ? page_end - size - extra : page_start;
    memcpy(data, signatures[row].data, size);
    memset(data + size, "< \0\x80"[next_random() % 4], extra);
    *length = size + extra;
    while (changes-- && *length)
        data[next_random() % *length] = next_random();
    return data;
}

static void test_mutations(void)
{
    static const WCHAR *const proposals[] = {L"text/plain; charset=utf-8", L"image/gif",
            L"text/html", L"application/octet-stream", L"x-own/type", L" ; "};
    const char *wanted = getenv("CONCIERGE_MUTATIONS");
    unsigned int count = wanted ? strtoul(wanted, NULL, 10) : 250000;
    DWORD started = GetTickCount();
    unsigned int i, failed = 0;

    if (tap_builtin())
        count /= 10;
    for (i = 0; i < count; i++)
    {
        /* Names lead to the registry, which takes its time: for one in 1024. */
        BOOL named = !(i % 1024);
        WCHAR *mime = NULL,
              *text = mutated_text(named ? L"http://a.test/x.htm?y#z"
                                         : proposals[next_random() % ARRAYSIZE(proposals)]);
        unsigned int size;
        BYTE *data = mutated_data(&size);
        HRESULT hr;

        if (!size)
            continue;
        hr = FindMimeFromData(NULL, named ? text : NULL, data, size, named ? NULL : text,
                next_random() % 64, &mime, 0);
        if (hr != S_OK || !mime || !*mime)
        {
            note("mutation %u: %s", i, tap_hr(hr));
            failed++;
        }
        CoTaskMemFree(mime);
    }
    todo_builtin("empty types")
        is_uint(failed, 0, "%u mutations in %lu ms", i, GetTickCount() - started);
}

int main(void)
{
    make_guards();
    test_arguments();
    test_signatures();
    test_proposals();
    test_flags();
    test_feature();
    test_known_types();
    test_names();
    tap_account_begin();
    test_mutations();
    test_names();
    tap_account_end("FindMimeFromData");
    return done_testing();
}
