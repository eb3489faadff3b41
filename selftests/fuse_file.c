// SPDX-License-Identifier: GPL-2.0
/*
 * A FUSE file system that is one file, whose reads wait for data:
 *
 *	fuse_file FILE PERIOD_US [heed [late]] [poll]
 *
 * mounts it on FILE and serves it until it is unmounted. Data comes PERIOD_US after
 * the last was read, as much as a read asks for: io_uring would go on to read a regular
 * file that gave it less. The server does what it is told to:
 *
 *	heed	ends a read of which the kernel says that it was interrupted; otherwise
 *		it lets that wait for its data
 *	late	does so 100 ms later
 *	poll	answers FUSE_POLL, and notifies; otherwise it has no such request, and
 *		the kernel takes the file to be always ready
 *
 * It speaks the kernel's protocol itself, for it has to know what the kernel asks.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <linux/fuse.h>

#define MODE 0100444		/* a regular file, as all of FUSE's whose reads a server answers */
#define SIZE 0x10000000000ULL	/* no read is at its end */
#define REQUEST_SIZE (FUSE_MIN_READ_BUFFER + 4096)
#define MOST 131072		/* the kernel asks for no more at once */
#define WAITING 64
#define LATE_US 100000
#define NS_PER_US 1000ULL
#define NS_PER_S 1000000000ULL

struct waiting_read {
	__u64 unique;		/* its name */
	__u32 size;
};

/**
 * struct server - the file and who reads it
 * @fd:        /dev/fuse
 * @heeds:     interrupts end reads
 * @late:      but not at once
 * @polls:     FUSE_POLL is answered
 * @period_ns: from when data was read until there is more
 * @due_ns:    when there is, or was
 * @reads:     the waiting reads, in their order
 * @waiting:   how many they are
 * @poller:    what to notify when there is data, if @notifies
 * @notifies:  somebody wants to be
 */
struct server {
	int fd;
	bool heeds, late, polls;
	__u64 period_ns, due_ns;
	struct waiting_read reads[WAITING];
	unsigned int waiting;
	__u64 poller;
	bool notifies;
};

static __u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Returns whether there was somebody to be told. */
static bool tell(const struct server *server, __u64 unique, int error,
		 const void *body, size_t size)
{
	struct fuse_out_header head = { sizeof(head) + size, error, unique };
	struct iovec parts[] = { { &head, sizeof(head) }, { (void *)body, size } };

	return writev(server->fd, parts, 2) == (ssize_t)head.len;
}

static void fail(const struct server *server, __u64 unique, int err)
{
	tell(server, unique, -err, NULL, 0);
}

static void forget_read(struct server *server, unsigned int i)
{
	memmove(server->reads + i, server->reads + i + 1,
		(--server->waiting - i) * sizeof(server->reads[0]));
}

static bool has_data(const struct server *server)
{
	return now_ns() >= server->due_ns;
}

/* Who waits gets the data, or is told of it, if it is there. */
static void deliver(struct server *server)
{
	struct fuse_notify_poll_wakeup_out wakeup = { server->poller };
	static const char data[MOST];

	while (server->waiting && has_data(server)) {
		if (tell(server, server->reads[0].unique, 0, data, server->reads[0].size))
			server->due_ns = now_ns() + server->period_ns;
		forget_read(server, 0);
	}
	if (server->notifies && has_data(server)) {
		server->notifies = false;
		tell(server, 0, FUSE_NOTIFY_POLL, &wakeup, sizeof(wakeup));
	}
}

static void add_read(struct server *server, __u64 unique, const struct fuse_read_in *in)
{
	if (server->waiting == WAITING || in->size > MOST)
		fail(server, unique, EBUSY);
	else
		server->reads[server->waiting++] = (struct waiting_read){ unique, in->size };
}

/* The kernel names the read; one that has been answered is not there any more. */
static void interrupt(struct server *server, const struct fuse_interrupt_in *in)
{
	for (unsigned int i = 0; server->heeds && i < server->waiting; i++)
		if (server->reads[i].unique == in->unique) {
			if (server->late)
				usleep(LATE_US);
			fail(server, in->unique, EINTR);
			forget_read(server, i);
			return;
		}
}

static void answer_poll(struct server *server, __u64 unique, const struct fuse_poll_in *in)
{
	struct fuse_poll_out out = { .revents = has_data(server) ? POLLIN : 0 };

	if (!server->polls) {
		fail(server, unique, ENOSYS);
		return;
	}
	if (in->flags & FUSE_POLL_SCHEDULE_NOTIFY) {
		server->poller = in->kh;
		server->notifies = !out.revents;
	}
	tell(server, unique, 0, &out, sizeof(out));
}

static void answer_init(const struct server *server, __u64 unique, const struct fuse_init_in *in)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = in->minor < FUSE_KERNEL_MINOR_VERSION ?
			 in->minor : FUSE_KERNEL_MINOR_VERSION,
		.max_write = 4096,
	};

	tell(server, unique, 0, &out, sizeof(out));
}

static void answer_getattr(const struct server *server, __u64 unique)
{
	struct fuse_attr_out out = {
		.attr_valid = 3600,
		.attr = { .ino = FUSE_ROOT_ID, .size = SIZE, .mode = MODE, .nlink = 1 },
	};

	tell(server, unique, 0, &out, sizeof(out));
}

/* Each read is to come here, so what was read before is not kept in the page cache. */
static void answer_open(const struct server *server, __u64 unique)
{
	struct fuse_open_out out = { .open_flags = FOPEN_DIRECT_IO };

	tell(server, unique, 0, &out, sizeof(out));
}

static void answer_statfs(const struct server *server, __u64 unique)
{
	struct fuse_statfs_out out = { .st.namelen = 255 };

	tell(server, unique, 0, &out, sizeof(out));
}

static void answer(struct server *server, const struct fuse_in_header *head, const void *body)
{
	switch (head->opcode) {
	case FUSE_INIT:
		return answer_init(server, head->unique, body);
	case FUSE_GETATTR:
		return answer_getattr(server, head->unique);
	case FUSE_STATFS:
		return answer_statfs(server, head->unique);
	case FUSE_OPEN:
		return answer_open(server, head->unique);
	case FUSE_READ:
		return add_read(server, head->unique, body);
	case FUSE_INTERRUPT:
		return interrupt(server, body);
	case FUSE_POLL:
		return answer_poll(server, head->unique, body);
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_DESTROY:
		return fail(server, head->unique, 0);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		return;		/* wants no answer */
	default:
		return fail(server, head->unique, ENOSYS);
	}
}

/* Until there is a request, or data for somebody who waits. */
static void sleep_for_either(const struct server *server)
{
	struct pollfd requests = { .fd = server->fd, .events = POLLIN };
	__u64 now = now_ns(), left = server->due_ns > now ? server->due_ns - now : 0;
	struct timespec until_due = { left / NS_PER_S, left % NS_PER_S };
	bool awaited = server->waiting || server->notifies;

	ppoll(&requests, 1, awaited ? &until_due : NULL, NULL);
}

/* Returns when it is unmounted. A request may go before it is read, if its task dies. */
static int serve(struct server *server)
{
	static struct {
		struct fuse_in_header head;
		char body[REQUEST_SIZE];
	} request;

	for (;;) {
		sleep_for_either(server);
		if (read(server->fd, &request, sizeof(request)) > 0)
			answer(server, &request.head, request.body);
		else if (errno == ENODEV)
			return 0;
		else if (errno != EAGAIN && errno != EINTR && errno != ENOENT)
			break;
		deliver(server);
	}
	perror("fuse_file: cannot read a request");
	return 1;
}

static int mount_on(const char *file, int fd)
{
	char options[100];

	snprintf(options, sizeof(options), "fd=%d,rootmode=%o,user_id=0,group_id=0", fd, MODE);
	return mount("fuse_file", file, "fuse", MS_NOSUID | MS_NODEV, options);
}

int main(int argc, char **argv)
{
	struct server server = { .fd = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC) };

	if (argc < 3) {
		fprintf(stderr, "usage: fuse_file FILE PERIOD_US [heed [late]] [poll]\n");
		return 2;
	}
	server.period_ns = strtoull(argv[2], NULL, 10) * NS_PER_US;
	server.due_ns = now_ns() + server.period_ns;
	for (char **word = argv + 3; *word; word++) {
		server.heeds |= !strcmp(*word, "heed");
		server.late |= !strcmp(*word, "late");
		server.polls |= !strcmp(*word, "poll");
	}
	if (server.fd < 0 || mount_on(argv[1], server.fd)) {
		fprintf(stderr, "fuse_file: cannot mount on %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	return serve(&server);
}
