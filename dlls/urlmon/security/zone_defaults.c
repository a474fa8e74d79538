/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The five zones and what they permit, by default: "URL Security Zones Registry Entries", "URL
 * Policy Flags", "URL Action Flags".
 */
#include "zone_defaults.h"

#include "com_object.h"
#include "registry_write.h"
#include "zone_registry.h"

#include <olectl.h>
#include <shlwapi.h>
#include <stdio.h>
#include <wchar.h>

#define ZONES 5

struct zone_entry
{
    const WCHAR *name, *description, *icon;
    DWORD flags; /* ZAFLAGS_* */
    DWORD level; /* URLTEMPLATE_* or, of the intranet, medium-low; 0 of the local machine */
    DWORD lowest;
};

static const struct zone_entry zones[ZONES] = {
        {L"My Computer", L"Your computer", L"explorer.exe#0100", 0x21, 0, 0},
        {L"Local intranet",
                L"This zone contains all Web sites that are on your organization's intranet.",
                L"shell32.dll#0018", 0xdb, 0x10500, 0x10000},
        {L"Trusted sites",
                L"This zone contains Web sites that you trust not to damage your computer or data.",
                L"inetcpl.cpl#00004480", 0x47, 0x10000, 0x10000},
        {L"Internet", L"This zone contains all Web sites you haven't placed in other zones",
                L"inetcpl.cpl#001313", 0x1, 0x11000, 0x11000},
        {L"Restricted sites",
                L"This zone contains Web sites that could potentially damage your computer or "
                L"data.",
                L"inetcpl.cpl#00004481", 0x3, 0x12000, 0x12000},
};

/* URLACTION_* as the registry has them, and the URLPOLICY_* of each zone. */
static const struct
{
    const WCHAR *action;
    DWORD policies[ZONES];
} policies[] = {
        {L"1001", {0x0, 0x1, 0x0, 0x1, 0x3}},                 /* download of signed controls */
        {L"1004", {0x0, 0x3, 0x1, 0x3, 0x3}},                 /* of unsigned ones */
        {L"1200", {0x0, 0x0, 0x0, 0x0, 0x3}},                 /* running controls */
        {L"1201", {0x1, 0x3, 0x1, 0x3, 0x3}},                 /* those not marked as safe */
        {L"1400", {0x0, 0x0, 0x0, 0x0, 0x3}},                 /* scripts */
        {L"1402", {0x0, 0x0, 0x0, 0x0, 0x3}},                 /* scripts of Java applets */
        {L"1405", {0x0, 0x0, 0x0, 0x0, 0x3}},                 /* scripting of safe controls */
        {L"1406", {0x0, 0x1, 0x0, 0x3, 0x3}},                 /* data across domains */
        {L"1407", {0x0, 0x0, 0x0, 0x0, 0x3}},                 /* pasting by script */
        {L"1601", {0x0, 0x0, 0x0, 0x1, 0x1}},                 /* submitting forms unencrypted */
        {L"1604", {0x0, 0x0, 0x0, 0x0, 0x1}},                 /* fonts */
        {L"1605", {0x0, 0x0, 0x0, 0x0, 0x0}},                 /* Java */
        {L"1606", {0x0, 0x0, 0x0, 0x0, 0x3}},                 /* data of users kept */
        {L"1607", {0x0, 0x0, 0x0, 0x0, 0x3}},                 /* frames across domains */
        {L"1608", {0x0, 0x0, 0x0, 0x0, 0x3}},                 /* META REFRESH */
        {L"1609", {0x1, 0x1, 0x1, 0x1, 0x1}},                 /* mixed content */
        {L"1800", {0x0, 0x1, 0x0, 0x1, 0x3}},                 /* installing desktop items */
        {L"1802", {0x0, 0x0, 0x0, 0x0, 0x1}},                 /* drag and drop of files */
        {L"1803", {0x0, 0x0, 0x0, 0x0, 0x3}},                 /* file download */
        {L"1804", {0x0, 0x1, 0x0, 0x1, 0x3}},                 /* programs in an IFRAME */
        {L"1805", {0x0, 0x0, 0x0, 0x1, 0x1}},                 /* web view */
        {L"1A00", {0x0, 0x20000, 0x0, 0x20000, 0x10000}},     /* logon */
        {L"1A02", {0x0, 0x0, 0x0, 0x0, 0x3}},                 /* cookies, kept */
        {L"1A03", {0x0, 0x0, 0x0, 0x0, 0x3}},                 /* of the session */
        {L"1A04", {0x0, 0x0, 0x0, 0x3, 0x3}},                 /* choice of certificates */
        {L"1A05", {0x0, 0x0, 0x0, 0x1, 0x3}},                 /* cookies of third parties, kept */
        {L"1A06", {0x0, 0x0, 0x0, 0x0, 0x3}},                 /* of the session */
        {L"1A10", {0x0, 0x0, 0x0, 0x1, 0x3}},                 /* privacy */
        {L"1C00", {0x20000, 0x20000, 0x30000, 0x10000, 0x0}}, /* Java permissions */
        {L"1E05", {0x30000, 0x20000, 0x30000, 0x20000, 0x10000}}, /* software channels */
};

/* "URL actions that are more restrictive in the Lockdown zone than in the Local Machine zone":
 * "Event 1030 - Local Machine Zone Lockdown (LMZL)" (compatibility/dd565652). In other zones there
 * is no difference. */
static const struct
{
    const WCHAR *action;
    DWORD policy;
} locked_policies[] = {
        {L"1004", URLPOLICY_DISALLOW}, {L"1200", URLPOLICY_DISALLOW}, {L"1201", URLPOLICY_DISALLOW},
        {L"1400", URLPOLICY_DISALLOW}, {L"1A04", URLPOLICY_DISALLOW},
        {L"1C00", URLPOLICY_JAVA_PROHIBIT}, {L"2000", URLPOLICY_DISALLOW}, /* behaviours */
};

/* Which zone a scheme belongs to when nothing else says; @ivt is the old one of views. */
static const struct
{
    const WCHAR *scheme;
    DWORD zone;
} schemes[] = {{L"@ivt", 1}, {L"file", 3}, {L"ftp", 3}, {L"http", 3}, {L"https", 3}};

static void zone_write(DWORD *error, HKEY root, const WCHAR *folder, unsigned int index)
{
    const struct zone_entry *zone = &zones[index];
    WCHAR key[128];

    swprintf(key, ARRAY_SIZE(key), L"%ls\\%u", folder, index);
    if (!SHGetValueW(root, key, L"Flags", NULL, NULL, NULL))
        return;
    registry_write_text(error, root, key, NULL, L"");
    registry_write_text(error, root, key, L"DisplayName", zone->name);
    registry_write_text(error, root, key, L"Description", zone->description);
    registry_write_text(error, root, key, L"Icon", zone->icon);
    registry_write_number(error, root, key, L"Flags", zone->flags);
    registry_write_number(error, root, key, L"CurrentLevel", zone->level);
    if (zone->lowest)
    {
        registry_write_number(error, root, key, L"MinLevel", zone->lowest);
        registry_write_number(error, root, key, L"RecommendedLevel", zone->level);
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(policies); i++)
        registry_write_number(error, root, key, policies[i].action, policies[i].policies[index]);
}

static void zones_write(DWORD *error, HKEY root, const WCHAR *folder)
{
    registry_write_text(error, root, folder, NULL, L"");
    for (unsigned int index = 0; index < ZONES; index++)
        zone_write(error, root, folder, index);
}

/* The zones that are locked down; what a user has changed there stays. */
static void locked_zones_write(DWORD *error, HKEY root)
{
    static const WCHAR local[] = INTERNET_SETTINGS L"Lockdown_Zones\\0";
    BOOL is_new = SHGetValueW(root, local, L"Flags", NULL, NULL, NULL) != ERROR_SUCCESS;

    zones_write(error, root, INTERNET_SETTINGS L"Lockdown_Zones");
    for (unsigned int i = 0; is_new && i < ARRAY_SIZE(locked_policies); i++)
    {
        registry_write_number(error, root, local, locked_policies[i].action,
                locked_policies[i].policy);
    }
}

static void map_write(DWORD *error, HKEY root)
{
    static const WCHAR *const keys[] = {L"ZoneMap", L"ZoneMap\\Domains",
            L"ZoneMap\\ProtocolDefaults", L"ZoneMap\\Ranges"};
    static const WCHAR *const intranet[] = {L"IntranetName", L"ProxyByPass", L"UNCAsIntranet"};

    if (!SHGetValueW(root, INTERNET_SETTINGS L"ZoneMap", intranet[0], NULL, NULL, NULL))
        return;
    for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++)
    {
        WCHAR key[128];

        swprintf(key, ARRAY_SIZE(key), INTERNET_SETTINGS L"%ls", keys[i]);
        registry_write_text(error, root, key, NULL, L"");
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(intranet); i++)
        registry_write_number(error, root, INTERNET_SETTINGS L"ZoneMap", intranet[i], 1);
    for (unsigned int i = 0; i < ARRAY_SIZE(schemes); i++)
        registry_write_number(error, root, INTERNET_SETTINGS L"ZoneMap\\ProtocolDefaults",
                schemes[i].scheme, schemes[i].zone);
}

/* The zone whose policies are those of a template: one that has it by default. */
static int template_zone(DWORD template)
{
    switch (template)
    {
    case URLTEMPLATE_LOW:
        return URLZONE_TRUSTED;
    case URLTEMPLATE_MEDLOW:
        return URLZONE_INTRANET;
    case URLTEMPLATE_MEDIUM:
    case URLTEMPLATE_MEDHIGH: /* differs only in what programs may override */
        return URLZONE_INTERNET;
    case URLTEMPLATE_HIGH:
        return URLZONE_UNTRUSTED;
    default:
        return -1;
    }
}

HRESULT zone_template_policy(DWORD template, unsigned int index, DWORD *action, DWORD *policy)
{
    int zone = template_zone(template);

    if (zone < 0)
        return E_INVALIDARG;
    if (index >= ARRAY_SIZE(policies))
        return S_FALSE;
    *action = wcstoul(policies[index].action, NULL, 16);
    *policy = policies[index].policies[zone];
    return S_OK;
}

HRESULT zone_defaults_register(void)
{
    HKEY roots[] = {HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER};
    DWORD error = 0;

    for (unsigned int i = 0; i < ARRAY_SIZE(roots); i++)
    {
        zones_write(&error, roots[i], INTERNET_SETTINGS L"Zones");
        locked_zones_write(&error, roots[i]);
        map_write(&error, roots[i]);
    }
    return error ? SELFREG_E_CLASS : S_OK;
}
