/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be known about a stub before it is called. */
#ifndef CONCIERGE_STUB_TABLE_CHECK_H
#define CONCIERGE_STUB_TABLE_CHECK_H

#include <windows.h>
#include <objidl.h>

/* Whether the stub's interface may have this method: FALSE only where that is certain, for the
 * standard stubs of rpcrt4, which do not look themselves. */
BOOL stub_has_method(IRpcStubBuffer *stub, ULONG method);

#endif
