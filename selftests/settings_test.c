// SPDX-License-Identifier: GPL-2.0
/*
 * What is set at the node and what it tells: settings, counts, snapshots.
 */
#include <dirent.h>
#include <inttypes.h>
#include <sys/stat.h>

#define ON_EVERY_NODE
#include "cancelsafe_test.h"

static const struct {
	const char *name;
	const char *min, *max;
	const char *too_small, *too_big;
} settings[] = {
	{ "settle_us", "0", "3600000000", "-1", "3600000001" },
	{ "acquire_us", "0", "3600000000", "-1", "3600000001" },
	{ "queue_limit", "1", "4194304", "0", "4194305" },
};

TEST_F(csq, B_settings_take_whatever_is_in_range)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		EXPECT_EQ(0, node_write(settings[i].name, settings[i].min));
		EXPECT_EQ(strtoull(settings[i].min, NULL, 10),
			  node_get(settings[i].name));
		EXPECT_EQ(0, node_write(settings[i].name, settings[i].max));
		EXPECT_EQ(strtoull(settings[i].max, NULL, 10),
			  node_get(settings[i].name));
		EXPECT_EQ(0, node_write(settings[i].name, "17\n"));
		EXPECT_EQ(17, node_get(settings[i].name));
	}
}

static void check_refused(struct __test_metadata *_metadata, const char *name,
			  const char *text)
{
	uint64_t before = node_get(name);

	EXPECT_EQ(-EINVAL, node_write(name, text)) {
		TH_LOG("\"%s\" written to %s", text, name);
	}
	EXPECT_EQ(before, node_get(name)) {
		TH_LOG("\"%s\" has changed %s", text, name);
	}
}

TEST_F(csq, B_settings_refuse_all_else_and_stay)
{
	static const char *const wrong[] = {
		"\n", " ", "-5", "five", "5five", "5 5", "5\n5", "5\n\n", " 5",
		"0x5", "5.0", "4294967296", "18446744073709551616",
		"99999999999999999999999999999999999999",
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		node_set(settings[i].name, 23);
		check_refused(_metadata, settings[i].name,
			      settings[i].too_small);
		check_refused(_metadata, settings[i].name, settings[i].too_big);
		for (j = 0; j < ARRAY_SIZE(wrong); j++)
			check_refused(_metadata, settings[i].name, wrong[j]);
	}
}

/* The kernel itself does not hand on a write of nothing. */
TEST_F(csq, B_a_write_of_nothing_changes_nothing)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		node_set(settings[i].name, 23);
		node_write(settings[i].name, "");
		EXPECT_EQ(23, node_get(settings[i].name));
	}
}

TEST_F(csq, B_who_may_do_what)
{
	static const struct {
		const char *path;
		mode_t mode;
	} files[] = {
		{ NODE, S_IFCHR | 0660 },
		{ NODE_SYSFS "model", S_IFREG | 0444 },
		{ NODE_SYSFS "settle_us", S_IFREG | 0644 },
		{ NODE_SYSFS "acquire_us", S_IFREG | 0644 },
		{ NODE_SYSFS "queue_limit", S_IFREG | 0644 },
		{ NODE_SYSFS "stats/all", S_IFREG | 0444 },
		{ NODE_SYSFS "stats/waiting", S_IFREG | 0444 },
	};
	struct stat st;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		ASSERT_EQ(0, stat(files[i].path, &st));
		EXPECT_EQ(files[i].mode, st.st_mode) {
			TH_LOG("%s has mode %o, not %o", files[i].path,
			       st.st_mode, files[i].mode);
		}
	}
}

TEST_F(csq, B_the_model_is_named)
{
	char text[64];

	ASSERT_EQ(0, read_file(NODE_SYSFS "model", text, sizeof(text)));
	EXPECT_STREQ("csq\n", text);
}

/* Which node has which attribute */

static const char *const nodes[] = {
	"cancelsafe", "cancelsafe-cancel-lock", "cancelsafe-driver-queue",
	"cancelsafe-framework", "cancelsafe-startio", "cancelsafe-wait-queue",
};

static const struct {
	const char *name;
	const char *only;	/* NULL: all have it */
	const char *without;
} attributes[] = {
	{ .name = "model" },
	{ .name = "close_policy" },
	{ .name = "settle_us" },
	{ .name = "acquire_us" },
	{ .name = "watchdog_s" },
	{ .name = "queue_limit", .without = "cancelsafe-wait-queue" },
	{ .name = "current_ended_by", .only = "cancelsafe-cancel-lock" },
	{ .name = "route", .only = "cancelsafe-framework" },
	{ .name = "lower", .only = "cancelsafe-framework" },
	{ .name = "dev" },	/* the kernel's own */
	{ .name = "uevent" },
};

static bool belongs(size_t i, const char *node)
{
	if (attributes[i].only)
		return !strcmp(attributes[i].only, node);
	return !attributes[i].without || strcmp(attributes[i].without, node);
}

static unsigned int files_of_node(struct __test_metadata *_metadata)
{
	DIR *dir = opendir(node_path(""));
	struct dirent *entry;
	unsigned int n = 0;

	ASSERT_NE(NULL, dir);
	while ((entry = readdir(dir)))
		n += entry->d_type == DT_REG;
	closedir(dir);
	return n;
}

/* Present where it belongs, absent everywhere else; and there are no others. */
TEST(B_each_node_has_the_attributes_of_its_model)
{
	size_t i, j;

	for (j = 0; j < ARRAY_SIZE(nodes); j++) {
		unsigned int n = 0;

		node_name = nodes[j];
		for (i = 0; i < ARRAY_SIZE(attributes); i++) {
			EXPECT_EQ(belongs(i, nodes[j]), node_has(attributes[i].name)) {
				TH_LOG("%s of %s", attributes[i].name, nodes[j]);
			}
			n += belongs(i, nodes[j]);
		}
		EXPECT_EQ(n, files_of_node(_metadata)) {
			TH_LOG("%s", nodes[j]);
		}
	}
	node_name = nodes[0];
}

/* Settings while requests wait */

TEST_F(node, L18_a_shorter_settling_time_is_obeyed_at_once)
{
	struct reader *reader;
	int i;

	for (i = 0; i < 30; i++) {
		settle_us(NEVER);
		reader = read_in_thread(self->bench.fd);
		ASSERT_EQ(1, wait_waiting(1));
		settle_us(i);
		ASSERT_EQ(SAMPLE_SIZE, reader_result(reader));
	}
}

/* It would have been served after two seconds, and still waits then. */
TEST_F(node, L18_a_longer_settling_time_is_obeyed_at_once)
{
	struct reader *reader;
	uint64_t end;

	settle_us(0);
	end = node_probe().acquired_ns + 2200000000;
	self->bench.others = true;
	settle_us(2000000);
	reader = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	settle_us(NEVER);
	while (now_ns() < end)
		usleep(10000);
	EXPECT_FALSE(reader->ended);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);
}

/* All but the first wait behind it. */
TEST_F(queue, A6_L18_a_changed_acquisition_time_is_obeyed_at_once)
{
	struct reader *readers[3];
	int i;

	START_SERVICE_TEST();
	for (i = 0; i < 3; i++) {
		readers[i] = read_in_thread(self->bench.fd);
		ASSERT_EQ(i + 1, wait_waiting(i + 1));
	}
	ASSERT_EQ(1, wait_claimed(1));
	acquire_us(1000);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(SAMPLE_SIZE, reader_result(readers[i]));
		EXPECT_EQ(self->bench.sequence + 1 + i,
			  readers[i]->sample.sequence);
	}
	EXPECT_LE(readers[1]->sample.acquired_ns + 1000000,
		  readers[2]->sample.acquired_ns);
}

/* Counts */

static const char *expected_lines(char *text, struct counts counts)
{
	const uint64_t *values = (const uint64_t *)&counts;
	char *end = text;
	size_t i;

	for (i = 0; i < NR_COUNTS; i++)
		end += sprintf(end, "%s:\t%" PRIu64 "\n", count_names[i],
			       values[i]);
	return text;
}

/* One request of each fate, and one that waits. */
static void make_counts(struct __test_metadata *_metadata, int fd)
{
	struct reader *reader;

	handle_signals(0);
	reader = read_in_thread(fd);
	ASSERT_EQ(1, wait_waiting(1));
	reader_signal(reader);
	ASSERT_EQ(-EINTR, reader_result(reader));
	settle_us(0);
	ASSERT_EQ(-1, read(fd, before_a_hole(0), 32));
	ASSERT_EQ(SAMPLE_SIZE, reader_result(read_in_thread(fd)));
	settle_us(NEVER);
	read_in_thread(fd);
	ASSERT_EQ(1, wait_waiting(1));
}

TEST_F(node, A1_A7_single_counts_and_the_snapshot_agree)
{
	char seen[512], lines[512], name[64];
	struct counts counts;
	uint64_t *values = (uint64_t *)&counts;
	size_t i;

	make_counts(_metadata, self->bench.fd);
	for (i = 0; i < NR_COUNTS; i++) {
		snprintf(name, sizeof(name), "stats/%s", count_names[i]);
		values[i] = node_get(name);
	}
	ASSERT_EQ(0, read_file(node_path("stats/all"), seen, sizeof(seen)));
	EXPECT_STREQ(expected_lines(lines, counts), seen);
}

TEST_F(node, A1_A7_each_open_file_counts_its_own)
{
	int second = node_open(O_RDONLY);
	struct counts node;

	self->bench.others = true;
	make_counts(_metadata, self->bench.fd);
	settle_us(0);
	ASSERT_EQ(0, wait_waiting(0));
	ASSERT_EQ(SAMPLE_SIZE, reader_result(read_in_thread(second)));
	EXPECT_COUNTS(self->bench.fd, .submitted = 4, .completed = 2,
		      .cancelled = 1, .failed = 1, .acquired = 3,
		      .undeliverable = 1);
	EXPECT_COUNTS(second, .submitted = 1, .completed = 1, .acquired = 1);
	node = counts_since(node_counts(), self->bench.before);
	EXPECT_STREQ("submitted 5 completed 3 cancelled 1 failed 1 acquired 4 undeliverable 1 ",
		     counts_text(node));
	close(second);
}

/* The kernel's own lines first, then ours, as in stats/all. */
TEST_F(node, B_fdinfo_ends_with_the_files_snapshot)
{
	char path[64], text[1024], lines[512];
	const char *ours;

	make_counts(_metadata, self->bench.fd);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->bench.fd);
	ASSERT_EQ(0, read_file(path, text, sizeof(text)));
	ours = strstr(text, "submitted:");
	ASSERT_NE(NULL, ours);
	EXPECT_EQ(0, strncmp(text, "pos:\t0\n", 7));
	EXPECT_STREQ(expected_lines(lines, (struct counts){
			.submitted = 4, .completed = 1, .cancelled = 1,
			.failed = 1, .waiting = 1, .acquired = 2,
			.undeliverable = 1 }), ours);
}

static atomic_bool stop;

static void *read_until_stopped(void *fd)
{
	struct cancelsafe_sample sample;

	while (!stop)
		if (read(*(int *)fd, &sample, sizeof(sample)) < 0 &&
		    errno != EINTR)
			die("a read failed: %s", strerror(errno));
	return NULL;
}

/*
 * Whenever it is taken, a snapshot is of one moment. In turn the reads end as fast as
 * they can, and wait for long enough that a signal finds them waiting.
 */
TEST_F(queue, A1_A7_the_law_holds_in_every_snapshot)
{
	unsigned int broken = 0, taken = 0, busy = 0;
	uint64_t begun = now_ns();
	struct counts node, file = {};
	pthread_t threads[4];
	int i;

	handle_signals(0);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL,
					    read_until_stopped,
					    &self->bench.fd));
	while (go_on(begun, 1000,
		     busy > 50 && file.cancelled > 20 && file.completed > 20)) {
		settle_us(taken % 2 ? 20 : 5000);
		pthread_kill(threads[taken / 2 % 4], SIGUSR1);
		node = counts_since(node_counts(), self->bench.before);
		file = file_counts(self->bench.fd);
		broken += !law_holds(node) + !law_holds(file);
		busy += node.waiting > 0;
		taken++;
	}
	stop = true;
	settle_us(0);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
	TH_LOG("%u snapshots, %u with reads waiting: %s", taken, busy,
	       counts_text(file_counts(self->bench.fd)));
	EXPECT_EQ(0, broken);
	EXPECT_LT(50, busy);
	EXPECT_LT(20, file.cancelled);
	EXPECT_LT(20, file.completed);
}

TEST_HARNESS_MAIN
