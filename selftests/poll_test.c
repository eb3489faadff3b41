// SPDX-License-Identifier: GPL-2.0
/*
 * Readiness, of the node in which nothing is queued: poll, select, and epoll,
 * level and edge. None of them is a request, or counted as one.
 */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "cancelsafe_test.h"

#define WATCHDOG_MS ((int)(WATCHDOG_NS / 1000000))

FIXTURE(readiness) {
	struct bench bench;
};

FIXTURE_SETUP(readiness)
{
	node_name = "cancelsafe-wait-queue";
	bench_setup(_metadata, &self->bench);
	if (fcntl(self->bench.fd, F_SETFL, O_NONBLOCK))
		die("cannot set O_NONBLOCK: %s", strerror(errno));
}

FIXTURE_TEARDOWN(readiness)
{
	bench_teardown(_metadata, &self->bench);
}

/* What poll(2) says, and POLLNVAL for nothing that it should. */
static short polled(int fd, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN | POLLRDNORM };
	int n = poll(&pollfd, 1, ms);

	return n < 0 ? POLLNVAL : pollfd.revents;
}

static bool selected(int fd)
{
	struct timeval soon = { .tv_sec = WATCHDOG_MS / 1000 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	return select(fd + 1, &set, NULL, NULL, &soon) == 1 &&
	       FD_ISSET(fd, &set);
}

static int new_epoll(int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		die("cannot watch with epoll: %s", strerror(errno));
	return epoll;
}

/* Returns the events, or 0 if there were none in time. */
static uint32_t next_event(int epoll, int ms)
{
	struct epoll_event event;

	return epoll_wait(epoll, &event, 1, ms) == 1 ? event.events : 0;
}

/* Returns how many samples there were until -EAGAIN. */
static int read_until_eagain(int fd)
{
	struct cancelsafe_sample sample;
	int n = 0;

	while (read(fd, &sample, sizeof(sample)) == SAMPLE_SIZE)
		n++;
	if (errno != EAGAIN)
		die("cannot read: %s", strerror(errno));
	return n;
}

TEST_F(readiness, B_poll_and_select_before_and_after_settling)
{
	int fd = self->bench.fd;

	EXPECT_EQ(0, polled(fd, 0));
	settle_us(0);
	EXPECT_EQ(POLLIN | POLLRDNORM, polled(fd, 0));
	EXPECT_TRUE(selected(fd));
	EXPECT_STREQ("", counts_text(file_counts(fd)));
	settle_us(NEVER);
	EXPECT_EQ(0, polled(fd, 0));
	EXPECT_EQ(0, polled(fd, 50));
}

struct watch {
	int fd;
	pthread_t thread;
	atomic_int said;
};

static void *watch_with_poll(void *arg)
{
	struct watch *watch = arg;

	watch->said = polled(watch->fd, WATCHDOG_MS);
	return NULL;
}

static void *watch_with_select(void *arg)
{
	struct watch *watch = arg;

	watch->said = selected(watch->fd) ? POLLIN : 0;
	return NULL;
}

static void watch_with(struct watch *watch, uint32_t events)
{
	int epoll = new_epoll(watch->fd, events);

	watch->said = next_event(epoll, WATCHDOG_MS);
	close(epoll);
}

static void *watch_with_epoll(void *arg)
{
	watch_with(arg, EPOLLIN);
	return NULL;
}

/* It asks that no more than one of those like it be woken. */
static void *watch_exclusively(void *arg)
{
	watch_with(arg, EPOLLIN | EPOLLEXCLUSIVE);
	return NULL;
}

#define WATCHES 3

/* They sleep when this returns, unless the machine is very busy. */
static void watch(struct watch watches[WATCHES], int fd, void *(*const ways[WATCHES])(void *))
{
	int i;

	for (i = 0; i < WATCHES; i++) {
		watches[i] = (struct watch){ .fd = fd };
		errno = pthread_create(&watches[i].thread, NULL, ways[i], &watches[i]);
		if (errno)
			die("cannot make a thread: %s", strerror(errno));
	}
	usleep(100000);
}

static void expect_told(struct __test_metadata *_metadata, struct watch watches[WATCHES],
			int events)
{
	int i;

	for (i = 0; i < WATCHES; i++) {
		ASSERT_EQ(0, pthread_join(watches[i].thread, NULL));
		EXPECT_TRUE(watches[i].said & events);
	}
}

/* Several watch at once; all of them are told of the one sample. */
TEST_F(readiness, B_who_sleeps_in_poll_select_or_epoll_is_woken)
{
	static void *(*const ways[WATCHES])(void *) = {
		watch_with_poll, watch_with_select, watch_with_epoll,
	};
	struct watch watches[WATCHES];
	int i;

	watch(watches, self->bench.fd, ways);
	for (i = 0; i < WATCHES; i++)
		EXPECT_EQ(0, watches[i].said);

	settle_us(100000);
	expect_told(_metadata, watches, POLLIN);
	settle_us(NEVER);
	EXPECT_STREQ("", counts_text(file_counts(self->bench.fd)));
}

/* The first may not look: so it is no use to wake one. */
TEST_F(readiness, L16_L25_who_asks_to_be_woken_alone_is_woken_with_the_others)
{
	static void *(*const ways[WATCHES])(void *) = {
		watch_exclusively, watch_exclusively, watch_exclusively,
	};
	struct watch watches[WATCHES];

	watch(watches, self->bench.fd, ways);
	settle_us(100000);
	expect_told(_metadata, watches, POLLIN);
	settle_us(NEVER);
	watch(watches, self->bench.fd, ways);
	ASSERT_EQ(0, node_unplug());
	expect_told(_metadata, watches, EPOLLERR);
}

TEST_F(readiness, A7_B_poll_and_read_again_and_again)
{
	int i;

	settle_us(2000);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(POLLIN | POLLRDNORM,
			  polled(self->bench.fd, WATCHDOG_MS));
		ASSERT_LE(1, read_until_eagain(self->bench.fd));
	}
}

/* A device that stays ready is told of each time; one that is not, is not. */
TEST_F(readiness, B_epoll_level)
{
	int epoll = new_epoll(self->bench.fd, EPOLLIN), i;
	struct cancelsafe_sample sample;

	EXPECT_EQ(0, next_event(epoll, 0));
	settle_us(100000);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(EPOLLIN, next_event(epoll, WATCHDOG_MS));
	ASSERT_EQ(SAMPLE_SIZE, read(self->bench.fd, &sample, sizeof(sample)));
	settle_us(NEVER);
	EXPECT_EQ(0, next_event(epoll, 0));
	close(epoll);
}

/*
 * One event for each time that the device becomes ready, although nobody asks:
 * who took the last sample sees to the next event.
 */
TEST_F(readiness, A7_B_L26_epoll_edge)
{
	int epoll = new_epoll(self->bench.fd, EPOLLIN | EPOLLET);
	int events = 0, samples = 0;

	settle_us(5000);
	while (events < 20) {
		ASSERT_EQ(EPOLLIN, next_event(epoll, WATCHDOG_MS));
		events++;
		samples += read_until_eagain(self->bench.fd);
	}
	TH_LOG("%d events, %d samples", events, samples);
	EXPECT_LE(events / 2, samples);

	/* Not taken: it is told of once. */
	ASSERT_EQ(EPOLLIN, next_event(epoll, WATCHDOG_MS));
	EXPECT_EQ(0, next_event(epoll, 100));
	close(epoll);
}

/* Who takes no more than was promised, and does not ask, is told of the next. */
TEST_F(readiness, A7_L26_epoll_edge_and_one_read_for_each_event)
{
	int epoll = new_epoll(self->bench.fd, EPOLLIN | EPOLLET), i;
	struct cancelsafe_sample sample;

	settle_us(5000);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(EPOLLIN, next_event(epoll, WATCHDOG_MS));
		ASSERT_EQ(SAMPLE_SIZE,
			  read(self->bench.fd, &sample, sizeof(sample)));
	}
	EXPECT_EQ(self->bench.sequence + 20, sample.sequence);
	close(epoll);
}

/* Its sample goes to another, and its read finds nothing: the next is its own. */
TEST_F(readiness, A7_L26_epoll_edge_and_the_sample_is_stolen)
{
	int epoll = new_epoll(self->bench.fd, EPOLLIN | EPOLLET), i;
	struct cancelsafe_sample sample;

	for (i = 0; i < 10; i++) {
		settle_us(1000);
		ASSERT_EQ(EPOLLIN, next_event(epoll, WATCHDOG_MS));
		ASSERT_EQ(SAMPLE_SIZE,
			  read(self->bench.fd, &sample, sizeof(sample)));
		settle_us(NEVER);
		ASSERT_EQ(0, read_until_eagain(self->bench.fd));
	}
	close(epoll);
}

/* The wake-up is over, the device is not ready any more, and then it is again. */
TEST_F(readiness, L18_L26_epoll_edge_and_the_settling_time_is_changed)
{
	int epoll = new_epoll(self->bench.fd, EPOLLIN | EPOLLET), i;

	for (i = 0; i < 10; i++) {
		settle_us(0);
		ASSERT_EQ(EPOLLIN, next_event(epoll, WATCHDOG_MS));
		settle_us(NEVER);
		ASSERT_EQ(0, read_until_eagain(self->bench.fd));
		ASSERT_EQ(0, next_event(epoll, 0));
	}
	close(epoll);
}

TEST_F(readiness, B_poll_while_a_reader_sleeps)
{
	int fd = node_open(O_RDONLY);
	struct reader *reader = read_in_thread(fd);

	self->bench.others = true;
	ASSERT_EQ(1, wait_waiting(1));
	EXPECT_EQ(0, polled(self->bench.fd, 0));
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	EXPECT_EQ(POLLIN | POLLRDNORM, polled(self->bench.fd, WATCHDOG_MS));
	close(fd);
}

/*
 * To be ready is to have a sample for who must not wait, and an acquisition is a
 * wait. That it is over, or takes no time any more, is told.
 */
TEST_F(readiness, B_L18_poll_while_an_acquisition_takes_time)
{
	int epoll = new_epoll(self->bench.fd, EPOLLIN | EPOLLET);

	settle_us(0);
	ASSERT_EQ(EPOLLIN, next_event(epoll, WATCHDOG_MS));
	acquire_us(1);
	EXPECT_EQ(0, polled(self->bench.fd, 0));
	EXPECT_EQ(0, read_until_eagain(self->bench.fd));
	EXPECT_EQ(0, next_event(epoll, 50));
	acquire_us(0);
	EXPECT_EQ(EPOLLIN, next_event(epoll, WATCHDOG_MS));
	EXPECT_EQ(POLLIN | POLLRDNORM, polled(self->bench.fd, 0));
	EXPECT_LE(1, read(self->bench.fd, &(struct cancelsafe_sample){}, 32));
	close(epoll);
}

TEST_F(readiness, B_poll_while_a_reader_acquires)
{
	int fd = node_open(O_RDONLY), epoll;
	struct reader *reader;

	self->bench.others = true;
	START_SERVICE_TEST();
	reader = read_in_thread(fd);
	ASSERT_EQ(1, wait_claimed(1));
	epoll = new_epoll(self->bench.fd, EPOLLIN | EPOLLET);
	EXPECT_EQ(0, polled(self->bench.fd, 100));
	EXPECT_EQ(0, next_event(epoll, 0));
	EXPECT_EQ(0, read_until_eagain(self->bench.fd));

	acquire_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	EXPECT_EQ(EPOLLIN, next_event(epoll, WATCHDOG_MS));
	close(epoll);
	close(fd);
}

/* With ->poll, io_uring would never bring its reads to a model that queues. */
TEST_F(csq, B_a_node_that_queues_has_no_poll)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	ASSERT_LE(0, epoll);
	EXPECT_EQ(-1, epoll_ctl(epoll, EPOLL_CTL_ADD, self->bench.fd, &event));
	EXPECT_EQ(EPERM, errno);
	close(epoll);
}

TEST_HARNESS_MAIN
