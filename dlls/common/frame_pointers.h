/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For files whose functions have to be seen in a stack trace, behind their other headers: on i686
 * RtlCaptureStackBackTrace goes from frame pointer to frame pointer, which gcc leaves out. */
#ifndef CONCIERGE_FRAME_POINTERS_H
#define CONCIERGE_FRAME_POINTERS_H

#if defined(__i386__) && !defined(__clang__)
#pragma GCC optimize("no-omit-frame-pointer")
#endif

#endif
