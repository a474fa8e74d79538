/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CONCIERGE_MEDIA_FORMAT_H
#define CONCIERGE_MEDIA_FORMAT_H

#include <windows.h>

/* The clipboard format that stands for a media type (RegisterClipboardFormat), 0 when there is
 * none. Those asked for last are remembered: the system is slow to tell. Any thread. */
CLIPFORMAT media_format(const WCHAR *type);

#endif
