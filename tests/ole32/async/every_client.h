/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of IEveryType and its like by the numbers of their methods. */
#ifndef CONCIERGE_EVERY_CLIENT_H
#define CONCIERGE_EVERY_CLIENT_H

#include "every_type.h"

#define EVERY_BEGIN(method) (3 + 2 * ((method)-3)) /* of AsyncIFoo, by the method of IFoo */
#define EVERY_FINISH(method) (EVERY_BEGIN(method) + 1)

struct every_outcome
{
    HRESULT hr;
    char text[EVERY_TEXT];
};

/* slots[0] is set. */
HRESULT every_invoke(void *object, ULONG method, void **slots, ULONG count);

void every_sync_run(void *object, const struct every_call *call, struct every_outcome *outcome);

/* Begin_, Wait, Finish_ on an AsyncIFoo. */
void every_async_run(void *async, ISynchronize *synchronize, const struct every_call *call,
        struct every_outcome *outcome);

/* A call object of a proxy, with its AsyncIFoo and ISynchronize. S_OK, or what failed. */
HRESULT every_async_create(void *object, REFIID async_iid, void **async,
        ISynchronize **synchronize);

/* What each call gives when the object is called directly; index as in every_calls. */
BOOL every_expected_make(void);
extern struct every_outcome every_expected[];

#endif
