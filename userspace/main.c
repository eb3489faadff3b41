// SPDX-License-Identifier: GPL-2.0
/*
 * cancelsafe: reads of the cancelsafe device, and their cancels.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct command *const commands[] = {
	&command_stress,
	&command_cancel,
	&command_survey,
	&command_compare,
	&command_bench,
	&command_read,
	&command_info,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find_command(const char *name)
{
	for (unsigned int i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static void print_help(FILE *out)
{
	fputs("usage: cancelsafe COMMAND [OPTION]...\n"
	      "\n"
	      "Reads the cancelsafe device, with io_uring or read(2), and cancels reads of it;\n"
	      "survey does so to any file.\n"
	      "\n", out);
	for (unsigned int i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fputs("  help     say more about a command: cancelsafe help COMMAND\n"
	      "\n"
	      "Ends with 0 if all was well, 1 if a rule was broken or something failed,\n"
	      "2 if the command line was wrong.\n", out);
}

static int unknown_command(const char *name)
{
	fprintf(stderr, "cancelsafe: there is no command \"%s\"\n"
		"Try `cancelsafe --help`.\n", name);
	return STATUS_USAGE;
}

static int option_first(const char *option)
{
	fprintf(stderr, "cancelsafe: \"%s\" stands before the command, but a command's options "
		"follow it, as in: cancelsafe stress -t 10\n"
		"Try `cancelsafe --help`.\n", option);
	return STATUS_USAGE;
}

static bool asks_for_help(const char *word)
{
	return !strcmp(word, "help") || !strcmp(word, "--help") || !strcmp(word, "-h");
}

static int help(int argc, char **argv)
{
	const struct command *cmd;

	if (argc == 1 || (argc == 2 && asks_for_help(argv[1]))) {
		print_help(stdout);
		return STATUS_HELD;
	}
	cmd = find_command(argv[1]);
	if (!cmd || argc > 2)
		return unknown_command(argv[argc - 1]);
	fputs(cmd->help, stdout);
	return STATUS_HELD;
}

static int run(int argc, char **argv)
{
	const struct command *cmd;

	if (argc < 2) {
		print_help(stderr);
		return STATUS_USAGE;
	}
	if (asks_for_help(argv[1]))
		return help(argc - 1, argv + 1);
	if (argv[1][0] == '-')
		return option_first(argv[1]);
	cmd = find_command(argv[1]);
	if (!cmd)
		return unknown_command(argv[1]);
	return cmd->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	/* A table that nobody received is no success: a full disk, say. */
	if (fflush(stdout) || ferror(stdout))
		return complain("cannot write the output: %s", strerror(errno));
	return status;
}
