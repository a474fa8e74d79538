/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Error objects: IErrorInfo and ICreateErrorInfo, which travel by value. */
#ifndef CONCIERGE_ERROR_INFO_H
#define CONCIERGE_ERROR_INFO_H

#include <windows.h>
#include <objbase.h>
#include <oaidl.h>

#include "com_object.h"

/* CLSID_ErrorObject of [MS-DCOM] 1.9, the class that unmarshals error objects. */
extern const CLSID error_info_clsid;

/* Its class object: an IClassFactory. S_OK, E_NOINTERFACE, E_POINTER. */
HRESULT error_info_get_class_object(REFIID iid, void **out);

enum error_text
{
    ERROR_TEXT_SOURCE,
    ERROR_TEXT_DESCRIPTION,
    ERROR_TEXT_HELP_FILE,
    ERROR_TEXTS
};

/* Characters that a text may have, with the end. */
#define ERROR_TEXT_LENGTH_MAX 0x100000

struct error_info
{
    struct com_object object;
    IErrorInfo IErrorInfo_iface;
    ICreateErrorInfo ICreateErrorInfo_iface;
    ISupportErrorInfo ISupportErrorInfo_iface;
    IMarshal IMarshal_iface;
    SRWLOCK lock; /* guards the rest */
    GUID guid;
    DWORD help_context;
    WCHAR *texts[ERROR_TEXTS]; /* malloc; NULL: not set */
};

/* One with one reference, nothing set. NULL when out of memory. */
struct error_info *error_info_create(void);

/* For an object that begins with an error_info, all zero, and has a class of its own; and what that
 * class's destructor is to do, which does not free the object. */
void error_info_init(struct error_info *error, const struct com_class *class);
void error_info_clear(struct error_info *error);

extern const IMarshalVtbl error_info_marshal_vtbl;

#endif
