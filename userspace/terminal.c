// SPDX-License-Identifier: GPL-2.0
/*
 * The terminal, if there is one: single keys, and a line that is rewritten.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "terminal.h"

#define ERASE_LINE "\r\033[K"

static bool attached;
static bool keys_over;		/* end of file: the terminal has hung up */
static struct termios as_it_was;

/* Dies as if the signal had not been caught, but with the terminal put right. */
static void restore_and_die(int signal)
{
	ssize_t written = write(STDOUT_FILENO, ERASE_LINE, sizeof(ERASE_LINE) - 1);

	(void)written;
	tcsetattr(STDIN_FILENO, TCSANOW, &as_it_was);
	raise(signal);
}

bool terminal_open(void)
{
	struct sigaction action = {
		.sa_handler = restore_and_die,
		.sa_flags = SA_RESETHAND | SA_NODEFER,
	};
	struct termios raw;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetpgrp(STDIN_FILENO) != getpgrp() || tcgetattr(STDIN_FILENO, &as_it_was))
		return false;
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	raw = as_it_was;
	raw.c_lflag &= ~(ICANON | ECHO | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	attached = !tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	return attached;
}

int terminal_key(int timeout_ms)
{
	struct pollfd keys = { .fd = STDIN_FILENO, .events = POLLIN };
	unsigned char key;

	if (poll(&keys, attached && !keys_over, timeout_ms) <= 0)
		return NO_KEY;
	if (read(STDIN_FILENO, &key, 1) == 1)
		return key;
	keys_over = true;
	return NO_KEY;
}

void terminal_line(const char *text)
{
	struct winsize size;
	int columns = 80;

	if (!attached)
		return;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col > 1)
		columns = size.ws_col;
	printf(ERASE_LINE "%.*s", columns - 1, text);
	fflush(stdout);
}

void terminal_close(void)
{
	if (!attached)
		return;
	fputs(ERASE_LINE, stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &as_it_was);
	attached = false;
}
