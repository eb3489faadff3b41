// SPDX-License-Identifier: GPL-2.0
/*
 * The rules that were seen broken.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "law.h"

/* Robust: a process may be killed while it holds the lock. */
void law_init(struct law *law)
{
	pthread_mutexattr_t attributes;

	*law = (struct law){ 0 };
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&law->lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
}

/* Whoever died with it has left at worst a breach that is half written. */
static void lock(struct law *law)
{
	if (pthread_mutex_lock(&law->lock) == EOWNERDEAD)
		pthread_mutex_consistent(&law->lock);
}

/*
 * The breach that stands for this one already: it says the same, or enough of
 * its kind are kept. NULL if there is none.
 */
static struct breach *find(struct law *law, const char *kind, const char *what)
{
	struct breach *last = NULL;
	unsigned int alike = 0;

	for (unsigned int i = 0; i < law->shown; i++) {
		if (law->first[i].kind != kind)
			continue;
		last = &law->first[i];
		alike++;
		if (!strcmp(last->what, what))
			return last;
	}
	return alike < LAW_ALIKE ? NULL : last;
}

static void add(struct law *law, const char *rule, const char *kind, const char *what)
{
	struct breach *breach = find(law, kind, what);

	law->broken++;
	if (breach) {
		if (strcmp(breach->what, what))
			breach->alike++;
		else
			breach->times++;
		return;
	}
	if (law->shown == LAW_SHOWN)
		return;
	breach = &law->first[law->shown];
	breach->rule = rule;
	breach->kind = kind;
	breach->times = 1;
	strcpy(breach->what, what);
	law->shown++;
}

void law_broken(struct law *law, const char *rule, const char *fmt, ...)
{
	char what[sizeof(law->first[0].what)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);

	lock(law);
	add(law, rule, fmt, what);
	pthread_mutex_unlock(&law->lock);
}

void law_snapshot(struct law *law, const char *whose, const char *when,
		  const struct snapshot *snapshot)
{
	const __u64 *c = snapshot->count;

	if (!requests_add_up(snapshot))
		law_broken(law, "A1",
			   "%s, %s: %llu submitted != %llu completed + %llu cancelled + %llu failed + %llu waiting",
			   whose, when, c[SUBMITTED], c[COMPLETED], c[CANCELLED],
			   c[FAILED], c[WAITING]);
	if (!samples_add_up(snapshot))
		law_broken(law, "A7",
			   "%s, %s: %llu acquired != %llu completed + %llu undeliverable",
			   whose, when, c[ACQUIRED], c[COMPLETED], c[UNDELIVERABLE]);
}
