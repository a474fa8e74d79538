/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hosts: IPv4 and IPv6 literals, names, international names, domains. */
#ifndef CONCIERGE_URI_HOST_H
#define CONCIERGE_URI_HOST_H

#include <windows.h>
#include <urlmon.h>

/* The longest text that host_ipv4_format and host_ipv6_format write. */
#define HOST_LITERAL_MAX 48

/* An IPv4 address in each of the spellings that the resolver takes (page "RtlIpv4StringToAddressA
 * function", without Strict): one to four numbers, decimal, octal ("0177") or hexadecimal ("0x7f"),
 * of which the last fills what is left: "127.0.0.1", "127.1", "2130706433", "0x7f.1". One dot may
 * follow. All of `text` must be it. */
BOOL host_ipv4_parse(const WCHAR *text, size_t length, UINT32 *address);

/* Returns the length. */
size_t host_ipv4_format(UINT32 address, WCHAR out[HOST_LITERAL_MAX]);

/* RFC 4291, section 2.2: what stands between the brackets, without zone. */
BOOL host_ipv6_parse(const WCHAR *text, size_t length, UINT16 address[8]);

/* In lower case; "::" for the first of the longest runs of two zeroes or more; the last 32 bits
 * dotted where the address embeds an IPv4 address. Returns the length. */
size_t host_ipv6_format(const UINT16 address[8], WCHAR out[HOST_LITERAL_MAX]);

/* Where the registered domain begins in a host name: "b.com" of "a.b.com", "b.co.uk" of
 * "a.b.co.uk". FALSE: it has none. */
BOOL host_domain(const WCHAR *host, size_t length, size_t *start);

/* Whether a name has characters beyond ASCII and is a valid international name. */
BOOL host_is_international(const WCHAR *host, size_t length);

/* The name in Punycode (winnls/nf-winnls-idntoascii); its length, 0 when it is not a valid one. */
size_t host_to_punycode(const WCHAR *host, size_t length, WCHAR *out, size_t size);

#endif
