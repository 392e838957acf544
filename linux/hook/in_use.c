/* SPDX-License-Identifier: MIT */
#include "in_use.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* One file for each instance; and those whose name begins with a dot are nobody's. */
static const char instance_files[] = "/etc/coldstream/instances.d/*.conf";
static const char main_file[] = "/etc/coldstream/coldstream.conf";

/* Where enabling a unit leaves a link; the first is the administrator's, the second vanishes with a restart. */
static const char *const unit_links[] = {
    "/etc/systemd/system/*.wants/coldstreamd.service",
    "/etc/systemd/system/*.requires/coldstreamd.service",
    "/run/systemd/system/*.wants/coldstreamd.service",
};

/* A folder that is not there has nothing in it; any other reason ends the search. */
static int refused(const char *path, int reason)
{
    (void)path;
    return reason != ENOENT && reason != ENOTDIR;
}

static bool has_match(const char *root, const char *pattern)
{
    char path[PATH_MAX];
    glob_t found;
    if (snprintf(path, sizeof path, "%s%s", root, pattern) >= (int)sizeof path)
        return true;
    const int result = glob(path, GLOB_NOSORT, refused, &found);
    globfree(&found);
    return result != GLOB_NOMATCH;
}

/* A setting of that name at the start of a line, as in "instance: {" and "instance = {". */
static bool names_an_instance(const char *line)
{
    static const char word[] = "instance";
    while (isspace((unsigned char)*line))
        line++;
    if (strncmp(line, word, sizeof word - 1) != 0)
        return false;
    line += sizeof word - 1;
    if (*line == 's') /* "instances" is a list of them */
        line++;
    return *line == '\0' || *line == ':' || *line == '=' || isspace((unsigned char)*line);
}

static bool main_file_names_an_instance(const char *root)
{
    char path[PATH_MAX];
    char line[1024];
    if (snprintf(path, sizeof path, "%s%s", root, main_file) >= (int)sizeof path)
        return true;
    FILE *file = fopen(path, "re");
    if (!file)
        return errno != ENOENT && errno != ENOTDIR;
    bool is_named = false;
    while (!is_named && fgets(line, sizeof line, file))
        is_named = names_an_instance(line);
    (void)fclose(file);
    return is_named;
}

bool coldstream_is_in_use(const char *root)
{
    for (size_t i = 0; i < sizeof unit_links / sizeof *unit_links; i++)
        if (has_match(root, unit_links[i]))
            return true;
    return has_match(root, instance_files) || main_file_names_an_instance(root);
}
