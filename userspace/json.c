// SPDX-License-Identifier: GPL-2.0
/*
 * Writing JSON to standard output, an element after the other.
 */
#include <stdio.h>

#include "json.h"

static unsigned int depth;
static bool first = true;	/* of its object or array: no comma before it */

static void new_line(void)
{
	printf("\n%*s", 2 * depth, "");
}

static void put_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < ' ')
			printf("\\u%04x", *text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void begin(const char *key)
{
	if (!first)
		putchar(',');
	first = false;
	if (depth)
		new_line();
	if (key) {
		put_string(key);
		printf(": ");
	}
}

void json_open(const char *key, char bracket)
{
	begin(key);
	putchar(bracket);
	depth++;
	first = true;
}

void json_close(char bracket)
{
	depth--;
	if (!first)
		new_line();
	first = false;
	putchar(bracket);
	if (!depth)
		putchar('\n');
}

void json_number(const char *key, __u64 value)
{
	begin(key);
	printf("%llu", value);
}

void json_real(const char *key, double value)
{
	begin(key);
	printf("%.3f", value);
}

void json_bool(const char *key, bool value)
{
	begin(key);
	printf("%s", value ? "true" : "false");
}

void json_text(const char *key, const char *value)
{
	begin(key);
	put_string(value);
}
