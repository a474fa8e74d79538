/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of URIs share. */
#ifndef CONCIERGE_TESTS_URI_CHECK_H
#define CONCIERGE_TESTS_URI_CHECK_H

#include <windows.h>
#include <urlmon.h>

#include "tap.h"

/* A property's text, "" for one that is not there; good until the next 15 calls. */
const WCHAR *uri_text(IUri *uri, Uri_PROPERTY property, DWORD flags);

/* A number. */
DWORD uri_number(IUri *uri, Uri_PROPERTY property);

/* CreateUri which has to succeed; NULL and a failed test if not. */
IUri *uri_made(const WCHAR *text, DWORD flags);

/* One test: the absolute URI of a text. NULL: E_INVALIDARG. */
void check_absolute(const WCHAR *text, DWORD flags, const WCHAR *absolute);

#endif
