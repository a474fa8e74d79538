/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uri_scheme.h"
#include "com_object.h"
#include "uri_char.h"

#define SCHEME(name, type, port, flags)                                                            \
    {                                                                                              \
        name, URL_SCHEME_##type, sizeof(name) - 1, port, (flags) | SCHEME_KNOWN                    \
    }

const struct uri_scheme uri_scheme_unknown = {"", URL_SCHEME_UNKNOWN, 0, 0, 0};
const struct uri_scheme uri_scheme_none = {"", URL_SCHEME_UNKNOWN, 0, 0, SCHEME_KEEP_DOTS};
const struct uri_scheme uri_scheme_file = SCHEME("file", FILE, 0, SCHEME_NEEDS_AUTHORITY);
const struct uri_scheme uri_scheme_wildcard = SCHEME("*", WILDCARD, 0, SCHEME_KEEP_DOTS);

static const struct uri_scheme schemes[] = {
        SCHEME("http", HTTP, 80, SCHEME_NEEDS_AUTHORITY),
        SCHEME("https", HTTPS, 443, SCHEME_NEEDS_AUTHORITY),
        SCHEME("ftp", FTP, 21, SCHEME_NEEDS_AUTHORITY),
        SCHEME("about", ABOUT, 0, 0),
        SCHEME("javascript", JAVASCRIPT, 0, SCHEME_OPAQUE | SCHEME_VERBATIM),
        SCHEME("res", RES, 0, SCHEME_NEEDS_AUTHORITY | SCHEME_RAW_HOST),
        SCHEME("mailto", MAILTO, 0, SCHEME_OPAQUE),
        SCHEME("mk", MK, 0, SCHEME_DOTS),
        SCHEME("gopher", GOPHER, 70, SCHEME_NEEDS_AUTHORITY),
        SCHEME("news", NEWS, 0, 0),
        SCHEME("nntp", NNTP, 119, SCHEME_NEEDS_AUTHORITY),
        SCHEME("snews", SNEWS, 0, 0),
        SCHEME("telnet", TELNET, 23, SCHEME_NEEDS_AUTHORITY),
        SCHEME("wais", WAIS, 210, SCHEME_NEEDS_AUTHORITY),
        SCHEME("shell", SHELL, 0, 0),
        SCHEME("local", LOCAL, 0, 0),
        SCHEME("vbscript", VBSCRIPT, 0, 0),
        SCHEME("ms-shell-rooted", MSSHELLROOTED, 0, 0),
        SCHEME("ms-shell-idlist", MSSHELLIDLIST, 0, 0),
        SCHEME("hcp", MSHELP, 0, 0),
};

const struct uri_scheme *uri_scheme_find(const WCHAR *name, size_t length)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(schemes); i++)
    {
        if (schemes[i].length == length && uri_text_is(name, length, schemes[i].name))
            return &schemes[i];
    }
    if (uri_text_is(name, length, "file"))
        return &uri_scheme_file;
    if (uri_text_is(name, length, "*"))
        return &uri_scheme_wildcard;
    return &uri_scheme_unknown;
}

const struct uri_scheme *uri_scheme_of_type(DWORD type)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(schemes); i++)
    {
        if (schemes[i].type == type)
            return &schemes[i];
    }
    return type == URL_SCHEME_FILE ? &uri_scheme_file : NULL;
}
