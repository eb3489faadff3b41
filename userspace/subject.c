// SPDX-License-Identifier: GPL-2.0
/*
 * What `cancelsafe survey` asks: a file, or an object of its own that has no path.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <unistd.h>
#include <linux/magic.h>

#include "command.h"
#include "node.h"
#include "permission.h"
#include "subject.h"

#define TAKE_MS 1000	/* how long what was fed may be on its way */

static int make_pipe(struct subject *subject)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	subject->fd = ends[0];
	subject->feed_fd = ends[1];
	return 0;
}

static int make_socket(struct subject *subject)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -1;
	subject->fd = ends[0];
	subject->feed_fd = ends[1];
	return 0;
}

/* Raw: a byte is there to be read when it has come, not when its line has ended. */
static int make_pty(struct subject *subject)
{
	struct termios raw;
	char name[64];

	subject->feed_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (subject->feed_fd < 0 || grantpt(subject->feed_fd) || unlockpt(subject->feed_fd))
		return -1;
	errno = ptsname_r(subject->feed_fd, name, sizeof(name));
	if (errno)
		return -1;
	subject->fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (subject->fd < 0 || tcgetattr(subject->fd, &raw))
		return -1;
	cfmakeraw(&raw);
	return tcsetattr(subject->fd, TCSANOW, &raw);
}

static int feed_byte(const struct subject *subject)
{
	return write(subject->feed_fd, "", 1) == 1 ? 0 : -1;
}

static int make_eventfd(struct subject *subject)
{
	subject->fd = eventfd(0, EFD_CLOEXEC);
	return subject->fd < 0 ? -1 : 0;
}

static int feed_event(const struct subject *subject)
{
	return eventfd_write(subject->fd, 1);
}

static int make_timerfd(struct subject *subject)
{
	subject->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	return subject->fd < 0 ? -1 : 0;
}

/* It expires once, as soon as it can. */
static int feed_timer(const struct subject *subject)
{
	static const struct itimerspec at_once = { .it_value = { .tv_nsec = 1 } };

	return timerfd_settime(subject->fd, 0, &at_once, NULL);
}

static const struct kind kinds[] = {
	{ "pipe", "a pipe", false, make_pipe, feed_byte },
	{ "eventfd", "an eventfd(2)", true, make_eventfd, feed_event },
	{ "timerfd", "a timerfd_create(2), which is set for each read", true,
	  make_timerfd, feed_timer },
	{ "socket", "a socketpair(2), AF_UNIX and SOCK_STREAM", false, make_socket, feed_byte },
	{ "pty", "a terminal, raw, with us at its other end", false, make_pty, feed_byte },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* What has no path, and no file of its name either, may be a word mistyped. */
static int complain_of_none(const char *name)
{
	static const char nodes[] = "/dev/cancelsafe";

	if (!strncmp(name, nodes, sizeof(nodes) - 1))
		return complain("cannot open %s: %s: %s", name, strerror(ENOENT), node_advice());
	if (strchr(name, '/'))
		return complain("cannot open %s: %s", name, strerror(ENOENT));
	return complain("there is no file \"%s\" here, and no object is called so; `cancelsafe "
			"help survey` names those that are", name);
}

static int complain_of_open(const char *name, int err)
{
	struct stat st;

	switch (err) {
	case ENOENT:
		return complain_of_none(name);
	case EACCES:
		permission_complain(name);
		return STATUS_FAILED;
	}
	if (err == ENXIO && !stat(name, &st) && S_ISSOCK(st.st_mode))
		return complain("cannot open %s: it is a socket, which only connect(2) opens; "
				"\"socket\" asks a pair of our own", name);
	return complain("cannot open %s: %s", name, strerror(err));
}

/* O_NONBLOCK is for open(2) alone: a read is to wait. */
static int open_file(struct subject *subject)
{
	subject->fd = open(subject->name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (subject->fd < 0)
		return complain_of_open(subject->name, errno);
	if (fcntl(subject->fd, F_SETFL, fcntl(subject->fd, F_GETFL) & ~O_NONBLOCK))
		return complain("cannot have reads of %s wait: %s", subject->name,
				strerror(errno));
	return 0;
}

int subject_open(struct subject *subject)
{
	for (unsigned int i = 0; i < KINDS; i++)
		if (!strcmp(subject->name, kinds[i].name))
			subject->kind = &kinds[i];
	if (!subject->kind)
		return open_file(subject) ? -1 : 0;
	if (!subject->kind->make(subject))
		return 0;
	complain("cannot make %s: %s", subject->kind->meaning, strerror(errno));
	return -1;
}

static bool is_of_fuse(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == FUSE_SUPER_MAGIC;
}

bool subject_stands(const struct subject *subject)
{
	struct stat st;

	return !fstat(subject->fd, &st) &&
	       (S_ISBLK(st.st_mode) || (S_ISREG(st.st_mode) && !is_of_fuse(subject->fd)));
}

__u64 subject_amount(const struct subject *subject, const void *buffer, int got)
{
	__u64 count;

	if (!subject->kind || !subject->kind->counts || got != sizeof(count))
		return got > 0 ? got : 0;
	memcpy(&count, buffer, sizeof(count));
	return count;
}

__u64 subject_take(const struct subject *subject)
{
	struct pollfd readable = { .fd = subject->fd, .events = POLLIN };
	int flags = fcntl(subject->fd, F_GETFL), got = 0;
	char buffer[64];

	fcntl(subject->fd, F_SETFL, flags | O_NONBLOCK);
	if (poll(&readable, 1, TAKE_MS) > 0)
		got = read(subject->fd, buffer, sizeof(buffer));
	fcntl(subject->fd, F_SETFL, flags);
	return subject_amount(subject, buffer, got);
}
