/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process's security settings: CoInitializeSecurity's, or the system's defaults. */
#ifndef CONCIERGE_PROCESS_SECURITY_H
#define CONCIERGE_PROCESS_SECURITY_H

#include <windows.h>

#include "orpc.h"

/* "If a process does not call CoInitializeSecurity, COM calls it automatically the first time an
 * interface is marshaled or unmarshaled." Costs a test once that is done. */
void process_security_default(void);

/* The blanket of new proxies. */
void process_security_get(struct call_security *security);

/* The name of the process's user, a server's principal name with NTLM, in task memory. NULL when
 * out of memory. */
WCHAR *process_security_principal(void);

/* Whether CoInitializeSecurity was called with EOAC_NO_CUSTOM_MARSHAL. */
BOOL process_security_no_custom_marshal(void);

/* Whether a client process may call this one's objects: S_OK or E_ACCESSDENIED. Costs a test when
 * everybody may, asks once a process otherwise. */
HRESULT process_security_check_client(DWORD client_process);

/* The process leaves COM with its last CoUninitialize: the settings are as at its start. */
void process_security_reset(void);

#endif
