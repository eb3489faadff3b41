// SPDX-License-Identifier: GPL-2.0
/*
 * What there is to find out about a file, asked in a process of its own: io_uring's
 * threads are counted there, and whatever waits for ever is left behind with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asker.h"
#include "command.h"
#include "inquiry.h"
#include "race.h"
#include "threads.h"

#define OPEN_NS 5000000000ULL	/* how long open(2) may take */
#define SUBMIT_NS 2000000000ULL	/* how long io_uring_enter(2) may, to submit a read */
#define EXIT_NS 1000000000ULL	/* how long the process may take to end when it is done */
#define TICK_US 1000

#define BACKLOG_NS 1000000000	/* how long it may take to read what has come before */
#define PATIENCE_NS 200000000	/* a read that has not ended by then waits */
#define SHORTEST_PATIENCE_NS 30000
#define LOOKS 100
#define LOOK_LATER_NS 100000	/* each than the one before */
#define PASSES 5
#define PASSES_NS 5000000000ULL

enum stage { OPENING, ASKING, DONE };

/*
 * What the two processes share. The one that asks writes, but for HOLDS_UP, which it
 * cannot say; its findings are complete when @stage is DONE. What it complains of is
 * said when it has ended or is left behind.
 */
struct inquiry {
	_Atomic enum stage stage;
	_Atomic __u64 submitting;	/* since when a read is, or 0 */
	struct findings findings;
	char complaint[8192];
};

/* The process that asks. */

static enum verdict verdict_of(const struct asker *asker)
{
	if (!asker->ended)
		return STAYS;
	if (asker_was_cancelled(asker))
		return ASKED;
	return asker->result < 0 ? FAILS : asker->result ? NEVER_WAITS : AT_END;
}

static void keep(const struct asker *asker, struct findings *findings)
{
	findings->verdict = verdict_of(asker);
	findings->read_said = asker->result;
	findings->cancel_said = asker->answer;
	findings->cancels = asker->cancels;
	findings->after_ns = asker->after_ns;
}

/*
 * A read that io_uring had not begun, because no thread was as quick, tells nothing
 * about the file.
 */
static bool was_not_begun(const struct asker *asker, enum place place)
{
	return verdict_of(asker) == ASKED && !asker->answer && place != IN_POLL;
}

/*
 * The first that there are: of reads that soon follow each other, the next one may come
 * before the thread of the one before is free again.
 */
static int count_threads(struct findings *findings)
{
	unsigned int all;

	return findings->threads ? 0 : threads_count(&all, &findings->threads);
}

/*
 * Where a read waits that is in flight. That io_uring polls is seen only meanwhile; a
 * thread is there yet when its read has ended, but may not have begun it now.
 */
static int look(struct asker *asker, struct findings *findings)
{
	int polls = asker_polls(asker);

	if (polls < 0 || count_threads(findings))
		return -1;
	if (polls)
		findings->place = IN_POLL;
	return 0;
}

/* Has a read wait so long, and cancels it. */
static int cancel_after(struct asker *asker, __u64 patience, bool looks,
			struct findings *findings)
{
	if (asker_begin(asker) || asker_await(asker, now_ns() + patience))
		return -1;
	if ((looks && look(asker, findings)) || asker_cancel(asker))
		return -1;
	keep(asker, findings);
	if (was_not_begun(asker, findings->place))
		findings->verdict = NEVER_WAITS;
	return 0;
}

/*
 * Reads what the file has to say already, until a read waits, which is cancelled. If
 * most reads slept where they were submitted, until they had ended, then that is where
 * they wait: there was nothing to cancel yet.
 */
static int read_backlog(struct asker *asker, struct findings *findings)
{
	__u64 until = now_ns() + BACKLOG_NS;
	unsigned int reads = 0, held = 0;

	do {
		if (cancel_after(asker, PATIENCE_NS, true, findings))
			return -1;
		reads++;
		held += asker->held;
	} while (findings->verdict == NEVER_WAITS && now_ns() < until);
	if (findings->verdict == NEVER_WAITS && held > reads / 2)
		findings->verdict = HOLDS_UP;
	return 0;
}

/* Looks at a read some time after its submission, and then cancels it. */
static int look_once(struct asker *asker, __u64 patience, struct findings *findings,
		     enum verdict *verdict)
{
	if (asker_begin(asker) || asker_await(asker, now_ns() + patience) ||
	    look(asker, findings) || asker_cancel(asker))
		return -1;
	*verdict = was_not_begun(asker, findings->place) ? NEVER_WAITS : verdict_of(asker);
	return 0;
}

/*
 * Looks where a read waits: the first time when it has just been submitted, for its
 * data may come soon, and then later and later, for it may have to be begun by a
 * thread.
 */
static int look_where(struct asker *asker, struct findings *findings)
{
	enum verdict verdict = NEVER_WAITS;

	for (int i = 0; i < LOOKS && verdict == NEVER_WAITS && findings->place != IN_POLL; i++)
		if (look_once(asker, i * LOOK_LATER_NS, findings, &verdict))
			return -1;
	if (count_threads(findings))
		return -1;
	if (findings->place != IN_POLL && verdict == ASKED)
		findings->place = findings->threads ? IN_THREAD : IN_DRIVER;
	if (verdict != ASKED && verdict != NEVER_WAITS)
		keep(asker, findings);
	return 0;
}

/* Notes whether some read still was in flight when its submission had returned. */
static int cancel_sooner(struct asker *asker, struct findings *findings, bool *in_flight)
{
	*in_flight = false;
	for (__u64 patience = PATIENCE_NS; patience > SHORTEST_PATIENCE_NS;
	     patience -= patience / 8) {
		if (cancel_after(asker, patience, false, findings))
			return -1;
		*in_flight |= !asker->at_once;
		if (findings->verdict != NEVER_WAITS)
			break;
	}
	return 0;
}

/*
 * Where data goes on to come, cancels sooner and sooner after the submission, until it
 * has not come yet. A busy machine may miss that, and so tries longer where there is
 * something to meet: reads that were in flight. What has always been there does not
 * come: then a cancel could be sooner only than the thread that is to read it.
 */
static int find_when(const struct subject *subject, struct asker *asker,
		     struct findings *findings)
{
	__u64 until = now_ns() + PASSES_NS;
	bool in_flight = true;

	if (subject_stands(subject))
		return 0;
	for (int i = 0; findings->verdict == NEVER_WAITS &&
	     (i < PASSES || (in_flight && now_ns() < until)); i++)
		if (cancel_sooner(asker, findings, &in_flight))
			return -1;
	return 0;
}

/* What comes after a cancelled read is for the next one. */
static int check_left(const struct subject *subject, struct findings *findings)
{
	if (!subject->kind)
		return 0;
	findings->told = true;
	if (subject->kind->feed(subject))
		return complain("cannot let data come for %s: %s", subject->name,
				strerror(errno));
	findings->race.lost += !subject_take(subject);
	return 0;
}

static int ask(const struct subject *subject, const struct questions *questions,
	       struct inquiry *inquiry)
{
	struct findings *findings = &inquiry->findings;
	struct asker *asker = calloc(1, sizeof(*asker));

	if (!asker)
		return complain("no memory for a buffer of %d bytes", ASKER_BUFFER);
	asker->fd = subject->fd;
	asker->submitting = &inquiry->submitting;
	asker->flags = questions->async ? IOSQE_ASYNC : 0;
	if (ring_open(&asker->ring, 4) || read_backlog(asker, findings))
		return -1;
	if (findings->verdict != ASKED && findings->verdict != NEVER_WAITS)
		return 0;
	if (look_where(asker, findings) || find_when(subject, asker, findings))
		return -1;
	if (findings->verdict != ASKED)
		return 0;
	if (findings->place == PLACE_UNKNOWN && findings->cancel_said == -EALREADY)
		findings->place = IN_THREAD;	/* io_uring says so of nothing else */
	if (check_left(subject, findings))
		return -1;
	return race_run(subject, asker, questions->rounds, findings);
}

/*
 * Whoever reads what our caller writes waits until nobody can write there any more, and
 * so must not wait for a process that is left behind.
 */
static void leave_output(struct inquiry *inquiry)
{
	FILE *complaint = fmemopen(inquiry->complaint, sizeof(inquiry->complaint), "w");
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (complaint && null >= 0) {
		setvbuf(complaint, NULL, _IONBF, 0);
		stderr = complaint;
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
	}
	if (null >= 0)
		close(null);
}

/* It must not outlive the process that wants to know. */
_Noreturn static void be(struct inquiry *inquiry, const char *name,
			 const struct questions *questions, pid_t parent)
{
	struct subject subject = { .name = name };
	int err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_FAILED);
	err = subject_open(&subject);
	leave_output(inquiry);
	inquiry->stage = ASKING;
	err = err ?: ask(&subject, questions, inquiry);
	if (!err)
		inquiry->stage = DONE;
	_exit(err ? STATUS_FAILED : STATUS_HELD);
}

/* The process that wants to know. */

/* Whether somebody has been at it for too long. */
static bool exceeds(__u64 since, __u64 limit)
{
	__u64 now = now_ns();

	return since && now > since && now - since > limit;
}

static int give_up_open(const char *name, pid_t pid)
{
	kill(pid, SIGKILL);
	return complain("cannot open %s: open(2) has not returned after %llu s", name,
			OPEN_NS / 1000000000);
}

static int give_up_submit(struct findings *findings, pid_t pid)
{
	kill(pid, SIGKILL);
	findings->verdict = HOLDS_UP;
	return 0;
}

static int end_of(const char *name, int status)
{
	if (WIFSIGNALED(status))
		return complain("the process that asked %s died: %s", name,
				strsignal(WTERMSIG(status)));
	return WEXITSTATUS(status);
}

/*
 * Until the other one has ended. It may wait for ever in what it cannot cancel, and
 * then to end: so not longer than either should take.
 */
static int attend(struct inquiry *inquiry, const char *name, pid_t pid)
{
	__u64 start = now_ns(), done = 0;
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (inquiry->stage == OPENING && exceeds(start, OPEN_NS))
			return give_up_open(name, pid);
		if (exceeds(inquiry->submitting, SUBMIT_NS))
			return give_up_submit(&inquiry->findings, pid);
		if (inquiry->stage == DONE && !done)
			done = now_ns();
		if (exceeds(done, EXIT_NS))
			return 0;
		usleep(TICK_US);
	}
	return end_of(name, status);
}

static int run(struct inquiry *inquiry, const char *name, const struct questions *questions)
{
	pid_t parent = getpid(), pid;

	signal(SIGCHLD, SIG_DFL);	/* if it is ignored, nobody can be waited for */
	fflush(stdout);		/* or each has a copy of what is not written yet */
	pid = fork();
	if (!pid)
		be(inquiry, name, questions, parent);
	if (pid < 0)
		return complain("cannot start a process: %s: raise ulimit -u (RLIMIT_NPROC)",
				strerror(errno));
	return attend(inquiry, name, pid);
}

int inquire(const char *name, const struct questions *questions, struct findings *findings)
{
	struct inquiry *inquiry = mmap(NULL, sizeof(*inquiry), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int err;

	if (inquiry == MAP_FAILED)
		return complain("no memory: %s", strerror(errno));
	err = run(inquiry, name, questions);
	fflush(stdout);
	fputs(inquiry->complaint, stderr);
	*findings = inquiry->findings;
	munmap(inquiry, sizeof(*inquiry));
	return err;
}
