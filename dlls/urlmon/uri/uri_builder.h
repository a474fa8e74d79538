/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IUriBuilder. */
#ifndef CONCIERGE_URI_BUILDER_H
#define CONCIERGE_URI_BUILDER_H

#include <windows.h>
#include <urlmon.h>

/* A builder that begins as `uri`, or empty. */
HRESULT uri_builder_create(IUri *uri, IUriBuilder **out);

#endif
