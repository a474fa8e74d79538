/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stream of URLOpenBlockingStream. */
#ifndef CONCIERGE_BLOCKING_STREAM_H
#define CONCIERGE_BLOCKING_STREAM_H

#include "open_callback.h"

/* A stream that passes everything on to a binding's, and with which the binding ends. Takes over
 * the reference to `inner`, also when it fails. E_OUTOFMEMORY. */
HRESULT blocking_stream_create(struct open_callback *callback, IStream *inner, IStream **out);

#endif
