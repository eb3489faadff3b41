// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "aio_reads.h"
#include "cmd.h"
#include "reader.h"
#include "storm.h"

#define CREW 3
#define MOST_READS 8
#define LONGEST_LIFE 400

const char *const storm_paths[NR_STORM_PATHS] = {
	"read", "iowq", "aio", "cmd", "poll",
};

const char *const storm_nodes[NR_STORM_NODES] = {
	"cancelsafe", "cancelsafe-startio", "cancelsafe-cancel-lock",
	"cancelsafe-driver-queue", "cancelsafe-framework",
	"cancelsafe-wait-queue",
};

/**
 * struct hand - a thread of the crew
 * @storm:  whose storm it is
 * @seed:   of what it draws
 * @queue:  the node whose queue its reads wait in, unless they wait for readiness
 * @fds:    the process's open files of the nodes
 * @aio:    its reads of libaio's
 * @thread: the thread
 */
struct hand {
	struct storm *storm;
	unsigned int seed;
	enum storm_node queue;
	const int *fds;
	struct aio *aio;
	pthread_t thread;
};

struct storm *storm_new(void)
{
	struct storm *storm = mmap(NULL, sizeof(*storm), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (storm == MAP_FAILED)
		die("no memory for a storm: %s", strerror(errno));
	return storm;
}

/* The module was loaded anew; nobody has a file of its that is open from before. */
void storm_numbers_begin_anew(struct storm *storm)
{
	memset(storm->told, 0, sizeof(storm->told));
	memset(storm->seen, 0, sizeof(storm->seen));
}

unsigned int storm_draw(unsigned int *seed, unsigned int below)
{
	return rand_r(seed) / 7 % below;
}

static unsigned int draw(struct hand *hand, unsigned int below)
{
	return storm_draw(&hand->seed, below);
}

/* Rather short: something is to be met that is just happening. */
static void draw_a_pause(struct hand *hand)
{
	unsigned int us = 1u << draw(hand, 12);

	if (us >= 16)
		usleep(us);
}

static enum storm_node node_of(const struct hand *hand, enum storm_path path)
{
	return path == STORM_POLL ? STORM_WAIT_QUEUE : hand->queue;
}

static int fd_of(const struct hand *hand, enum storm_path path)
{
	return hand->fds[node_of(hand, path)];
}

/* What reads end with */

static bool is_new_sample(struct storm *storm, enum storm_node node,
			  const struct cancelsafe_sample *sample)
{
	if (!is_sample(sample))
		return false;
	storm->told[node]++;
	return sample->sequence >= STORM_SAMPLES ||
	       !atomic_exchange(&storm->seen[node][sample->sequence], 1);
}

/* -EINTR: a signal, or to a worker of io_uring's a stop. */
static bool is_cancelled(enum storm_path path, long result)
{
	return result == -ECANCELED ||
	       (result == -EINTR && path != STORM_AIO && path != STORM_CMD);
}

static bool is_refused(enum storm_path path, long result)
{
	return result == -ENODEV || result == -EBUSY ||
	       (result == -EAGAIN && path == STORM_POLL);
}

static void take_end(struct hand *hand, enum storm_path path, long result,
		     const void *buffer, size_t size)
{
	enum storm_node node = node_of(hand, path);
	struct storm_tally *tally = &hand->storm->tallies[path][node];

	if (result == SAMPLE_SIZE && is_new_sample(hand->storm, node, buffer)) {
		tally->samples++;
	} else if (is_cancelled(path, result) && is_untouched(buffer, size)) {
		tally->cancelled++;
	} else if (is_refused(path, result) && is_untouched(buffer, size)) {
		tally->refused++;
	} else {
		tally->wrong++;
		fprintf(stderr, "# %s: a read ended with %ld%s\n",
			storm_paths[path], result,
			is_untouched(buffer, size) ? "" : ", its buffer written to");
	}
}

/* read(2), and on the node that has it poll(2) */

static void one_read(struct hand *hand, enum storm_path path, int fd, int flags)
{
	unsigned char buffer[READER_BUFFER]
		__attribute__((aligned(8)));
	struct iovec iov = { buffer, sizeof(buffer) };
	ssize_t n;

	memset(buffer, POISON, sizeof(buffer));
	n = preadv2(fd, &iov, 1, -1, flags);
	take_end(hand, path, n < 0 ? -errno : n, buffer, sizeof(buffer));
}

/* As many as a ring has, one after the other */
static void read_round(struct hand *hand)
{
	unsigned int n = 1 + draw(hand, MOST_READS);

	while (n--)
		one_read(hand, STORM_READ, fd_of(hand, STORM_READ), 0);
}

static void readiness_round(struct hand *hand)
{
	int fd = fd_of(hand, STORM_POLL);
	struct pollfd polled = { .fd = fd, .events = POLLIN };

	if (draw(hand, 2)) {
		poll(&polled, 1, 1 + draw(hand, 4));
		one_read(hand, STORM_POLL, fd, RWF_NOWAIT);
	} else {
		one_read(hand, STORM_POLL, fd, 0);
	}
}

/* Rings, with READs or with commands */

static void link_a_timeout(struct hand *hand, struct ring *ring,
			   struct io_uring_sqe *read)
{
	static struct __kernel_timespec soon = { .tv_nsec = 200000 };
	struct io_uring_sqe *timeout;

	if (draw(hand, 4))
		return;
	read->flags |= IOSQE_IO_LINK;
	timeout = ring_prepare(ring);
	io_uring_prep_link_timeout(timeout, &soon, 0);
	io_uring_sqe_set_data64(timeout, RING_CANCEL);
}

static void prepare_read(struct hand *hand, enum storm_path path,
			 struct ring *ring, unsigned int i)
{
	struct io_uring_sqe *sqe;

	if (path == STORM_CMD)
		sqe = cmd_prepare_read(ring, i, fd_of(hand, path), i + 1);
	else
		sqe = ring_prepare_read(ring, i, fd_of(hand, path));
	if (!draw(hand, 4))
		sqe->flags |= IOSQE_ASYNC;
	if (path != STORM_CMD)
		link_a_timeout(hand, ring, sqe);
}

static void cancel_a_command(struct hand *hand, struct ring *ring,
			     unsigned int tag)
{
	static const unsigned int others[] = {
		CANCELSAFE_CANCEL_FILE, CANCELSAFE_CANCEL_RING,
	};
	int fd = fd_of(hand, STORM_CMD);

	if (draw(hand, 8))
		cmd_prepare_cancel(ring, fd, CANCELSAFE_CANCEL_TAG, tag);
	else
		cmd_prepare_cancel(ring, fd, others[draw(hand, 2)], 0);
}

static void cancel_a_read(struct hand *hand, enum storm_path path,
			  struct ring *ring, unsigned int i)
{
	if (path == STORM_CMD)
		cancel_a_command(hand, ring, i + 1);
	else if (draw(hand, 8))
		ring_prepare_cancel(ring, i);
	else
		ring_prepare_cancel(ring, i)->cancel_flags =
			IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL;
	ring_submit(ring);
}

/*
 * Beside another thread that is in exec(2) the kernel makes none, until that has
 * ended this one: EAGAIN.
 */
static struct ring *ring_with_a_thread(void)
{
	struct ring *ring = ring_try_new(IORING_SETUP_SQPOLL);

	if (!ring && errno != EAGAIN)
		die("cannot make an SQPOLL ring: %s", strerror(errno));
	return ring ?: ring_new(0);
}

/* Few with a thread of the kernel's, which takes a processor for a second. */
static struct ring *draw_a_ring(struct hand *hand)
{
	switch (draw(hand, 16)) {
	case 0:
		return ring_with_a_thread();
	case 1:
	case 2:
	case 3:
		return ring_new(IORING_SETUP_SINGLE_ISSUER |
				IORING_SETUP_DEFER_TASKRUN);
	default:
		return ring_new(0);
	}
}

/* All of them, or the ring is closed under them: its memory is never freed. */
static void ring_round(struct hand *hand, enum storm_path path)
{
	struct ring *ring = draw_a_ring(hand);
	unsigned int i, n = 1 + draw(hand, MOST_READS);

	for (i = 0; i < n; i++)
		prepare_read(hand, path, ring, i);
	ring_submit(ring);
	for (i = draw(hand, 2 * n); i; i--) {
		draw_a_pause(hand);
		cancel_a_read(hand, path, ring, draw(hand, n));
	}
	for (i = draw(hand, 4) ? 0 : n; i < n; i++)
		take_end(hand, path, ring_result(ring, i), ring->reads[i].bytes,
			 RING_BUFFER);
	ring_close(ring);
}

static void iowq_round(struct hand *hand)
{
	ring_round(hand, STORM_IOWQ);
}

static void cmd_round(struct hand *hand)
{
	ring_round(hand, STORM_CMD);
}

static void armed_round(struct hand *hand)
{
	ring_round(hand, STORM_POLL);
}

/* libaio. A context's end ends its reads, whose memory is then used again. */
static void aio_round(struct hand *hand)
{
	unsigned int i, n = 1 + draw(hand, MOST_READS);
	struct aio *aio = hand->aio;

	aio->context = NULL;
	if (io_setup(MOST_READS, &aio->context))
		return;
	for (i = 0; i < n; i++)
		aio_read(aio, i, fd_of(hand, STORM_AIO));
	for (i = draw(hand, 2 * n); i; i--) {
		draw_a_pause(hand);
		aio_cancel(aio, draw(hand, n));
	}
	for (i = draw(hand, 4) ? 0 : n; i < n; i++)
		take_end(hand, STORM_AIO, aio_result(aio, i),
			 aio->reads[i].bytes, AIO_BUFFER);
	aio_destroy(aio);
}

static void *work(void *arg)
{
	static void (*const rounds[6])(struct hand *hand) = {
		read_round, iowq_round, aio_round, cmd_round, readiness_round,
		armed_round,
	};
	struct hand *hand = arg;

	while (!hand->storm->stop)
		rounds[draw(hand, 6)](hand);
	return NULL;
}

/* What else a process does to its threads' reads, and its own end */

/*
 * With descriptors of its own, but this memory: a copy would have AIO rings in it,
 * and as such a ring goes User-Mode Linux walks that copy without a lock.
 */
static void a_child_comes_and_goes(struct hand *hand)
{
	int fd = hand->fds[draw(hand, NR_STORM_NODES)];
	bool closes = draw(hand, 2);
	pid_t pid = vfork();

	if (pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (!pid) {
		if (closes)
			close(fd);
		_exit(0);
	}
	reap(pid);
}

static void make_trouble(struct hand *self, struct hand *crew)
{
	switch (draw(self, 8)) {
	case 0:
		a_child_comes_and_goes(self);
		break;
	case 1:
	case 2:
		close(dup(self->fds[draw(self, NR_STORM_NODES)]));
		break;
	default:
		pthread_kill(crew[draw(self, CREW)].thread, SIGUSR1);
	}
}

static void end_in_the_middle(struct hand *hand)
{
	switch (draw(hand, 3)) {
	case 0:
		_exit(0);
	case 1:
		execl("/bin/true", "true", NULL);
		_exit(0);
	default:
		raise(SIGKILL);
	}
}

static void live(struct storm *storm, unsigned int seed, const int *fds)
{
	struct hand self = { .storm = storm, .seed = seed, .fds = fds };
	struct hand crew[CREW];
	unsigned int i, life = draw(&self, LONGEST_LIFE);

	handle_signals(draw(&self, 2) ? SA_RESTART : 0);
	for (i = 0; i < CREW; i++) {
		crew[i] = self;
		crew[i].seed = rand_r(&self.seed);
		crew[i].queue = draw(&self, STORM_QUEUES);
		crew[i].aio = aio_new();
		if (pthread_create(&crew[i].thread, NULL, work, &crew[i]))
			die("cannot start a thread");
	}
	while (!storm->stop) {
		draw_a_pause(&self);
		make_trouble(&self, crew);
		if (!life--)
			end_in_the_middle(&self);
	}
	for (i = 0; i < CREW; i++)
		pthread_join(crew[i].thread, NULL);
}

/* A node may be unplugged, or the module not loaded: then it ends at once. */
pid_t storm_process(struct storm *storm, unsigned int seed)
{
	int i, fds[NR_STORM_NODES];
	pid_t pid = fork_child();

	if (pid)
		return pid;
	for (i = 0; i < NR_STORM_NODES; i++) {
		node_name = storm_nodes[i];
		fds[i] = node_try_open(O_RDONLY);
		if (fds[i] < 0)
			_exit(0);
	}
	live(storm, seed, fds);
	_exit(0);
}
