/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The callback of a bind context: RegisterBindStatusCallback. */
#ifndef CONCIERGE_BIND_CALLBACK_H
#define CONCIERGE_BIND_CALLBACK_H

#include <urlmon.h>

/* The callback registered in a bind context, with a reference: a holder of its own, which stays
 * with that callback whatever is registered later. S_FALSE, with NULL: none. */
HRESULT bind_callback_get(IBindCtx *context, IBindStatusCallback **out);

#endif
