/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small files of the kernel's, read at once.
 */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/**
 * text_of_file() - a file's text
 * @path: the file
 * @text: where to
 * @size: how much fits
 *
 * Return: 0, or a negative errno.
 */
int text_of_file(const char *path, char *text, size_t size);

/**
 * line_of_file() - a file's first line, without its newline
 * @path: the file
 * @text: where to
 * @size: how much fits
 *
 * Return: 0, or a negative errno.
 */
int line_of_file(const char *path, char *text, size_t size);

/**
 * number_of_text() - a text that is a number and nothing else
 * @text:  the text
 * @value: where to
 *
 * Return: whether it is.
 */
bool number_of_text(const char *text, __u64 *value);

/**
 * number_of_file() - a file that holds a number
 * @path:  the file
 * @value: where to
 *
 * Return: whether it could be read, and is one.
 */
bool number_of_file(const char *path, __u64 *value);

#endif /* FILES_H */
