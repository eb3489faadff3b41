// SPDX-License-Identifier: GPL-2.0
/*
 * Has a command run at a terminal:
 *
 *	on_terminal COMMAND [ARGUMENT]...
 *
 * prints what it shows there, and ends as it does.
 */
#include <pty.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct winsize size = { .ws_row = 25, .ws_col = 100 };

/* When nobody has the terminal any more, reading it fails. */
static void copy(int terminal)
{
	char text[4096];
	ssize_t got;

	while ((got = read(terminal, text, sizeof(text))) > 0)
		if (write(STDOUT_FILENO, text, got) != got)
			break;
}

int main(int argc, char **argv)
{
	int terminal, status;
	pid_t pid;

	if (argc < 2) {
		fprintf(stderr, "usage: on_terminal COMMAND [ARGUMENT]...\n");
		return 2;
	}
	pid = forkpty(&terminal, NULL, NULL, &size);
	if (!pid) {
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	if (pid < 0) {
		perror("on_terminal: cannot start it at a terminal");
		return 1;
	}
	copy(terminal);
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status);
}
