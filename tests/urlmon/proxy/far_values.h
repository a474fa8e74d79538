/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What far_calls.c sends and far_object.c expects, and the other way round. */
#ifndef CONCIERGE_TESTS_URLMON_FAR_VALUES_H
#define CONCIERGE_TESTS_URLMON_FAR_VALUES_H

#include <windows.h>
#include <objidl.h>

#define FAR_TEXT L"Some text: \x00e4\x20ac"
#define FAR_URL L"http://www.example.com/far/away?q"
#define FAR_FILE_NAME L"C:\\test\\far.dat"
#define FAR_FORMAT 0xc123
#define FAR_ID_SIZE 300
#define FAR_SMALL_SIZE 1000
#define FAR_LARGE_SIZE 3000001

/* Asked for by OnLowResource: what GetBindInfo gives. */
enum
{
    FAR_NOTHING,
    FAR_TEXTS, /* no medium */
    FAR_MEMORY,
    FAR_LARGE,
    FAR_STREAM,
    FAR_FILE,
    FAR_PICTURE,
    FAR_REFUSED,
    FAR_ANSWERS
};

/* Contents by size; NULL: out of memory. */
HGLOBAL far_memory(DWORD size);
IStream *far_stream(DWORD size);
BOOL far_memory_right(HGLOBAL memory, DWORD size);
BOOL far_stream_right(IStream *stream, DWORD size);

#endif
