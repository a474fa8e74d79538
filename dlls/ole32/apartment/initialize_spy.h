/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Initialize spies: objects which are told of CoInitializeEx and CoUninitialize on their thread. */
#ifndef CONCIERGE_INITIALIZE_SPY_H
#define CONCIERGE_INITIALIZE_SPY_H

#include "com_thread.h"

/* The four notifications, each to all spies of the thread, the newest first. The result of
 * spies_post_initialize is what CoInitializeEx returns. */
void spies_pre_initialize(struct com_thread *thread, DWORD flags);
HRESULT spies_post_initialize(struct com_thread *thread, HRESULT result, DWORD flags);
void spies_pre_uninitialize(struct com_thread *thread);
void spies_post_uninitialize(struct com_thread *thread);

/* The thread ends: releases them all. */
void initialize_spies_release(struct com_thread *thread);

#endif
