/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `cancelsafe stress` tells programs.
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "run.h"

/**
 * report_json() - the whole of it as one JSON object, when it is over
 * @run: the run, verified
 */
void report_json(const struct run *run);

#endif /* REPORT_JSON_H */
