// SPDX-License-Identifier: GPL-2.0
/*
 * Small files of the kernel's, read at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"

/*
 * One read(2): the kernel makes such a file's whole text at the first one, so
 * what it says belongs together.
 */
int text_of_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, text, size - 1);
	if (length < 0)
		length = -errno;
	else
		text[length] = '\0';
	close(fd);
	return length < 0 ? length : 0;
}

int line_of_file(const char *path, char *text, size_t size)
{
	int err = text_of_file(path, text, size);

	if (!err)
		text[strcspn(text, "\n")] = '\0';
	return err;
}

bool number_of_text(const char *text, __u64 *value)
{
	char *end;

	*value = strtoull(text, &end, 10);
	return end != text && !*end;
}

bool number_of_file(const char *path, __u64 *value)
{
	char text[32];

	return !line_of_file(path, text, sizeof(text)) && number_of_text(text, value);
}
