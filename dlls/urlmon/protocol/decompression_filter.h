/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class of the filter for compressed data, which no header declares. */
#ifndef CONCIERGE_DECOMPRESSION_FILTER_H
#define CONCIERGE_DECOMPRESSION_FILTER_H

#include <windows.h>

extern const CLSID CLSID_DeCompMimeFilter; /* {8f6b0360-b80d-11d0-a9b3-006097942311} */

#endif
