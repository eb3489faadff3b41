/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `cancelsafe survey` asks: a file, or an object of its own that has no path.
 */
#ifndef SUBJECT_H
#define SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

struct subject;

/**
 * struct kind - a kind of object that has no path
 * @name:    what the user types
 * @meaning: what it is, for people
 * @counts:  a read gets a number of 8 bytes, how much has come, and not that itself
 * @make:    make one; 0, or -1 and errno
 * @feed:    let one unit of data come; 0, or -1 and errno. Any thread may
 */
struct kind {
	const char *name;
	const char *meaning;
	bool counts;
	int (*make)(struct subject *subject);
	int (*feed)(const struct subject *subject);
};

/**
 * struct subject - what is asked
 * @name:    what the user typed
 * @kind:    of an object of our own: which kind; NULL: a file, whose data is not ours
 * @fd:      where it is read; a read waits
 * @feed_fd: of an object of our own: where its data comes in, if that is another
 */
struct subject {
	const char *name;
	const struct kind *kind;
	int fd, feed_fd;
};

/**
 * subject_open() - make the object, or open the file
 * @subject: whose name is set
 *
 * A word that is a kind's name is that; a file of that name is ./NAME. Open(2) does
 * not wait for a FIFO's writer or a modem, but it may wait for others, for ever.
 *
 * Return: 0, or -1 after having complained.
 */
int subject_open(struct subject *subject);

/**
 * subject_stands() - whether what it has to say has always been there
 * @subject: what was opened
 *
 * Return: true for block devices and regular files; but those of FUSE have a server,
 * which answers when it likes.
 */
bool subject_stands(const struct subject *subject);

/**
 * subject_amount() - how much data a read got
 * @subject: whose read
 * @buffer:  where it got it
 * @got:     what it returned
 *
 * Return: units of data.
 */
__u64 subject_amount(const struct subject *subject, const void *buffer, int got);

/**
 * subject_take() - take what data there is, or will be within a second
 * @subject: an object of our own
 *
 * It does not wait for more if that is then gone, because somebody else has read it.
 *
 * Return: units of data.
 */
__u64 subject_take(const struct subject *subject);

#endif /* SUBJECT_H */
