/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ctrl-C as something to wait for. */

#ifndef BITSADMIN_INTERRUPT_H
#define BITSADMIN_INTERRUPT_H

#include <stdbool.h>

#include <windows.h>

bool interrupt_init(void);
bool interrupt_requested(void);
HANDLE interrupt_get_event(void);
void interrupt_finish(void);

#endif
