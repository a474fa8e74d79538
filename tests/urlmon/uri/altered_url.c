/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "altered_url.h"

static const WCHAR *const corpus[] = {
        L"http://user:word@www.example.co.uk:8080/a/b/../c/./d.html?q=1&r=%20#frag",
        L"https://[2001:db8:0:0:1::ffff:1.2.3.4%25eth0]:443/%7euser/%2e%2e/x",
        L"http://2130706433/a?b#c",
        L"http://0x7f.0177.1./",
        L"file:///c:/con.txt::$DATA",
        L"http://127.0.0.1/\x00fc\x20ac\xd83d\xde00%C3%BC%E2%82%AC",
        L"ftp://ftp.example.com/;type=a",
        L"file:///c:/dir/a%20b.txt?x#y",
        L"file://\\\\server\\share\\..\\a",
        L"c:\\dir\\..\\a%b<c>.txt",
        L"\\\\server\\share\\a b",
        L"res://c:\\windows\\a.dll/1/2",
        L"mk:@MSITStore:c:\\a.chm::/x/../y.htm#z",
        L"mailto:a@b.c?subject=%41",
        L"javascript:alert('%41')",
        L"about:blank",
        L"*:example.com/a",
        L"zip:a/../b",
        L"zip://host:99999/a/./b",
        L"../a/./b/../c?d#e",
        L"//host/a",
        L"http://b\x00fc"
        L"cher.example/",
};

static const WCHAR interesting[] = {'/', '\\', '?', '#', '%', ':', '@', '[', ']', '.', '|', ' ',
        '"', '<', '*', 'a', '0', '9', 'x', 0xd800, 0xdc00, 0xffff, 0xfeff, 0x7f, 0x80, 0xa0, 0x202e,
        1, '\t', '\n', 0x3000, 0xdf, 0x130};

static size_t any_place(struct fuzz_random *random, const struct url_text *text)
{
    return fuzz_below(random, (UINT32)text->length + 1);
}

static void insert(struct url_text *text, size_t at, const WCHAR *data, size_t length)
{
    if (length > URL_TEXT_MAX - text->length)
        length = URL_TEXT_MAX - text->length;
    memmove(text->data + at + length, text->data + at, (text->length - at) * sizeof(WCHAR));
    memcpy(text->data + at, data, length * sizeof(WCHAR));
    text->length += length;
}

static void erase(struct url_text *text, size_t at, size_t length)
{
    if (length > text->length - at)
        length = text->length - at;
    memmove(text->data + at, text->data + at + length,
            (text->length - at - length) * sizeof(WCHAR));
    text->length -= length;
}

static void alter(struct fuzz_random *random, struct url_text *text)
{
    const WCHAR *other = corpus[fuzz_below(random, ARRAYSIZE(corpus))];
    size_t at = any_place(random, text), begin;
    WCHAR c = interesting[fuzz_below(random, ARRAYSIZE(interesting))];
    WCHAR copy[16];

    switch (fuzz_below(random, 8))
    {
    case 0:
        if (at < text->length)
            text->data[at] = c;
        break;
    case 1:
        insert(text, at, &c, 1);
        break;
    case 2:
        erase(text, at, 1 + fuzz_below(random, 8));
        break;
    case 3:
        begin = fuzz_below(random, (UINT32)wcslen(other));
        insert(text, at, other + begin, 1 + fuzz_below(random, (UINT32)wcslen(other + begin)));
        break;
    case 4: /* a piece again and again */
        begin = 1 + fuzz_below(random, 16);
        if (begin > text->length - at)
            break;
        memcpy(copy, text->data + at, begin * sizeof(WCHAR));
        for (UINT32 times = fuzz_below(random, 40); times; times--)
            insert(text, at, copy, begin);
        break;
    case 5:
        erase(text, at, URL_TEXT_MAX);
        break;
    case 6:
        if (at < text->length)
            text->data[at] = (WCHAR)fuzz_random(random);
        break;
    default:
        if (at < text->length)
            text->data[at] ^= 1 << fuzz_below(random, 16);
        break;
    }
}

void url_text_alter(struct fuzz_random *random, struct url_text *text, UINT32 times)
{
    for (; times; times--)
        alter(random, text);
    text->data[text->length] = 0;
    /* A NUL within ends it. */
    text->length = wcslen(text->data);
}

void url_text_make(struct fuzz_random *random, struct url_text *text)
{
    const WCHAR *base = corpus[fuzz_below(random, ARRAYSIZE(corpus))];

    text->length = wcslen(base);
    memcpy(text->data, base, text->length * sizeof(WCHAR));
    url_text_alter(random, text, 1 + fuzz_below(random, 4));
}

const WCHAR *url_text_guarded(unsigned int place, const struct url_text *text)
{
    return (const WCHAR *)fuzz_guard(place, text->data, (ULONG)((text->length + 1) * sizeof(WCHAR)),
            sizeof(WCHAR), FALSE);
}
