/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writing JSON to standard output, an element after the other.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <linux/types.h>

/*
 * @key is the element's name in its object; NULL in an array, and for the
 * outermost element.
 */

/**
 * json_open() - begin an object or an array
 * @key:     its name
 * @bracket: '{' or '['
 */
void json_open(const char *key, char bracket);

/**
 * json_close() - end what was begun last
 * @bracket: '}' or ']'
 */
void json_close(char bracket);

/**
 * json_number() - an element that is a number
 * @key:   its name
 * @value: the number
 */
void json_number(const char *key, __u64 value);

/**
 * json_real() - an element that is a number with a fraction
 * @key:   its name
 * @value: the number
 */
void json_real(const char *key, double value);

/**
 * json_bool() - an element that is true or false
 * @key:   its name
 * @value: which one
 */
void json_bool(const char *key, bool value);

/**
 * json_text() - an element that is text
 * @key:   its name
 * @value: the text
 */
void json_text(const char *key, const char *value);

#endif /* JSON_H */
