/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A protocol for the tests of bindings, "bindtest:", in this process. Worker threads of its own
 * report to the binding at random times, each report from whichever thread comes first. The URL
 * says what it does:
 *
 *     bindtest:size=100000,chunk=5000,seed=7
 *
 * size    bytes in all; byte n is test_protocol_byte(seed, n)
 * chunk   bytes that arrive at once
 * buffer  what it holds until it is read; then nothing more arrives (default 65536)
 * seed    of the data and of the random times
 * slow    1: it sleeps now and then
 * calls   1: it calls the client's IHttpNegotiate, from its threads, and uses Switch; its
 *         OnResponse in Continue
 * sync    1: all is reported within Start
 * error   the result, hexadecimal; with size=0 nothing comes before it
 * file    1: it reports a cache file, with the same data
 * stall   1: nothing arrives after the first chunk
 * html    1: the type is text/html
 * mute    1: Abort is not answered with a result
 * full    1: it says of the last data that all are there
 * behind  1: before the result it reports data once more, though there are none
 */
#ifndef CONCIERGE_TEST_PROTOCOL_H
#define CONCIERGE_TEST_PROTOCOL_H

#include <windows.h>
#include <urlmon.h>

#define TEST_PROTOCOL_MIME L"application/x-bindtest"

/* Registers it; ends its threads and takes it back. */
void test_protocol_open(unsigned int threads);
void test_protocol_close(void);

static inline BYTE test_protocol_byte(unsigned int seed, ULONGLONG position)
{
    return (BYTE)(position * 131 + (position >> 9) * 29 + seed * 7 + 1);
}

/* The class that it reports for its data (BINDSTATUS_CLSIDCANINSTANTIATE), or NULL; and their media
 * type if it is not TEST_PROTOCOL_MIME. */
extern const CLSID CLSID_TestProtocol; /* as which it is registered */
extern const WCHAR *test_protocol_class;
extern const WCHAR *test_protocol_mime;

/* Protocol objects alive, started and not terminated, locked; and calls of Abort. */
extern volatile LONG test_protocols_alive;
extern volatile LONG test_protocols_running;
extern volatile LONG test_protocols_locked;
extern volatile LONG test_protocols_aborted;
/* Calls of Read. */
extern volatile LONG test_protocols_read;
/* How many have reported their result. */
extern volatile LONG test_protocols_reported;
/* Calls of Continue on another thread than Start, which must not be. */
extern volatile LONG test_protocols_wrong_thread;

#endif
