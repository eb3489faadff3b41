/* SPDX-License-Identifier: GPL-2.0 */
/*
 * read(2), readv, pread, and io_uring's READ.
 */
#ifndef CS_PATH_READ_H
#define CS_PATH_READ_H

#include <linux/types.h>

struct iov_iter;
struct kiocb;

int cs_read_init(void);
void cs_read_exit(void);
ssize_t cs_read_iter(struct kiocb *iocb, struct iov_iter *to);

#endif /* CS_PATH_READ_H */
