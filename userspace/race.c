// SPDX-License-Identifier: GPL-2.0
/*
 * Reads that are cancelled while data comes for them.
 *
 * The data of our own objects comes from another thread, at an appointed time; that
 * of other files when it comes. How long after the appointed time, or else after the
 * submission, the cancel is made is aimed anew for each read: later if the last one
 * was cancelled, sooner if it got data. So about as many end in the one way as in the
 * other, whatever machine and file need. One so slow or busy that the soonest cancel is
 * later than our data, or the latest one sooner, is given more time.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

#include "aim.h"
#include "command.h"
#include "race.h"

#define APPOINTMENT_NS 1000000	/* at first: the feeder wakes, and the read begins to wait */
#define LATEST_NS 10000000	/* no cancel waits longer for data */
#define ENOUGH_NS 100000000	/* neither is made longer if it is that */

/*
 * The thread that lets data come: one unit for each post of @go, at @at, or never
 * again if that is 0; then it posts @fed.
 */
struct feeder {
	const struct subject *subject;
	sem_t go, fed;
	__u64 at;
	int error;
	pthread_t thread;
};

static void *feed(void *arg)
{
	struct feeder *feeder = arg;

	for (;;) {
		sem_wait(&feeder->go);
		if (!feeder->at)
			return NULL;
		sleep_until(feeder->at);
		if (feeder->subject->kind->feed(feeder->subject))
			feeder->error = errno;
		sem_post(&feeder->fed);
	}
}

static int feeder_start(struct feeder *feeder)
{
	int err;

	sem_init(&feeder->go, 0, 0);
	sem_init(&feeder->fed, 0, 0);
	err = pthread_create(&feeder->thread, NULL, feed, feeder);
	if (!err)
		return 0;
	complain("cannot start a thread: %s: raise ulimit -u (RLIMIT_NPROC)", strerror(err));
	return -1;
}

static void feeder_appoint(struct feeder *feeder, __u64 at)
{
	feeder->at = at;
	sem_post(&feeder->go);
}

static int feeder_wait(struct feeder *feeder)
{
	sem_wait(&feeder->fed);
	if (!feeder->error)
		return 0;
	complain("cannot let data come for %s: %s", feeder->subject->name,
		 strerror(feeder->error));
	return -1;
}

static void feeder_stop(struct feeder *feeder)
{
	feeder_appoint(feeder, 0);
	pthread_join(feeder->thread, NULL);
}

static enum word word_of(const struct asker *asker)
{
	switch (asker->answer) {
	case 0:
		return SAID_CANCELLED;
	case -EALREADY:
		return SAID_RUNNING;
	case -ENOENT:
		return SAID_UNKNOWN;
	default:
		return SAID_ELSE;
	}
}

/* Of a file that is not ours, only a buffer that was written to betrays a loss. */
static bool has_lost(const struct subject *subject, const struct asker *asker, bool cancelled)
{
	if (!subject->kind)
		return cancelled && asker_buffer_touched(asker);
	if (cancelled)
		return !subject_take(subject);
	return !subject_amount(subject, asker->buffer, asker->result);
}

/* Only where data is sure to come: elsewhere there may be nothing to wait for. */
static void give_time(struct aim *aim)
{
	if (aim->at == aim->soonest && -aim->soonest < ENOUGH_NS)
		aim->soonest *= 2;
	if (aim->at == aim->latest && aim->latest < ENOUGH_NS)
		aim->latest *= 2;
}

/* Returns false if there can be no further round. */
static bool note_round(const struct subject *subject, const struct asker *asker,
		       struct aim *aim, struct findings *findings)
{
	struct race *race = &findings->race;
	bool cancelled = asker->ended && asker_was_cancelled(asker);

	race->rounds++;
	if (!asker->ended || (!cancelled && asker->result <= 0)) {
		findings->read_said = asker->result;
		findings->verdict = !asker->ended ? STAYS : asker->result ? FAILS : AT_END;
		return false;
	}
	race->ends[word_of(asker)][cancelled ? WAS_CANCELLED_IN_RACE : GOT_DATA]++;
	race->lost += has_lost(subject, asker, cancelled);
	aim_anew(aim, cancelled);
	if (subject->kind)
		give_time(aim);
	return true;
}

/*
 * The read, its cancel, and the data, which is appointed late enough for the soonest
 * cancel. The cancel is made without a look whether the
 * read has ended, as by a program that does something else meanwhile.
 */
static int meet(struct asker *asker, const struct aim *aim, struct feeder *feeder)
{
	__u64 appointed = now_ns() - aim->soonest;

	if (feeder)
		feeder_appoint(feeder, appointed);
	if (asker_begin(asker))
		return -1;
	if (!feeder)
		appointed = now_ns();
	sleep_until(appointed + aim->at);
	if (asker_cancel(asker))
		return -1;
	return feeder ? feeder_wait(feeder) : 0;
}

int race_run(const struct subject *subject, struct asker *asker, __u64 rounds,
	     struct findings *findings)
{
	struct feeder data = { .subject = subject };
	struct feeder *feeder = subject->kind ? &data : NULL;
	struct aim aim = { .soonest = feeder ? -APPOINTMENT_NS : 0, .latest = LATEST_NS };
	int err = 0;

	if (feeder && feeder_start(feeder))
		return -1;
	while (rounds-- && !err) {
		err = meet(asker, &aim, feeder);
		if (!err && !note_round(subject, asker, &aim, findings))
			break;
	}
	if (feeder)
		feeder_stop(feeder);
	return err;
}
