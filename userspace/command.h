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
 * @name:        what the user types
 * @summary:     one line for the list of commands
 * @help:        what `cancelsafe help NAME` prints
 * @takes_files: files follow its options; so it has no --node
 * @run:         does it; @argv[0] is the name. Returns the program's status
 */
struct command {
	const char *name;
	const char *summary;
	const char *help;
	bool takes_files;
	int (*run)(int argc, char **argv);
};

extern const struct command command_stress;
extern const struct command command_cancel;
extern const struct command command_survey;
extern const struct command command_compare;
extern const struct command command_bench;
extern const struct command command_read;
extern const struct command command_info;

/* What stands behind an option's name. */
enum option_kind {
	NUMBER,		/* a number: the kind of most */
	FLAG,		/* nothing */
	TEXT,		/* some text */
	MAYBE_TEXT,	/* some text, or nothing */
};

/**
 * struct command_option - an option
 * @name:   the long name, without its dashes
 * @letter: the short name, or 0
 * @min:    smallest number that is accepted
 * @max:    largest number that is accepted
 * @value:  of a number: in: the default; out: what the user gave
 * @kind:   what stands behind its name
 * @wants:  of a text: what it is, for who forgets it
 * @text:   of a text: in: the default; out: what the user gave
 * @given:  out: the user gave it
 */
struct command_option {
	const char *name;
	char letter;
	__u64 min, max;
	__u64 value;
	enum option_kind kind;
	const char *wants;
	const char *text;
	bool given;
};

/* What a subcommand's help says of the option that all have that take no files. */
#define NODE_HELP \
"      --node NAME  another node than cancelsafe, as in /dev; each has its model:\n" \
"                   cancelsafe-wait-queue queues nothing\n"

/**
 * options_parse() - read a subcommand's options, obey --node, and answer --help
 * @cmd:     the subcommand
 * @argc:    as its run() got it
 * @argv:    as its run() got it
 * @options: its options; value, text and given are filled in
 * @count:   how many options there are, at most 12
 *
 * Return: STATUS_GO_ON, and getopt's optind is where the files begin; or the
 * status to end with (what there was to say has been said).
 */
int options_parse(const struct command *cmd, int argc, char **argv,
		  struct command_option *options, unsigned int count);

/**
 * bad_usage() - say on standard error what is wrong with the command line
 * @cmd: the subcommand
 * @fmt: what is wrong; without a newline
 *
 * Return: STATUS_USAGE, so that a command can end with it.
 */
__attribute__((format(printf, 2, 3)))
int bad_usage(const struct command *cmd, const char *fmt, ...);

/**
 * complain() - say on standard error what went wrong
 * @fmt: what was tried, what came back, what to do; without a newline
 *
 * Return: STATUS_FAILED, so that a command can end with it.
 */
__attribute__((format(printf, 1, 2)))
int complain(const char *fmt, ...);

/**
 * progress() - tell who sits at a terminal how far it is; no file gets that
 * @fmt: what is under way, in place of what was said before; "" when it is over
 */
__attribute__((format(printf, 1, 2)))
void progress(const char *fmt, ...);

#endif /* COMMAND_H */
