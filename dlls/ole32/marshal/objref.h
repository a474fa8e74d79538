/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OBJREFs: marshalled interfaces as bytes. [MS-DCOM] 2.2.18: standard, handler, custom, extended.
 *
 * All fields are little-endian. Decoding trusts nothing: every length is checked against what is
 * there, and an extended OBJREF's signatures against what the text prescribes.
 */
#ifndef CONCIERGE_OBJREF_H
#define CONCIERGE_OBJREF_H

#include <windows.h>
#include <objidl.h>

#include "apartment.h"
#include "orpc.h"

#define OBJREF_SIGNATURE 0x574f454dul /* "MEOW" */

/* 2.2.18: which of the four forms follows. */
#define OBJREF_STANDARD 1ul
#define OBJREF_HANDLER 2ul
#define OBJREF_CUSTOM 4ul
#define OBJREF_EXTENDED 8ul

/* 2.2.18.2: STDOBJREF's flags. The other bits are reserved for the exporter, and ours say what kind
 * of packet CoReleaseMarshalData is given back. */
#define SORF_NULL 0ul
#define SORF_NOPING 0x1000ul
#define SORF_TABLE_STRONG 0x0001ul
#define SORF_TABLE_WEAK 0x0020ul
#define SORF_TABLE_PROXY 0x0040ul /* table-weak, of a proxy: counted nowhere */

/* 2.2.18.2: a reference to one interface of one object. */
struct std_objref
{
    ULONG flags;
    ULONG public_refs; /* which travel with it; 0 in a table packet: the receiver asks for some */
    OXID_VALUE oxid;
    UINT64 oid;
    IPID ipid;
};

struct objref
{
    ULONG form; /* OBJREF_... */
    IID iid;
    CLSID clsid;           /* handler, custom */
    struct std_objref std; /* standard, handler, extended */
    ULONG custom_size; /* custom: as the stream says; what it means is the unmarshaller's business
                        */
};

/* What objref_encode writes at most, a custom OBJREF's own data not counted. */
#define OBJREF_SIZE_MAX 112u

/* Encodes `objref` with an empty DUALSTRINGARRAY (2.2.19: no bindings, all is on this machine);
 * custom ones up to and without their data. Returns the size. */
ULONG objref_encode(const struct objref *objref, BYTE buffer[OBJREF_SIZE_MAX]);

/* Reads one OBJREF, for a custom one up to its data. S_OK; E_INVALIDARG: no OBJREF (signature,
 * form, lengths); STG_E_READFAULT: the stream ends too early; the stream's own errors. */
HRESULT objref_read(IStream *stream, struct objref *objref);

/* Writes all of `size` bytes: S_OK, the stream's error, STG_E_MEDIUMFULL. */
HRESULT stream_write_all(IStream *stream, const void *data, ULONG size);
/* Reads exactly `size` bytes: S_OK, the stream's error, STG_E_READFAULT. */
HRESULT stream_read_all(IStream *stream, void *data, ULONG size);

#endif
