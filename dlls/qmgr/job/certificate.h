/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding a client certificate for IBackgroundCopyJobHttpOptions. */
#ifndef CONCIERGE_QMGR_CERTIFICATE_H
#define CONCIERGE_QMGR_CERTIFICATE_H

#include <windows.h>
#include "bits2_5.h"

#define CERTIFICATE_HASH_SIZE 20 /* SHA-1 */

struct certificate
{
    BYTE hash[CERTIFICATE_HASH_SIZE];
    WCHAR *subject; /* malloc; simple names, in the reverse of the certificate's order */
};

/* Looks in the store for the certificate with `hash`, or else for the first one for client
 * authentication whose subject contains `subject`. On the calling thread, which impersonates the
 * owner if need be. E_NOTIMPL for an unknown location, ERROR_FILE_NOT_FOUND for an unknown store,
 * CRYPT_E_NOT_FOUND, E_ACCESSDENIED. */
HRESULT certificate_find(BG_CERT_STORE_LOCATION location, const WCHAR *store, const BYTE *hash,
        const WCHAR *subject, struct certificate *out);

#endif
