/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cancelsafe bench: what an operation costs, ours beside what a person would use
 * instead and beside a floor that can hardly be lower. All of them are measured in one
 * process, in turn, lap by lap, so that whatever slows one slows the others.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdio.h>
#include <linux/types.h>

#define BENCH_LAPS 9		/* of each contender; odd, so that one is in the middle */
#define BENCH_BATCHES 2		/* sizes of a batch: alone, and many */
#define BENCH_BATCH_MOST 32	/* operations a system call has */
#define BENCH_FIGURES 256	/* at most */
#define BENCH_GOALS 32		/* at most */
#define BENCH_ABSENT 2		/* what open() returns if there is no such thing here */

/* What a contender is to the others. */
enum bench_role { OURS, PEER, FLOOR };

/**
 * struct bench_trial - what all contenders are to do
 * @scenario: the scenario's name
 * @waiting:  how many requests wait meanwhile
 * @batch:    how many operations a system call has; 0: as many as there are
 */
struct bench_trial {
	const char *scenario;
	unsigned int waiting, batch;
};

/**
 * struct bench_lap - what a lap was
 * @ns:         how long it took
 * @operations: how much was done
 */
struct bench_lap {
	__u64 ns;
	__u64 operations;
};

/**
 * struct contender - one of those that are compared
 * @name:  its name
 * @role:  what it is to the others
 * @kind:  for @open
 * @open:  make ready. 0; BENCH_ABSENT: this kernel, or this node, has no such thing;
 *         or another number after having complained
 * @lap:   do some operations, and see that they did what they should. 0, or another
 *         number after having complained
 * @close: the reverse of @open; 0, or another number after having complained
 */
struct contender {
	const char *name;
	enum bench_role role;
	const void *kind;
	int (*open)(const struct contender *contender, const struct bench_trial *trial,
		    void **state);
	int (*lap)(void *state, struct bench_lap *lap);
	int (*close)(void *state);
};

/**
 * struct figure - what a contender's operation cost
 * @trial:  what it had to do
 * @name:   who
 * @role:   what it is to the others
 * @absent: there is no such thing here
 * @low, @median, @high: of all laps, in ns
 */
struct figure {
	struct bench_trial trial;
	const char *name;
	enum bench_role role;
	bool absent;
	double low, median, high;
};

/* Whether a goal was met. */
enum goal_state { MET, MISSED, EXCUSED, UNJUDGED, GOAL_STATES };

/**
 * struct goal - what was wanted
 * @name:     its name
 * @meaning:  what is measured
 * @limit:    what it may be at most
 * @measured: what it is
 * @state:    so
 */
struct goal {
	const char *name;
	const char *meaning;
	double limit, measured;
	enum goal_state state;
};

/**
 * struct bench - what the user asked for, and what was found
 * @wanted:    a set of scenarios: bit n is the one with this index
 * @most:      how many requests are to wait, at most
 * @ns:        how many ns an instruction takes, where the clock counts these; else 0
 * @emulated:  the processor is a program: its time is no time of any machine
 * @reasons:   of goals that are missed; or NULL
 * @figures:   what was measured, in the order in which it was
 * @nr_figures: how many there are
 * @goals:     what was wanted
 * @nr_goals:  how many there are
 */
struct bench {
	unsigned int wanted;
	unsigned int most;
	unsigned int ns;
	bool emulated;
	FILE *reasons;
	struct figure figures[BENCH_FIGURES];
	unsigned int nr_figures;
	struct goal goals[BENCH_GOALS];
	unsigned int nr_goals;
};

/**
 * struct scenario - something that is measured
 * @name:  what it is called, in --scenario and in front of its goals
 * @title: what it is, for people
 * @unit:  what is measured, if it is not what an operation costs
 * @rate:  what an operation costs is shown, where that is time, as how many there are in
 *         a second
 * @run:   measure it: fills in figures and goals. 0, or -1 after having complained
 */
struct scenario {
	const char *name;
	const char *title;
	const char *unit;
	bool rate;
	int (*run)(struct bench *bench);
};

#define SCENARIOS 12

extern const struct scenario scenarios[SCENARIOS];
extern const unsigned int bench_batches[BENCH_BATCHES];

/* The scenarios: bench_cancel.c, bench_file.c and so on */
int bench_one(struct bench *bench);
int bench_many(struct bench *bench);
int bench_file(struct bench *bench);
int bench_killed(struct bench *bench);
int bench_closed(struct bench *bench);
int bench_serve(struct bench *bench);
int bench_late(struct bench *bench);
int bench_signal(struct bench *bench);
int bench_aio(struct bench *bench);
int bench_contend(struct bench *bench);
int bench_memory(struct bench *bench);
int bench_threads(struct bench *bench);

/**
 * bench_hold() - from here on whoever submits to the node waits, and can be cancelled
 *
 * Nobody does yet, but where the first request is in service at once, and others come
 * first. Until the scenario ends.
 *
 * Return: 0, or -1 after having complained.
 */
int bench_hold(void);

/**
 * bench_race() - have contenders do the same, in turn, and note what each cost
 * @bench:      where to
 * @trial:      what they do
 * @contenders: they
 * @count:      how many there are
 *
 * Return: 0, or -1 after having complained, or because a signal came.
 */
int bench_race(struct bench *bench, const struct bench_trial *trial,
	       const struct contender *contenders, unsigned int count);

/**
 * bench_note() - note a figure that was measured otherwise
 * @bench:   where to
 * @trial:   what was done
 * @name:    by whom
 * @role:    what that is to the others
 * @low:     the least
 * @median:  and so on
 * @high:    the most
 */
void bench_note(struct bench *bench, const struct bench_trial *trial, const char *name,
		enum bench_role role, double low, double median, double high);

/**
 * bench_figure() - look a figure up
 * @bench: where
 * @trial: what was done
 * @name:  by whom
 *
 * Return: the figure, or NULL: it was not measured, or there is no such thing here.
 */
const struct figure *bench_figure(const struct bench *bench, const struct bench_trial *trial,
				  const char *name);

/**
 * bench_goal() - note a goal, and whether it was met
 * @bench:    where to
 * @name:     its name
 * @meaning:  what is measured
 * @measured: what that is
 * @limit:    what it may be at most
 */
void bench_goal(struct bench *bench, const char *name, const char *meaning, double measured,
		double limit);

/**
 * bench_goal_ratio() - the same of what one figure is of another; none if one is not there
 * @bench:   where to
 * @name:    its name
 * @meaning: what is measured
 * @one:     the one
 * @other:   the other
 * @limit:   what it may be at most
 */
void bench_goal_ratio(struct bench *bench, const char *name, const char *meaning,
		      const struct figure *one, const struct figure *other, double limit);

/**
 * bench_rates() - of what an operation took make how many there are in a second
 * @bench: where
 * @first: the first of the figures
 */
void bench_rates(struct bench *bench, unsigned int first);

/**
 * struct bench_show - a way to show it
 * @begin: before the first scenario
 * @scenario: after one; its figures begin with @first
 * @end:   after the last one
 */
struct bench_show {
	void (*begin)(const struct bench *bench);
	void (*scenario)(const struct bench *bench, const struct scenario *scenario,
			 unsigned int first);
	void (*end)(const struct bench *bench);
};

extern const struct bench_show bench_terminal, bench_markdown, bench_json, bench_plot;
extern const char *const goal_words[GOAL_STATES];

/**
 * bench_value() - a figure's number as it is shown
 * @bench: how to show it
 * @ns:    the number
 *
 * Return: instructions, where the clock counts these; else ns.
 */
double bench_value(const struct bench *bench, double ns);

/**
 * bench_unit() - what bench_value() is in
 * @bench: how it is shown
 *
 * Return: "instructions" or "ns".
 */
const char *bench_unit(const struct bench *bench);

/**
 * bench_unit_of() - what a scenario's figures are in
 * @bench:    how they are shown
 * @scenario: which
 */
const char *bench_unit_of(const struct bench *bench, const struct scenario *scenario);

#endif /* BENCH_H */
