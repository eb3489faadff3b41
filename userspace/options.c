// SPDX-License-Identifier: GPL-2.0
/*
 * Options, read strictly. Every subcommand has --help, and --node if it takes no
 * files.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "node.h"

#define MAX_OPTIONS 12
/* getopt's values of the long names: above any char */
#define NODE_LONG 256
#define FIRST_LONG 257

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

void progress(const char *fmt, ...)
{
	va_list args;

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return;
	fflush(stdout);
	fputs("\r\033[K", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
}

int bad_usage(const struct command *cmd, const char *fmt, ...)
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
static bool parse_number(const char *text, struct command_option *option)
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

static int has_argument(const struct command_option *option)
{
	switch (option->kind) {
	case FLAG:
		return no_argument;
	case MAYBE_TEXT:
		return optional_argument;
	default:
		return required_argument;
	}
}

/* getopt's two descriptions of the options, made from ours. */
static void describe(const struct command *cmd, const struct command_option *options,
		     unsigned int count, char *shorts, struct option *longs)
{
	*shorts++ = ':';	/* tell a missing value from an unknown name */
	*shorts++ = 'h';
	*longs++ = (struct option){ "help", no_argument, NULL, 'h' };
	if (!cmd->takes_files)
		*longs++ = (struct option){ "node", required_argument, NULL, NODE_LONG };
	for (unsigned int i = 0; i < count; i++) {
		if (options[i].letter) {
			*shorts++ = options[i].letter;
			*shorts++ = ':';
		}
		*longs++ = (struct option){ options[i].name, has_argument(&options[i]),
					    NULL, FIRST_LONG + i };
	}
	*shorts = '\0';
	*longs = (struct option){ 0 };
}

static struct command_option *find(struct command_option *options,
				   unsigned int count, int value)
{
	if (value >= FIRST_LONG)
		return &options[value - FIRST_LONG];
	for (unsigned int i = 0; i < count; i++)
		if (options[i].letter == value)
			return &options[i];
	return NULL;
}

static int unknown_option(const struct command *cmd, char **argv,
			  const struct command_option *options)
{
	if (optopt == 'h')
		return bad_usage(cmd, "--help takes no value");
	if (optopt >= FIRST_LONG)
		return bad_usage(cmd, "--%s takes no value", options[optopt - FIRST_LONG].name);
	if (optopt)
		return bad_usage(cmd, "there is no option -%c", optopt);
	return bad_usage(cmd, "there is no option %s", argv[optind - 1]);
}

static int choose_node(const struct command *cmd, const char *name)
{
	if (name && node_choose(name))
		return STATUS_GO_ON;
	return bad_usage(cmd, "--node needs a node's name, as in --node cancelsafe-wait-queue");
}

static int missing_value(const struct command *cmd, const struct command_option *option)
{
	if (option->kind != NUMBER)
		return bad_usage(cmd, "--%s needs %s", option->name, option->wants);
	return bad_usage(cmd, "--%s needs a number from %llu to %llu",
			 option->name, option->min, option->max);
}

/* What may stand behind a long name with or without "=", getopt finds only with it. */
static bool take_text(struct command_option *option, int argc, char **argv)
{
	if (!optarg && option->kind == MAYBE_TEXT && optind < argc && argv[optind][0] != '-')
		optarg = argv[optind++];
	if (optarg)
		option->text = optarg;
	option->given = true;
	return !optarg || *optarg;
}

int options_parse(const struct command *cmd, int argc, char **argv,
		  struct command_option *options, unsigned int count)
{
	struct option longs[MAX_OPTIONS + 3];
	char shorts[2 * MAX_OPTIONS + 3];
	struct command_option *option;
	int value;

	describe(cmd, options, count, shorts, longs);
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (value == 'h') {
			fputs(cmd->help, stdout);
			return STATUS_HELD;
		}
		if (value == '?')
			return unknown_option(cmd, argv, options);
		if (value == NODE_LONG || (value == ':' && optopt == NODE_LONG)) {
			if (choose_node(cmd, optarg) != STATUS_GO_ON)
				return STATUS_USAGE;
			continue;
		}
		option = find(options, count, value == ':' ? optopt : value);
		if (value == ':' ||
		    (option->kind != NUMBER && !take_text(option, argc, argv)))
			return missing_value(cmd, option);
		if (option->kind == NUMBER && !parse_number(optarg, option))
			return bad_usage(cmd, "--%s: \"%s\" is not a number from %llu to %llu",
					 option->name, optarg, option->min, option->max);
	}
	if (optind < argc && !cmd->takes_files)
		return bad_usage(cmd, "what is \"%s\"? Options only, please", argv[optind]);
	return STATUS_GO_ON;
}
