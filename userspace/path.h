/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The paths: the ways for a read to come in.
 */
#ifndef PATH_H
#define PATH_H

#include <stdbool.h>
#include <stddef.h>

/* An io_uring READ comes by one of two, as the node decides. */
enum path { PATH_READ, PATH_IOWQ, PATH_POLL, PATH_AIO, PATH_CMD, PATHS };

/* A set of them. */
#define PATH_BIT(path) (1U << (path))
#define PATHS_URING_READ (PATH_BIT(PATH_IOWQ) | PATH_BIT(PATH_POLL))
#define PATHS_RING (PATHS_URING_READ | PATH_BIT(PATH_CMD))

/**
 * struct path_words - a path, for people
 * @name:    its name in --path and in JSON
 * @meaning: what it is, in a few words
 * @absent:  of a node that has not got it: why
 */
struct path_words {
	const char *name;
	const char *meaning;
	const char *absent;
};

extern const struct path_words path_words[PATHS];

/**
 * paths_parse() - read "read,aio"
 * @text:  what the user gave
 * @paths: where to; 0: "all"
 * @wrong: what is wrong with it, and what to do
 * @size:  how much fits there
 *
 * Return: whether it could be read.
 */
bool paths_parse(const char *text, unsigned int *paths, char *wrong, size_t size);

/**
 * paths_of_node() - those that the node has, by its model
 *
 * Return: a set. If there is no node: any.
 */
unsigned int paths_of_node(void);

#endif /* PATH_H */
