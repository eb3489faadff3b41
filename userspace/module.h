/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loading the module for one run, and unloading it.
 */
#ifndef MODULE_H
#define MODULE_H

/**
 * module_load() - load the module, if it is not there
 * @path: where it is; NULL: cancelsafe.ko in the current directory, or beside
 *        this program
 *
 * Return: 0, or -1 after having complained.
 */
int module_load(const char *path);

/**
 * module_unload() - unload the module, if we have loaded it and nobody else uses it
 *
 * All of our own files must be closed. What a ring had in flight when its
 * process ended may hold the module for another moment.
 *
 * Return: 0, or -1 after having complained.
 */
int module_unload(void);

#endif /* MODULE_H */
