/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which methods of which interfaces have been called through proxies of this process: by a channel
 * hook, which stays for the life of the process.
 */
#ifndef CONCIERGE_TESTS_METHOD_RECORD_H
#define CONCIERGE_TESTS_METHOD_RECORD_H

/* Begins to record. */
void method_record_start(void);

/* Tests that every method of every interface in interface_list.h has been called, but for those
 * that other tests call, and the one that is answered without a call. */
void method_record_check(void);

#endif
