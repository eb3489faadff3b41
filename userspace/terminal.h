/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The terminal, if there is one: single keys, and a line that is rewritten.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>

#define NO_KEY (-1)

/**
 * terminal_open() - take keys one by one, without echo
 *
 * Ctrl-C and Ctrl-Z are keys like any other until terminal_close().
 *
 * Return: whether there is a terminal, at both ends. If not, the other
 * functions do nothing but wait.
 */
bool terminal_open(void);

/**
 * terminal_key() - wait for a key
 * @timeout_ms: how long at most
 *
 * Return: the key, or NO_KEY.
 */
int terminal_key(int timeout_ms);

/**
 * terminal_line() - rewrite the live line
 * @text: what it is to say; cut if it is longer than the terminal is wide
 */
void terminal_line(const char *text);

/**
 * terminal_close() - erase the live line, and leave the terminal as it was
 */
void terminal_close(void);

#endif /* TERMINAL_H */
