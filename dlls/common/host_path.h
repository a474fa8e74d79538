/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The short way to a file under Wine.
 *
 * Wine finds names without regard to case on file systems that do regard it: whenever a name is not
 * there as written, it reads the whole folder. For a name that is new by construction, and for one
 * that the caller has looked up in a listing of its own, that is time for nothing: a thousand new
 * files in one folder cost a thousand readings of it. Wine's own name of a file, \\?\unix\..., goes
 * straight to it. On Windows there is no such name, and the functions say so.
 */
#ifndef CONCIERGE_HOST_PATH_H
#define CONCIERGE_HOST_PATH_H

#include <windows.h>

/* One folder, resolved once; zero-initialize. Holds the last one asked for. */
struct host_folder
{
    WCHAR *folder; /* as the caller wrote it, with the last backslash */
    WCHAR *host;   /* \\?\unix\..., with the last backslash; NULL: there is none */
};

/* The direct name of `path` (absolute, with a file name at its end), by malloc; the folder must
 * exist. NULL when there is no such name: the caller uses `path`. */
WCHAR *host_path(struct host_folder *cache, const WCHAR *path);
void host_folder_free(struct host_folder *cache);

/* The names in one folder, for the question whether a name is taken in any spelling.
 * Zero-initialize. */
struct folder_listing
{
    WCHAR *folder;
    WCHAR **names; /* in upper case, sorted */
    size_t count;
    BOOL complete; /* FALSE: could not be read, every name may be there */
};

/* May a file of this name, in whatever case, be in its folder? Reads the folder when it is another
 * than at the last call. */
BOOL folder_may_have(struct folder_listing *listing, const WCHAR *path);
void folder_listing_free(struct folder_listing *listing);

#endif
