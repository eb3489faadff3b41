// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors go while reads wait. A read holds its open file, so that the
 * close of a descriptor, of this one or of a duplicate, is no cancel, unless the
 * node's close policy says that it is; exec is one for the threads and the rings
 * that end with it.
 */
#include <sys/socket.h>

#define ON_EVERY_NODE
#include "cancelsafe_test.h"
#include "ring.h"

/* It waits still, and is served when the device has settled. */
static void check_not_cancelled(struct __test_metadata *_metadata,
				struct reader *reader)
{
	EXPECT_EQ(1, node_counts().waiting);
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	EXPECT_TRUE(is_sample(&reader->sample));
}

TEST_F(node, A1_L7_close_while_another_thread_reads)
{
	int fd = node_open(O_RDONLY);
	struct reader *reader = read_in_thread(fd);

	self->bench.others = true;
	ASSERT_EQ(1, wait_waiting(1));
	ASSERT_EQ(0, close(fd));
	check_not_cancelled(_metadata, reader);
}

TEST_F(queue, A1_L7_close_while_a_rings_read_waits)
{
	struct ring *ring = ring_new(0);
	int fd = node_open(O_RDONLY);

	self->bench.others = true;
	ring_read(ring, 0, fd);
	ASSERT_EQ(1, wait_waiting(1));
	ASSERT_EQ(0, close(fd));
	EXPECT_EQ(1, node_counts().waiting);
	EXPECT_EQ(-ECANCELED, ring_cancel_until_ended(ring, 0));
	EXPECT_TRUE(ring_is_untouched(ring, 0));
}

TEST_F(node, A1_L8_a_duplicate_is_closed)
{
	struct reader *reader = read_in_thread(self->bench.fd);
	int duplicate = dup(self->bench.fd);

	ASSERT_EQ(1, wait_waiting(1));
	ASSERT_EQ(0, close(duplicate));
	check_not_cancelled(_metadata, reader);
}

TEST_F(node, A1_L8_a_forked_child_closes)
{
	struct reader *reader = read_in_thread(self->bench.fd);
	pid_t child;

	ASSERT_EQ(1, wait_waiting(1));
	child = fork_child();
	if (!child)
		_exit(close(self->bench.fd) ? 1 : 0);
	EXPECT_EQ(0, reap(child));
	check_not_cancelled(_metadata, reader);
}

/* Returns @fd as it arrives at the other end of a socket, or -1. */
static int pass_over_a_socket(int fd)
{
	char space[CMSG_SPACE(sizeof(fd))] = "";
	struct iovec byte = { .iov_base = &(char){ 0 }, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
	int ends[2], arrived = -1;

	*header = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(sizeof(fd)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	};
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return -1;
	if (sendmsg(ends[0], &msg, 0) == 1 && recvmsg(ends[1], &msg, 0) == 1)
		memcpy(&arrived, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	close(ends[0]);
	close(ends[1]);
	return arrived;
}

TEST_F(node, A1_L8_a_descriptor_passed_over_a_socket)
{
	int sent = node_open(O_RDONLY);
	int arrived = pass_over_a_socket(sent);
	struct reader *reader;

	self->bench.others = true;
	ASSERT_LE(0, arrived);
	reader = read_in_thread(arrived);
	ASSERT_EQ(1, wait_waiting(1));
	ASSERT_EQ(0, close(sent));
	check_not_cancelled(_metadata, reader);
	EXPECT_COUNTS(arrived, .submitted = 1, .completed = 1, .acquired = 1);
	close(arrived);
}

/* A thread that reads, and a ring that does, in a process that execs. */
TEST_F(queue, A1_A9_L9_exec_with_reads_waiting)
{
	pid_t child = fork_child();

	if (!child) {
		read_in_thread(self->bench.fd);
		ring_read(ring_new(0), 0, self->bench.fd);
		wait_waiting(2);
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	EXPECT_EQ(0, reap(child));
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .cancelled = 2);
}

/* The close policy "cancel" */

static void check_cancelled(struct __test_metadata *_metadata,
			    struct reader *reader)
{
	EXPECT_EQ(-ECANCELED, reader_result(reader));
	EXPECT_TRUE(reader_is_untouched(reader));
	EXPECT_EQ(0, node_counts().waiting);
}

TEST_F(node, A2_B_G2_L7_policy_cancel_close_while_another_thread_reads)
{
	int fd = node_open(O_RDONLY);
	struct reader *reader = read_in_thread(fd);

	self->bench.others = true;
	close_policy("cancel");
	ASSERT_EQ(1, wait_waiting(1));
	ASSERT_EQ(0, close(fd));
	check_cancelled(_metadata, reader);
}

TEST_F(queue, A2_B_G2_L7_policy_cancel_close_while_rings_reads_wait)
{
	struct ring *ring = ring_new(0);
	int i, fd = node_open(O_RDONLY);

	self->bench.others = true;
	close_policy("cancel");
	for (i = 0; i < 4; i++)
		ring_read(ring, i, fd);
	ASSERT_EQ(4, wait_waiting(4));
	ASSERT_EQ(0, close(fd));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(-ECANCELED, ring_result(ring, i));
		EXPECT_TRUE(ring_is_untouched(ring, i));
	}
	EXPECT_EQ(4, counts_since(node_counts(), self->bench.before).cancelled);
}

/* Linux tells nobody whether a close is the last one: each of them counts. */
TEST_F(node, A2_B_G2_L8_policy_cancel_a_duplicate_is_closed)
{
	struct reader *reader = read_in_thread(self->bench.fd);
	int duplicate = dup(self->bench.fd);

	close_policy("cancel");
	ASSERT_EQ(1, wait_waiting(1));
	ASSERT_EQ(0, close(duplicate));
	check_cancelled(_metadata, reader);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

TEST_F(node, B_G2_G4_L8_policy_cancel_a_forked_child_closes)
{
	struct reader *reader = read_in_thread(self->bench.fd);
	pid_t child;

	close_policy("cancel");
	ASSERT_EQ(1, wait_waiting(1));
	child = fork_child();
	if (!child)
		_exit(close(self->bench.fd) ? 1 : 0);
	EXPECT_EQ(0, reap(child));
	check_not_cancelled(_metadata, reader);
}

TEST_F(queue, B_G2_G4_L8_policy_cancel_a_child_closes_while_a_rings_read_waits)
{
	struct ring *ring = ring_new(0);
	pid_t child;

	close_policy("cancel");
	ring_read(ring, 0, self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	child = fork_child();
	if (!child)
		_exit(close(self->bench.fd) ? 1 : 0);
	EXPECT_EQ(0, reap(child));
	EXPECT_EQ(1, node_counts().waiting);
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
}

TEST_F(node, B_G2_L8_policy_cancel_spares_whom_the_descriptor_was_passed_to)
{
	int fd = node_open(O_RDONLY);
	struct reader *reader = read_in_process(fd);

	self->bench.others = true;
	close_policy("cancel");
	ASSERT_EQ(1, wait_waiting(1));
	ASSERT_EQ(0, close(fd));
	check_not_cancelled(_metadata, reader);
	EXPECT_EQ(0, reap(reader->pid));
}

TEST_F(node, A8_B_G2_policy_cancel_in_service)
{
	int fd = node_open(O_RDONLY);
	struct reader *reader;

	self->bench.others = true;
	START_SERVICE_TEST();
	close_policy("cancel");
	reader = read_in_thread(fd);
	ASSERT_EQ(1, wait_claimed(1));
	ASSERT_EQ(0, close(fd));
	EXPECT_EQ(1, node_counts().waiting);
	acquire_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
}

TEST_F(csq, G2_a_close_policy_is_one_of_two_words)
{
	char text[64];

	EXPECT_EQ(-EINVAL, node_write("close_policy", "closed"));
	EXPECT_EQ(-EINVAL, node_write("close_policy", "1"));
	close_policy("cancel\n");
	EXPECT_EQ(-EINVAL, node_write("close_policy", "lingers"));
	ASSERT_EQ(0, read_file(NODE_SYSFS "close_policy", text, sizeof(text)));
	EXPECT_STREQ("cancel\n", text);
}

TEST_HARNESS_MAIN
