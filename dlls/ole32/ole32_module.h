/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The module itself. */
#ifndef CONCIERGE_OLE32_MODULE_H
#define CONCIERGE_OLE32_MODULE_H

#include <windows.h>

extern HINSTANCE ole32_instance;

#endif
