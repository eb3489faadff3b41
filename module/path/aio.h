/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libaio: io_submit(2) of pread and preadv.
 */
#ifndef CS_PATH_AIO_H
#define CS_PATH_AIO_H

#include <linux/types.h>

struct iov_iter;
struct kiocb;

int cs_aio_init(void);
void cs_aio_exit(void);
ssize_t cs_aio_read(struct kiocb *iocb, struct iov_iter *to);

#endif /* CS_PATH_AIO_H */
