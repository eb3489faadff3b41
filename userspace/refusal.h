/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why the kernel does not take a module.
 */
#ifndef REFUSAL_H
#define REFUSAL_H

/**
 * refusal_complain() - say why the kernel does not take a module, and what to do
 * @path: the module
 * @fd:   the same, open
 * @err:  what finit_module(2) said, a positive errno
 */
void refusal_complain(const char *path, int fd, int err);

#endif /* REFUSAL_H */
