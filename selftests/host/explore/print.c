// SPDX-License-Identifier: GPL-2.0
/* An order, in columns: one an actor, one line a step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actor.h"
#include "arena.h"
#include "print.h"

#define COLUMN 20

static const char *const ops[] = {
	[HOST_READ] = "read", [HOST_WRITE] = "write", [HOST_XCHG] = "xchg",
	[HOST_CMPXCHG] = "cmpxchg", [HOST_ADD] = "add", [HOST_GET] = "get",
	[HOST_PUT] = "put", [HOST_LOCK] = "lock", [HOST_UNLOCK] = "unlock",
	[HOST_WAIT] = "wait for", [HOST_STEP] = "",
};

/* A line of what addr2line said, without its end. */
static bool get_line(FILE *from, char *line, size_t size)
{
	if (!fgets(line, size, from))
		return false;
	line[strcspn(line, "\n ")] = 0;
	return true;
}

/*
 * In which function and line of a .c file a point is: those of a header are the
 * shims and what they are inlined in.
 */
static void find_source(const char *pc, char *function, char *place,
			size_t size)
{
	char self[512] = "", command[600];
	FILE *from;

	*function = *place = 0;
	if (!pc || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return;
	snprintf(command, sizeof(command), "addr2line -ifse '%s' %p", self,
		 (void *)(pc - 1));
	from = popen(command, "r");
	while (from && get_line(from, function, size) &&
	       get_line(from, place, size) && strstr(place, ".h:"))
		;
	if (from)
		pclose(from);
}

static void describe_value(enum host_op op, unsigned long value)
{
	const char *name;

	if (op != HOST_READ && op != HOST_XCHG && op != HOST_CMPXCHG)
		return;
	printf(op == HOST_READ ? " = " : " was ");
	if (arena_find((void *)value, &name) == ARENA_OBJECT)
		printf("%s", name);
	else if (labs((int)value) < 4096)
		printf("%d", (int)value);
	else
		printf("set");
}

static void print_point(int actor, const struct point *point,
			const char *before)
{
	char function[128], place[128];
	const char *what = point->what, *name = "";

	find_source(point->pc, function, place, sizeof(place));
	arena_find(point->p, &name);
	if (*what == '&')
		what++;
	printf("#   %-20s %-21s %*s%s%s%s%s", place, function, actor * COLUMN,
	       "", before, ops[point->op], *ops[point->op] ? " " : "", what);
	if (*name)
		printf(" [%s]", name);
}

static void print_step(int actor, const struct point *point,
		       unsigned long value)
{
	int i;

	print_point(actor, point, "");
	describe_value(point->op, value);
	printf("\n");
	for (i = 0; i < nr_marks; i++)
		printf("#   %-20s %-21s %*s(%s)\n", "", "", actor * COLUMN, "",
		       marks[i]);
}

/* Nobody can run: who has not come to an end stands before these points. */
static void print_stuck(const struct scenario *scenario)
{
	int i;

	for (i = 0; i < scenario->nr_actors; i++) {
		if (scenario->actors[i].last || !actor_point(i)->what)
			continue;
		print_point(i, actor_point(i), "cannot ");
		printf("\n");
	}
}

/* Behind a point things go wrong at an access that is none. */
static void print_access(int actor, const char *pc)
{
	char function[128], place[128];

	find_source(pc, function, place, sizeof(place));
	if (*function)
		printf("#   %-20s %-21s %*s...\n", place, function,
		       actor * COLUMN, "");
}

static void print_head(const struct scenario *scenario)
{
	int i;

	printf("#   %-20s %-21s ", "", "");
	for (i = 0; i < scenario->nr_actors; i++)
		printf("%-*s", COLUMN, scenario->actors[i].name);
	printf("\n");
}

/**
 * print_order() - go through an order again, and print each step
 * @scenario: the scenario
 * @model:    for it, or NULL
 * @found:    the order; its @failed and @length are what this time came of it
 */
void print_order(const struct scenario *scenario,
		 const struct explored_model *model, const struct found *found)
{
	int i;

	print_head(scenario);
	search_begin(scenario, model);
	for (i = 0; i < found->length; i++) {
		const int actor = found->order[i];
		struct point point;

		if (actor >= scenario->nr_actors ||
		    !(actors_enabled() & 1u << actor)) {
			printf("#   actor %d cannot run now\n", actor);
			return;
		}
		point = *actor_point(actor);
		did = 0;
		nr_marks = 0;
		search_step(actor);
		print_step(actor, &point, did);
		if (*failure) {
			print_access(actor, memory_pc);
			return;
		}
	}
	if (!actors_enabled() && actors_stuck()) {
		print_stuck(scenario);
		fail("%s", actors_stuck());
	}
}
