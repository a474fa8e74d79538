/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing text to a console or a pipe. */

#ifndef BITSADMIN_OUTPUT_H
#define BITSADMIN_OUTPUT_H

#include <stdbool.h>

#include <windows.h>

void output_init(void);
void output_set_wrap(bool wrap);
bool output_is_console(void);
int output_get_width(void);
void output_clear_screen(void);
void output_write(const WCHAR *string);
void output_printf(const WCHAR *format, ...);
void output_flush(void);
void output_error(const WCHAR *string);

#endif
