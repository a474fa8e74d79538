/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CONCIERGE_FILE_MONIKER_H
#define CONCIERGE_FILE_MONIKER_H

#include "moniker_base.h"

struct file_moniker
{
    struct moniker moniker;
    WCHAR *path; /* by malloc; NULL in an empty moniker */
};

/* The path in a stream, as [MS-OSHARED] 2.3.7.8 has it. The path that is read is by malloc.
 * STG_E_DOCFILECORRUPT, the stream's errors. */
HRESULT file_moniker_read(IStream *stream, WCHAR **path);
HRESULT file_moniker_write(IStream *stream, const WCHAR *path);

/* An upper limit of the bytes that are written, with the class. */
ULONG file_moniker_size_max(const WCHAR *path);

#endif
