/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An AIO context of libaio's, with reads of the node, and cancels of them.
 */
#ifndef AIO_READS_H
#define AIO_READS_H

#include <libaio.h>
#include <sys/uio.h>

#include "node.h"

#define AIO_READS 2048
#define AIO_BUFFER 64

/**
 * struct aio_read - one read
 * @iocb:   what the kernel knows it by
 * @begun:  it was prepared
 * @ends:   how many events it had: 1, once it has ended
 * @result: of its event
 * @sample: what it read
 * @bytes:  its buffer, poisoned
 */
struct aio_read {
	struct iocb iocb;
	bool begun;
	unsigned int ends;
	long result;
	union {
		struct cancelsafe_sample sample;
		unsigned char bytes[AIO_BUFFER];
	};
};

/**
 * struct aio - a context and its reads
 * @context: the context; NULL after it was destroyed
 * @reads:   the reads
 *
 * Shared with children, and never freed, so that nothing can write into other
 * memory. A context itself belongs to the process that made it.
 */
struct aio {
	io_context_t context;
	struct aio_read reads[AIO_READS];
};

struct aio *aio_new(void);
void aio_open(struct aio *aio);
int aio_destroy(struct aio *aio);

/* Without submitting: to be changed */
struct iocb *aio_prepare(struct aio *aio, unsigned int i, int fd);
struct iocb *aio_prepare_vector(struct aio *aio, unsigned int i, int fd,
				const struct iovec *segments, int nr);

void aio_submit(struct aio *aio, unsigned int i);
void aio_read(struct aio *aio, unsigned int i, int fd);
void aio_read_many(struct aio *aio, unsigned int n, int fd);
int aio_cancel(struct aio *aio, unsigned int i);

/* Events */
bool aio_reap(struct aio *aio);
long aio_result(struct aio *aio, unsigned int i);
bool aio_all_ended_once(struct aio *aio);
bool aio_is_untouched(const struct aio *aio, unsigned int i);

#endif /* AIO_READS_H */
