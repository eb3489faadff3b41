/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a file may not be opened.
 */
#ifndef PERMISSION_H
#define PERMISSION_H

/**
 * permission_complain() - say whose a file is, and how to be allowed to read it
 * @path: the file, whose open(2) said EACCES
 */
void permission_complain(const char *path);

#endif /* PERMISSION_H */
