/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's file, /cancelsafe.ko unless CANCELSAFE_KO says otherwise: loaded
 * and unloaded.
 */
#ifndef MODULE_H
#define MODULE_H

const char *module_file(void);
const char *module_file_missing(void);
int module_load(const char *parameters);
int module_unload(void);
int module_unload_soon(void);

#endif /* MODULE_H */
