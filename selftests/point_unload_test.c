// SPDX-License-Identifier: GPL-2.0
/*
 * The module goes, with others held at the worst moment. What became of a script
 * that outlives its file the module says when it is unloaded: it warns, which
 * the kernel remembers, unless the script has passed.
 */
#include "module.h"
#include "points_fixture.h"

#define TAINT_WARN 512

static void __attribute__((constructor)) skip_without_module(void)
{
	if (access(module_file(), R_OK))
		ksft_exit_skip("there is no %s to load: name the module's file with CANCELSAFE_KO=\n",
			       module_file());
}

static bool kernel_has_warned(void)
{
	char text[32];

	if (read_file("/proc/sys/kernel/tainted", text, sizeof(text)))
		die("cannot read whether the kernel has warned");
	return strtoul(text, NULL, 10) & TAINT_WARN;
}

static pthread_t unloader;
static int unloaded;

static void *unload(void *unused)
{
	unloaded = module_unload();
	return unused;
}

static void start_rmmod(void)
{
	name_me("rmmod");
	if (pthread_create(&unloader, NULL, unload, NULL))
		die("cannot start a thread");
	name_me("test");
}

/* Returns what rmmod returned. */
static int join_rmmod(void)
{
	if (pthread_join(unloader, NULL))
		die("cannot join a thread");
	return unloaded;
}

FIXTURE(loaded) {
	bool warned;
};

FIXTURE_SETUP(loaded)
{
	script_clear();
	ASSERT_EQ(0, module_unload_soon());
	ASSERT_EQ(0, module_load("settle_us=0"));
	name_me("test");
	self->warned = kernel_has_warned();
	ASSERT_FALSE(self->warned) {
		TH_LOG("the kernel has warned before, and can be asked no more");
	}
}

FIXTURE_TEARDOWN(loaded)
{
	int err;

	EXPECT_FALSE(kernel_has_warned());
	if (!points_missing())
		script_clear();
	err = module_unload_soon();
	EXPECT_TRUE(!err || err == -ENOENT) {
		TH_LOG("cannot unload the module: %s", strerror(-err));
	}
	EXPECT_EQ(0, module_load(""));
}

/* Against open */

static void *open_node(void *fd)
{
	*(int *)fd = node_open(O_RDONLY);
	return NULL;
}

TEST_F(loaded, L17_open_is_first)
{
	pthread_t opener;
	int fd;

	script_start("test@setting\n"
		     "opener@open\n");
	name_me("opener");
	ASSERT_EQ(0, pthread_create(&opener, NULL, open_node, &fd));
	name_me("test");
	ASSERT_TRUE(wait_held("opener", "open"));
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	settle_us(0);
	ASSERT_EQ(0, pthread_join(opener, NULL));
	EXPECT_PASSED();
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	close(fd);
	EXPECT_EQ(0, module_unload());
}

/* All of the node is still there, and can be set; but not opened. */
TEST_F(loaded, L17_rmmod_is_first)
{
	script_start("rmmod@unload\n"
		     "test@setting\n"
		     "test@setting\n"
		     "rmmod@unplug\n");
	start_rmmod();
	settle_us(0);
	EXPECT_EQ(-1, open(NODE, O_RDONLY));
	EXPECT_EQ(ENODEV, errno);
	settle_us(0);
	EXPECT_EQ(0, join_rmmod());
	EXPECT_EQ(-1, access(NODE, F_OK));
}

/* Against the last completion */

/* Its reader has returned, its file is closed; the server is still in service. */
TEST_F(loaded, L30_unload_with_a_completion_in_its_tail)
{
	script_start("test@returning\n"
		     "rmmod@unload\n"
		     "rmmod@unplug\n"
		     SERVER "@completed\n");
	node_probe();
	EXPECT_TRUE(wait_held(SERVER, "completed"));
	start_rmmod();
	EXPECT_EQ(0, join_rmmod());
}

/* Nothing but the completion itself holds the request, and the open file. */
TEST_F(loaded, A9_L16_L30_unload_with_an_abandoned_completion_in_its_tail)
{
	struct reader *reader;
	int fd = node_open(O_RDONLY);

	script_start("reader@queued\n"
		     SERVER "@claimed\n"
		     "test@setting\n"
		     "reader@returning\n"
		     "rmmod@unload\n"
		     "rmmod@unplug\n"
		     SERVER "@before-complete\n"
		     SERVER "@completed\n");
	reader = process_named("reader", fd);
	close(fd);
	settle_us(0);
	kill(reader->pid, SIGKILL);
	EXPECT_TRUE(WIFSIGNALED(reap(reader->pid)));
	EXPECT_EQ(1, node_counts().waiting);
	start_rmmod();
	EXPECT_EQ(0, join_rmmod());
}

TEST_HARNESS_MAIN
