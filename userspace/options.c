// SPDX-License-Identifier: GPL-2.0
/*
 * Options: numbers, read strictly.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"

#define MAX_OPTIONS 8
#define FIRST_LONG 256	/* getopt's values of the long names: above any char */

int complain(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("cancelsafe: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return STATUS_FAILED;
}

__attribute__((format(printf, 2, 3)))
static int bad_usage(const struct command *cmd, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "cancelsafe %s: ", cmd->name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\nTry `cancelsafe help %s`.\n", cmd->name);
	return STATUS_USAGE;
}

/* Digits from the first to the last character, and in range: nothing else. */
static bool parse_number(const char *text, struct number_option *option)
{
	__u64 value;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || value < option->min || value > option->max)
		return false;
	option->value = value;
	option->given = true;
	return true;
}

/* getopt's two descriptions of the options, made from ours. */
static void describe(const struct number_option *options, unsigned int count,
		     char *shorts, struct option *longs)
{
	*shorts++ = ':';	/* tell a missing value from an unknown name */
	*shorts++ = 'h';
	*longs++ = (struct option){ "help", no_argument, NULL, 'h' };
	for (unsigned int i = 0; i < count; i++) {
		if (options[i].letter) {
			*shorts++ = options[i].letter;
			*shorts++ = ':';
		}
		*longs++ = (struct option){ options[i].name, required_argument,
					    NULL, FIRST_LONG + i };
	}
	*shorts = '\0';
	*longs = (struct option){ 0 };
}

static struct number_option *find(struct number_option *options,
				  unsigned int count, int value)
{
	if (value >= FIRST_LONG)
		return &options[value - FIRST_LONG];
	for (unsigned int i = 0; i < count; i++)
		if (options[i].letter == value)
			return &options[i];
	return NULL;
}

static int unknown_option(const struct command *cmd, char **argv)
{
	if (optopt == 'h')
		return bad_usage(cmd, "--help takes no value");
	if (optopt)
		return bad_usage(cmd, "there is no option -%c", optopt);
	return bad_usage(cmd, "there is no option %s", argv[optind - 1]);
}

int options_parse(const struct command *cmd, int argc, char **argv,
		  struct number_option *options, unsigned int count)
{
	struct option longs[MAX_OPTIONS + 2];
	char shorts[2 * MAX_OPTIONS + 3];
	struct number_option *option;
	int value;

	describe(options, count, shorts, longs);
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (value == 'h') {
			fputs(cmd->help, stdout);
			return STATUS_HELD;
		}
		if (value == '?')
			return unknown_option(cmd, argv);
		option = find(options, count, value == ':' ? optopt : value);
		if (value == ':')
			return bad_usage(cmd, "--%s needs a number from %llu to %llu",
					 option->name, option->min, option->max);
		if (!parse_number(optarg, option))
			return bad_usage(cmd, "--%s: \"%s\" is not a number from %llu to %llu",
					 option->name, optarg, option->min, option->max);
	}
	if (optind < argc)
		return bad_usage(cmd, "what is \"%s\"? Options only, please",
				 argv[optind]);
	return STATUS_GO_ON;
}
