/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whom the other process of the tests lets in: what it gives to CoInitializeSecurity. */
#ifndef CONCIERGE_TESTS_OLE32_SERVER_ACCESS_H
#define CONCIERGE_TESTS_OLE32_SERVER_ACCESS_H

#include <windows.h>

/* An AppID for the tests, in the registry. */
extern const GUID server_access_appid;

/* A self-relative descriptor by name, of LocalAlloc, and its size; NULL: no such name. In it are:
 * null-dacl, empty-dacl; everyone, user, other (a user there is none of), local, remote, activate:
 * who is let in, or everyone by which of COM's rights; deny-user: everyone is, but for the user. */
SECURITY_DESCRIPTOR *server_access_descriptor(const char *name, DWORD *size);

/* Calls CoInitializeSecurity: with a descriptor by name; `open`: none; control-yes, control-no: an
 * IAccessControl of the test's; own-everyone, own-but-user, own-nobody, own-all-rights,
 * own-nothing (a fresh one): one of the class DCOMAccessControl; appid, program: the AppID's or the
 * program's values of the registry; implicit: does not call it. FALSE: it failed. */
BOOL server_access_begin(const char *name);

/* After CoUninitialize: 0, or what is wrong with the IAccessControl's references and calls. */
DWORD server_access_end(void);

#endif
