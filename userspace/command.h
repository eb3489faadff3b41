/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A subcommand, and what all of them share: options, complaints, statuses.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <linux/types.h>

/* What the program ends with. */
enum status {
	STATUS_HELD = 0,	/* done; for stress: the law held */
	STATUS_FAILED = 1,	/* the law was broken, or it could not be done */
	STATUS_USAGE = 2,	/* the command line was wrong */
	STATUS_GO_ON = -1,	/* from options_parse() only: run the command */
};

/**
 * struct command - a subcommand
 * @name:    what the user types
 * @summary: one line for the list of commands
 * @help:    what `cancelsafe help NAME` prints
 * @run:     does it; @argv[0] is the name. Returns the program's status
 */
struct command {
	const char *name;
	const char *summary;
	const char *help;
	int (*run)(int argc, char **argv);
};

extern const struct command command_stress;
extern const struct command command_cancel;
extern const struct command command_read;
extern const struct command command_info;

/**
 * struct number_option - an option that takes a number: all of ours do
 * @name:   the long name, without its dashes
 * @letter: the short name, or 0
 * @min:    smallest value that is accepted
 * @max:    largest value that is accepted
 * @value:  in: the default; out: what the user gave
 * @given:  out: the user gave it
 */
struct number_option {
	const char *name;
	char letter;
	__u64 min, max;
	__u64 value;
	bool given;
};

/**
 * options_parse() - read a subcommand's options, and answer --help
 * @cmd:     the subcommand
 * @argc:    as its run() got it
 * @argv:    as its run() got it
 * @options: its options; value and given are filled in
 * @count:   how many options there are, at most 8
 *
 * Return: STATUS_GO_ON, or the status to end with (what there was to say has
 * been said).
 */
int options_parse(const struct command *cmd, int argc, char **argv,
		  struct number_option *options, unsigned int count);

/**
 * complain() - say on standard error what went wrong
 * @fmt: what was tried, what came back, what to do; without a newline
 *
 * Return: STATUS_FAILED, so that a command can end with it.
 */
__attribute__((format(printf, 1, 2)))
int complain(const char *fmt, ...);

#endif /* COMMAND_H */
