// SPDX-License-Identifier: GPL-2.0
/*
 * Scripts. What is written to /sys/kernel/debug/cancelsafe/script, by one
 * write(2), is the order in which threads shall pass points, for instance
 *
 *	reader@interrupted
 *	cancelsafe@claimed
 *	reader@cancel-entered
 *
 * The actor is the thread's name as in /proc/TID/comm: a test gives its threads
 * names with prctl(2), a node's poller has that of its node, an io-wq worker is
 * iou-wrk-TID, after the thread that submits. point.h has the points.
 *
 * Whoever comes to a point for which a line of its own is still to come waits
 * until that line is the next. Then the line has fired, and the thread goes on.
 * Threads that are not in the script, or not at this point, or not any more, are
 * not held up; nor is who cannot sleep there, as who delivers for the framework within
 * an io_cancel(2).
 *
 * The script has passed when all its lines have fired, so in no other order than
 * the written one. It has failed if somebody had to wait for longer than
 * PATIENCE, or was killed meanwhile (who is dying does not wait at all: its line
 * has to be the next). Then everybody is let go. So is who waits when another
 * script is written; an empty one is none.
 *
 * Read, the file tells what became of the script, and of each of its lines:
 * fired, held (somebody has come, and waits or had to give up), or awaited.
 *
 * The lock guards the script; nothing is taken inside it.
 */
#include <linux/bug.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "point.h"

#define PATIENCE (10 * HZ)
#define MAX_LINES 32

enum progress {
	AWAITED,
	HELD,
	FIRED,
};

struct line {
	char actor[TASK_COMM_LEN];
	enum cs_point_id point;
	enum progress progress;
};

/**
 * struct script - the script
 * @number: of the scripts that were written this is so manieth
 * @lines:  of which @length are used
 * @length: 0: there is no script
 * @next:   the line that is to fire next; all before it have
 * @failed: why; or NULL
 */
struct script {
	unsigned int number;
	struct line lines[MAX_LINES];
	unsigned int length;
	unsigned int next;
	const char *failed;
};

DEFINE_STATIC_KEY_FALSE(cs_points_on);

static DEFINE_MUTEX(writing);
static DEFINE_SPINLOCK(lock);
static DECLARE_WAIT_QUEUE_HEAD(changed);
static struct script script;
static struct dentry *folder;

static bool is_running(void)
{
	return script.next < script.length && !script.failed;
}

/* At a point */

/* The first line to come that is the calling thread's, at this point. */
static struct line *line_of_mine(enum cs_point_id point)
{
	char actor[TASK_COMM_LEN];
	unsigned int i;

	get_task_comm(actor, current);
	for (i = script.next; i < script.length; i++) {
		struct line *line = &script.lines[i];

		if (line->point == point && !strcmp(line->actor, actor))
			return line;
	}
	return NULL;
}

/* May the calling thread go on? If that is by a line, the line fires. */
static bool may_go_on(enum cs_point_id point, unsigned int number)
{
	struct line *line = NULL;
	bool fires = false;

	spin_lock(&lock);
	if (script.number == number && is_running())
		line = line_of_mine(point);
	if (line) {
		fires = line == &script.lines[script.next];
		script.next += fires;
		line->progress = fires ? FIRED : HELD;
	}
	spin_unlock(&lock);

	if (fires)
		wake_up_all(&changed);
	return !line || fires;
}

static void fail(unsigned int number, const char *why)
{
	spin_lock(&lock);
	if (script.number == number && is_running())
		script.failed = why;
	spin_unlock(&lock);
	wake_up_all(&changed);
}

/**
 * cs_point_reached() - the calling thread is at a point
 * @point: which one
 *
 * Only cs_point() calls it. Who cannot sleep is not held up.
 *
 * Context: any, no locks of ours held.
 */
void cs_point_reached(enum cs_point_id point)
{
	unsigned int number = READ_ONCE(script.number);
	long left;

	if (irqs_disabled() || !in_task())
		return;
	might_sleep();
	left = wait_event_killable_timeout(changed, may_go_on(point, number),
					   PATIENCE);
	if (left <= 0)
		fail(number, left ? "failed: killed" : "failed: timed out");
}

/* Scripts */

static int parse_point(const char *name, enum cs_point_id *point)
{
	unsigned int i;

	for (i = 0; i < CS_NR_POINTS; i++) {
		if (!strcmp(name, cs_point_name(i))) {
			*point = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_line(char *text, struct line *line)
{
	char *point = text;
	char *actor = strsep(&point, "@");

	if (!point || !*actor || strlen(actor) >= sizeof(line->actor))
		return -EINVAL;
	strscpy(line->actor, actor, sizeof(line->actor));
	return parse_point(point, &line->point);
}

static int parse_script(char *text, struct script *parsed)
{
	char *line;
	int err = 0;

	while (!err && (line = strsep(&text, "\n"))) {
		if (!*line)
			continue;
		if (parsed->length == MAX_LINES)
			return -E2BIG;
		err = parse_line(line, &parsed->lines[parsed->length++]);
	}
	return err;
}

/* In place of the one before, whose waiters are let go. */
static void begin(struct script *parsed)
{
	mutex_lock(&writing);
	if (parsed->length)
		static_branch_enable(&cs_points_on);
	else
		static_branch_disable(&cs_points_on);

	spin_lock(&lock);
	parsed->number = script.number + 1;
	script = *parsed;
	spin_unlock(&lock);
	mutex_unlock(&writing);
	wake_up_all(&changed);
}

static ssize_t script_write(struct file *filp, const char __user *from,
			    size_t len, loff_t *pos)
{
	struct script *parsed;
	char *text;
	int err;

	if (len > PAGE_SIZE)
		return -E2BIG;
	text = memdup_user_nul(from, len);
	if (IS_ERR(text))
		return PTR_ERR(text);
	parsed = kzalloc(sizeof(*parsed), GFP_KERNEL);
	err = parsed ? parse_script(text, parsed) : -ENOMEM;
	if (!err)
		begin(parsed);
	kfree(parsed);
	kfree(text);
	return err ?: len;
}

static const char *verdict(void)
{
	if (!script.length)
		return "none";
	if (script.failed)
		return script.failed;
	return is_running() ? "running" : "passed";
}

static int script_show(struct seq_file *m, void *unused)
{
	static const char *const words[] = {
		[AWAITED] = "awaited",
		[HELD] = "held",
		[FIRED] = "fired",
	};
	unsigned int i;

	spin_lock(&lock);
	seq_printf(m, "%s\n", verdict());
	for (i = 0; i < script.length; i++) {
		const struct line *line = &script.lines[i];

		seq_printf(m, "%s %s@%s\n", words[line->progress], line->actor,
			   cs_point_name(line->point));
	}
	spin_unlock(&lock);
	return 0;
}

static int script_open(struct inode *inode, struct file *filp)
{
	return single_open(filp, script_show, NULL);
}

static const struct file_operations script_fops = {
	.owner = THIS_MODULE,
	.open = script_open,
	.read = seq_read,
	.write = script_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/**
 * cs_points_init() - before anybody can come to a point
 *
 * Where there is no debugfs there are no scripts.
 *
 * Context: may sleep.
 */
void cs_points_init(void)
{
	folder = debugfs_create_dir("cancelsafe", NULL);
	debugfs_create_file("script", 0600, folder, NULL, &script_fops);
}

/**
 * cs_points_exit() - after the last has left a point
 *
 * Nobody can read any more what became of the script: so it is said here.
 *
 * Context: may sleep.
 */
void cs_points_exit(void)
{
	debugfs_remove(folder);
	WARN(script.failed || is_running(),
	     "the module goes before its script has passed: %s\n", verdict());
}
