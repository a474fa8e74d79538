/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A protocol for the tests of bindings, "bindask:", that asks for everything: worker threads report
 * to the binding, and several at once call every interface of the client that it hands out, at
 * random times, also after the result, an abort, or the end of the bound thread. The URL has the
 * options:
 *
 *     bindask:seed=7,asks=30,size=5000,error=800c0005
 *
 * seed    of the random choices
 * asks    how many calls of the client's interfaces it makes in all
 * size    bytes in all
 * error   the result, hexadecimal
 * early   1: the result does not wait for the calls
 * inside  1: it calls the client within Start, too
 */
#ifndef CONCIERGE_TEST_ASKING_PROTOCOL_H
#define CONCIERGE_TEST_ASKING_PROTOCOL_H

#include <windows.h>
#include <urlmon.h>

void asking_protocol_open(unsigned int threads);
void asking_protocol_close(void);

/* Protocol objects alive, and started and not terminated; calls made, and those refused. */
extern volatile LONG asking_alive, asking_running, asking_asked, asking_refused;
/* Calls of Continue on another thread than Start, which must not be. */
extern volatile LONG asking_wrong_thread;

#endif
