/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uri_host.h"
#include "com_object.h"
#include "uri_char.h"

/* A DNS name has at most 255 characters; what is longer is not offered to IdnToAscii. */
#define NAME_MAX_LENGTH 255

/* Up to `digits` decimal digits, and no more than `max`. Returns how many; 0: none, or too much. */
static size_t parse_decimal(const WCHAR *text, const WCHAR *end, size_t digits, UINT32 max,
        UINT32 *value)
{
    const WCHAR *p = text;
    UINT64 sum = 0;

    for (; p < end && uri_char_is(*p, URI_DIGIT); p++)
    {
        if ((size_t)(p - text) == digits)
            return 0;
        sum = sum * 10 + (*p - '0');
        if (sum > max)
            return 0;
    }
    *value = (UINT32)sum;
    return p - text;
}

/* Four decimal octets: the end of an IPv6 address. */
static BOOL parse_octets(const WCHAR *p, const WCHAR *end, UINT32 *address)
{
    *address = 0;
    for (unsigned int i = 0; i < 4; i++)
    {
        UINT32 value;
        size_t used;

        if (i && (p == end || *p++ != '.'))
            return FALSE;
        used = parse_decimal(p, end, 3, 255, &value);
        if (!used)
            return FALSE;
        *address |= value << (24 - 8 * i);
        p += used;
    }
    return p == end;
}

/* A number as C writes it: 0x and hexadecimal, 0 and octal, else decimal digits. Returns what
 * follows it; NULL: there is none, or it has more than 32 bits. */
static const WCHAR *parse_number(const WCHAR *p, const WCHAR *end, UINT32 *value)
{
    unsigned int base = 10, digit;
    const WCHAR *begin = p;
    UINT64 sum = 0;

    if (end - p > 1 && *p == '0')
    {
        base = 8;
        p++; /* a digit as well */
        if (*p == 'x' || *p == 'X')
        {
            base = 16;
            begin = ++p;
        }
    }
    for (; p < end && uri_char_is(*p, URI_HEX); p++)
    {
        if ((digit = uri_hex_value(*p)) >= base)
            return NULL;
        sum = sum * base + digit;
        if (sum > 0xffffffff)
            return NULL;
    }
    *value = (UINT32)sum;
    return p > begin ? p : NULL;
}

BOOL host_ipv4_parse(const WCHAR *text, size_t length, UINT32 *address)
{
    const WCHAR *p = text, *end = text + length;
    UINT32 value, high = 0;

    if (!length || !uri_char_is(*text, URI_DIGIT))
        return FALSE;
    if (end[-1] == '.')
        end--;
    for (unsigned int count = 0; count < 4; count++)
    {
        p = parse_number(p, end, &value);
        if (!p)
            return FALSE;
        if (p == end)
        {
            /* The last part has all the octets that are left. */
            if (value > 0xffffffff >> 8 * count)
                return FALSE;
            *address = high | value;
            return TRUE;
        }
        if (*p++ != '.' || value > 255)
            return FALSE;
        high |= value << (24 - 8 * count);
    }
    return FALSE;
}

static WCHAR *format_decimal(WCHAR *p, unsigned int value)
{
    if (value >= 100)
        *p++ = '0' + value / 100;
    if (value >= 10)
        *p++ = '0' + value / 10 % 10;
    *p++ = '0' + value % 10;
    return p;
}

size_t host_ipv4_format(UINT32 address, WCHAR out[HOST_LITERAL_MAX])
{
    WCHAR *p = out;

    for (unsigned int i = 0; i < 4; i++)
    {
        if (i)
            *p++ = '.';
        p = format_decimal(p, address >> (24 - 8 * i) & 0xff);
    }
    return p - out;
}

BOOL host_ipv6_parse(const WCHAR *text, size_t length, UINT16 address[8])
{
    const WCHAR *p = text, *end = text + length;
    unsigned int count = 0, gap = 8;
    BOOL has_gap = FALSE;
    UINT32 ipv4;

    memset(address, 0, 8 * sizeof(*address));
    if (length >= 2 && p[0] == ':' && p[1] == ':')
    {
        has_gap = TRUE;
        gap = 0;
        p += 2;
    }
    while (p < end)
    {
        const WCHAR *group = p;
        UINT16 value = 0;

        while (p < end && uri_char_is(*p, URI_HEX) && p - group < 4)
            value = (UINT16)(value << 4 | uri_hex_value(*p++));
        if (p == group || count == 8)
            return FALSE;
        if (p < end && *p == '.')
        {
            if (count > 6 || !parse_octets(group, end, &ipv4))
                return FALSE;
            address[count++] = ipv4 >> 16;
            address[count++] = ipv4 & 0xffff;
            break;
        }
        address[count++] = value;
        if (p == end)
            break;
        if (*p++ != ':')
            return FALSE;
        if (p < end && *p == ':')
        {
            if (has_gap)
                return FALSE;
            has_gap = TRUE;
            gap = count;
            p++;
        }
        else if (p == end)
            return FALSE;
    }
    if (!has_gap)
        return count == 8;
    if (count == 8)
        return FALSE;
    memmove(&address[gap + 8 - count], &address[gap], (count - gap) * sizeof(*address));
    memset(&address[gap], 0, (8 - count) * sizeof(*address));
    return TRUE;
}

/* IPv4-compatible, -mapped and -translated addresses (RFC 4291, 2.5.5; RFC 2765), ISATAP's
 * (RFC 5214). */
static BOOL embeds_ipv4(const UINT16 a[8])
{
    BOOL zeroes = !a[0] && !a[1] && !a[2] && !a[3];

    if (zeroes && !a[4] && (a[5] == 0xffff || (!a[5] && a[6])))
        return TRUE;
    if (zeroes && a[4] == 0xffff && !a[5])
        return TRUE;
    return (!a[4] || a[4] == 0x200) && a[5] == 0x5efe;
}

static WCHAR *format_hex(WCHAR *p, unsigned int value)
{
    static const char digits[] = "0123456789abcdef";
    BOOL started = FALSE;

    for (int shift = 12; shift >= 0; shift -= 4)
    {
        unsigned int digit = value >> shift & 0xf;

        started = started || digit || !shift;
        if (started)
            *p++ = digits[digit];
    }
    return p;
}

size_t host_ipv6_format(const UINT16 address[8], WCHAR out[HOST_LITERAL_MAX])
{
    unsigned int groups = embeds_ipv4(address) ? 6 : 8;
    unsigned int gap = 8, gap_length = 1;
    WCHAR *p = out;

    for (unsigned int i = 0; i < groups; i++)
    {
        unsigned int run = 0;

        while (i + run < groups && !address[i + run])
            run++;
        if (run > gap_length)
        {
            gap = i;
            gap_length = run;
        }
        i += run;
    }
    for (unsigned int i = 0; i < groups; i++)
    {
        if (i == gap)
        {
            *p++ = ':';
            *p++ = ':';
            i += gap_length - 1;
            continue;
        }
        if (i && i != gap + gap_length)
            *p++ = ':';
        p = format_hex(p, address[i]);
    }
    if (groups == 6)
    {
        if (gap + gap_length != 6)
            *p++ = ':';
        p += host_ipv4_format((UINT32)address[6] << 16 | address[7], p);
    }
    return p - out;
}

/* A second-level name below which others register: com in com.au. */
static BOOL is_public_second_level(const WCHAR *label, size_t length)
{
    static const char names[][4] = {"com", "edu", "gov", "int", "mil", "net", "org"};

    if (length <= 2)
        return TRUE;
    for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
    {
        if (uri_text_is(label, length, names[i]))
            return TRUE;
    }
    return FALSE;
}

BOOL host_domain(const WCHAR *host, size_t length, size_t *start)
{
    const WCHAR *end = host + length, *top, *second, *third;

    for (top = end; top > host && top[-1] != '.'; top--)
        ;
    if (top == host)
        return FALSE;
    for (second = top - 1; second > host && second[-1] != '.'; second--)
        ;
    if (end - top > 2 || !is_public_second_level(second, top - 1 - second))
    {
        *start = second - host;
        return TRUE;
    }
    if (second == host)
        return FALSE;
    for (third = second - 1; third > host && third[-1] != '.'; third--)
        ;
    *start = third - host;
    return TRUE;
}

BOOL host_is_international(const WCHAR *host, size_t length)
{
    WCHAR ignored[NAME_MAX_LENGTH + 1];
    size_t i;

    for (i = 0; i < length && host[i] < 128; i++)
        ;
    return i < length && host_to_punycode(host, length, ignored, ARRAY_SIZE(ignored));
}

size_t host_to_punycode(const WCHAR *host, size_t length, WCHAR *out, size_t size)
{
    int count;

    if (!length || length > NAME_MAX_LENGTH || size > INT_MAX)
        return 0;
    count = IdnToAscii(0, host, (int)length, out, (int)size);
    return count > 0 ? (size_t)count : 0;
}
