// SPDX-License-Identifier: GPL-2.0
/*
 * Why a file may not be opened.
 *
 * A statically linked program cannot rely on getgrgid(3), which loads libraries
 * of the machine that it runs on: so /etc/group is read here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "permission.h"

#define NAME_SIZE 64

/* A line of /etc/group: NAME:PASSWORD:GID:MEMBERS. Cuts NAME off; false: another group's. */
static bool is_group(char *line, gid_t gid)
{
	char *password = strchr(line, ':');
	char *id = password ? strchr(password + 1, ':') : NULL;
	char *end;

	if (!id || strtoul(id + 1, &end, 10) != gid || end == id + 1 || *end != ':')
		return false;
	*password = '\0';
	return true;
}

/* The group's name, or its number if it has none. */
static void name_group(gid_t gid, char name[static NAME_SIZE])
{
	FILE *groups = fopen("/etc/group", "re");
	char *line = NULL;
	size_t size = 0;

	snprintf(name, NAME_SIZE, "%u", gid);
	while (groups && getline(&line, &size, groups) > 0) {
		if (!is_group(line, gid))
			continue;
		snprintf(name, NAME_SIZE, "%s", line);
		break;
	}
	free(line);
	if (groups)
		fclose(groups);
}

void permission_complain(const char *path)
{
	char group[NAME_SIZE];
	struct stat st;

	if (stat(path, &st)) {
		complain("cannot open %s: %s", path, strerror(EACCES));
		return;
	}
	name_group(st.st_gid, group);
	if (!(st.st_mode & 0040))
		complain("cannot open %s: no permission: its mode %04o lets nobody but user %u "
			 "read it: use sudo, or type: sudo chmod g+r %s",
			 path, st.st_mode & 07777, st.st_uid, path);
	else if (!st.st_gid)
		complain("cannot open %s: no permission: only group %s may read it: use sudo, or "
			 "give it to a group of yours: sudo chgrp GROUP %s", path, group, path);
	else
		complain("cannot open %s: no permission: only group %s may read it, and you are "
			 "not in that: use sudo, or join (sudo usermod -aG %s YOU) and log in again",
			 path, group, group);
}
