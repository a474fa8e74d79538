/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The transfer engine and sources that are files. */

#include "transfer_bed.h"

#include <aclapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE (5 << 20)

static char *make_source(const WCHAR *name, unsigned int seed)
{
    char *content = malloc(SIZE);
    FILE *file = _wfopen(name, L"wb");
    unsigned int i;

    if (!content || !file)
        bail_out("cannot write the source");
    for (i = 0; i < SIZE; i++)
    {
        seed = seed * 1103515245 + 12345;
        content[i] = (char)(seed >> 16);
    }
    fwrite(content, 1, SIZE, file);
    fclose(file);
    return content;
}

static void expect_content(const char *expected, const char *what)
{
    UINT64 size;
    char *content = bed_content(&size);

    ok(content && size == SIZE && !memcmp(content, expected, SIZE), "%s: content", what);
    free(content);
}

/* The entries of a file's DACL for Everyone: their access masks added up; 0 without any. */
static DWORD everyone_access(const WCHAR *name, SECURITY_INFORMATION wanted, PSID everyone)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    DWORD mask = 0;
    ACL *dacl = NULL;

    if (GetNamedSecurityInfoW((WCHAR *)name, SE_FILE_OBJECT, wanted, NULL, NULL, &dacl, NULL,
                &descriptor))
        return 0;
    for (DWORD i = 0; dacl && i < dacl->AceCount; i++)
    {
        ACCESS_ALLOWED_ACE *ace;

        if (GetAce(dacl, i, (void **)&ace) && ace->Header.AceType == ACCESS_ALLOWED_ACE_TYPE
                && EqualSid((PSID)&ace->SidStart, everyone))
            mask |= ace->Mask;
    }
    LocalFree(descriptor);
    return mask;
}

/* IBackgroundCopyJob3::SetFileACLFlags, remarks: times and attributes come along, security if
 * asked. */
static void test_properties(struct bed *bed)
{
    static const WCHAR source[] = L"C:\\test\\properties.bin";
    static const FILETIME written = {0x12345678, 0x01c00000};
    SID_IDENTIFIER_AUTHORITY world = {SECURITY_WORLD_SID_AUTHORITY};
    EXPLICIT_ACCESSW access = {FILE_GENERIC_READ | FILE_GENERIC_EXECUTE, SET_ACCESS, NO_INHERITANCE,
            {NULL, NO_MULTIPLE_TRUSTEE, TRUSTEE_IS_SID, TRUSTEE_IS_UNKNOWN, NULL}};
    WIN32_FILE_ATTRIBUTE_DATA data;
    PSID everyone;
    HANDLE file;
    ACL *acl;

    free(make_source(source, 3));
    file = CreateFileW(source, FILE_WRITE_ATTRIBUTES, 0, NULL, OPEN_EXISTING, 0, NULL);
    ok(SetFileTime(file, NULL, NULL, &written), "the source is old");
    CloseHandle(file);
    ok(SetFileAttributesW(source, FILE_ATTRIBUTE_READONLY), "and read-only");
    is_hr(bed_run(bed, L"file:///C:/test/properties.bin"), S_OK, "its transfer");
    ok(GetFileAttributesExW(bed_temp, GetFileExInfoStandard, &data), "the copy");
    ok(!CompareFileTime(&data.ftLastWriteTime, &written), "is as old");
    ok(data.dwFileAttributes & FILE_ATTRIBUTE_READONLY, "and read-only");
    is_hr(bed_run(bed, L"file:///C:/test/properties.bin"), S_OK, "which can be fetched anew");
    SetFileAttributesW(source, FILE_ATTRIBUTE_NORMAL);

    AllocateAndInitializeSid(&world, 1, SECURITY_WORLD_RID, 0, 0, 0, 0, 0, 0, 0, &everyone);
    access.Trustee.ptstrName = everyone;
    ok(!SetEntriesInAclW(1, &access, NULL, &acl), "a DACL for Everyone");
    ok(!SetNamedSecurityInfoW((WCHAR *)source, SE_FILE_OBJECT,
               DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, NULL, NULL, acl,
               NULL),
            "the source gets it");
    bed->request.acl_flags = BG_COPY_FILE_DACL;
    is_hr(bed_run(bed, L"file:///C:/test/properties.bin"), S_OK, "with BG_COPY_FILE_DACL");
    is_uint(everyone_access(bed_temp, DACL_SECURITY_INFORMATION, everyone),
            everyone_access(source, DACL_SECURITY_INFORMATION, everyone), "the copy has it, too");
    bed->request.acl_flags = 0;
    LocalFree(acl);
    FreeSid(everyone);
    DeleteFileW(source);
}

int main(void)
{
    static const BG_FILE_RANGE range = {0, 10};
    WCHAR *modified;
    char *first, *second;
    struct bed bed;

    CreateDirectoryW(L"C:\\test", NULL);
    bed_init(&bed);
    first = make_source(L"C:\\test\\a source.bin", 1);
    bed_run(&bed, L"file:///C:/test/a%20source.bin");
    is_hr(bed.result, S_OK, "copy");
    expect_content(first, "copy");
    ok(bed.started == 1 && bed.total == SIZE && bed.transferred == SIZE,
            "total %llu, progress %llu", bed.total, bed.transferred);
    ok(bed.validator.last_modified && bed.validator.size == SIZE,
            "size and time are the validator");
    modified = _wcsdup(bed.validator.last_modified);

    bed_resume(&bed, first, 1000000, 1000000, NULL, modified, SIZE);
    bed_run(&bed, L"file:///C:/test/a%20source.bin");
    is_hr(bed.result, S_OK, "going on");
    ok(!bed.restarted, "going on: not restarted");
    expect_content(first, "going on");

    Sleep(20);
    second = make_source(L"C:\\test\\a source.bin", 2);
    bed_resume(&bed, first, 1000000, 1000000, NULL, modified, SIZE);
    bed_run(&bed, L"file:///C:/test/a%20source.bin");
    is_hr(bed.result, S_OK, "changed source");
    ok(bed.restarted, "changed source: restarted");
    expect_content(second, "changed source");
    bed.request.offset = 0;

    bed_run(&bed, L"file:///C:/test/missing.bin");
    bed_expect(&bed, HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), BG_ERROR_CONTEXT_REMOTE_FILE, FALSE,
            "missing source");
    bed_run(&bed, L"file:///C:/test");
    ok(FAILED(bed.result) && bed.error.context == BG_ERROR_CONTEXT_REMOTE_FILE, "a folder: %s",
            tap_hr(bed.result));
    bed.request.ranges = &range;
    bed.request.range_count = 1;
    is_hr(bed_run(&bed, L"file:///C:/test/a%20source.bin"), E_INVALIDARG, "ranges of a file");
    bed.request.ranges = NULL;
    bed.request.max_size = 1000;
    is_hr(bed_run(&bed, L"file:///C:/test/a%20source.bin"), BG_E_TOO_LARGE, "size limit");
    bed.request.max_size = BG_SIZE_UNKNOWN;

    transfer_abort(bed.transfer);
    is_hr(bed_run(&bed, L"file:///C:/test/a%20source.bin"), E_ABORT, "aborted beforehand");
    transfer_reset(bed.transfer);
    is_hr(bed_run(&bed, L"file:///C:/test/a%20source.bin"), S_OK, "after the reset");
    expect_content(second, "after the reset");

    test_properties(&bed);

    free(modified);
    free(first);
    free(second);
    bed_free(&bed);
    return done_testing();
}
