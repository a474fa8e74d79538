/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* URLs altered at random, against the end of a page. */
#ifndef CONCIERGE_TESTS_ALTERED_URL_H
#define CONCIERGE_TESTS_ALTERED_URL_H

#include "fuzz.h"

#define URL_TEXT_MAX 2000 /* characters */

struct url_text
{
    size_t length;
    WCHAR data[URL_TEXT_MAX + 1];
};

/* One of a few URLs of each kind, with up to four alterations. */
void url_text_make(struct fuzz_random *random, struct url_text *text);

/* So many alterations of a text. */
void url_text_alter(struct fuzz_random *random, struct url_text *text, UINT32 times);

/* A copy whose end is that of a page without one after it: fuzz_guard. */
const WCHAR *url_text_guarded(unsigned int place, const struct url_text *text);

#endif
