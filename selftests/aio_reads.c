// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "aio_reads.h"

/* A wait for an event ends after this, to look at the watchdog. */
#define REAP_NS 2000000

#define EVENTS 64

/* Without a context yet: that is made by the process that uses it. */
struct aio *aio_new(void)
{
	struct aio *aio = mmap(NULL, sizeof(*aio), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (aio == MAP_FAILED)
		die("no memory for reads: %s", strerror(errno));
	return aio;
}

void aio_open(struct aio *aio)
{
	int err;

	aio->context = NULL;
	err = io_setup(AIO_READS, &aio->context);
	if (err)
		die("cannot make an AIO context: %s", strerror(-err));
}

/* Returns 0 or -errno, after every read has ended. */
int aio_destroy(struct aio *aio)
{
	int err = io_destroy(aio->context);

	aio->context = NULL;
	return err;
}

static struct aio_read *begin(struct aio *aio, unsigned int i)
{
	struct aio_read *read = &aio->reads[i];

	memset(read->bytes, POISON, sizeof(read->bytes));
	read->begun = true;
	read->ends = 0;
	return read;
}

struct iocb *aio_prepare(struct aio *aio, unsigned int i, int fd)
{
	struct aio_read *read = begin(aio, i);

	io_prep_pread(&read->iocb, fd, read->bytes, sizeof(read->bytes), 0);
	return &read->iocb;
}

struct iocb *aio_prepare_vector(struct aio *aio, unsigned int i, int fd,
				const struct iovec *segments, int nr)
{
	struct aio_read *read = begin(aio, i);

	io_prep_preadv(&read->iocb, fd, segments, nr, 0);
	return &read->iocb;
}

/* Whatever becomes of a read of the node, that is said by its event. */
void aio_submit(struct aio *aio, unsigned int i)
{
	struct iocb *iocb = &aio->reads[i].iocb;
	int ret = io_submit(aio->context, 1, &iocb);

	if (ret != 1)
		die("io_submit returned %d", ret);
}

void aio_read(struct aio *aio, unsigned int i, int fd)
{
	aio_prepare(aio, i, fd);
	aio_submit(aio, i);
}

/* The first @n, in one batch. */
void aio_read_many(struct aio *aio, unsigned int n, int fd)
{
	static struct iocb *iocbs[AIO_READS];
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++)
		iocbs[i] = aio_prepare(aio, i, fd);
	ret = io_submit(aio->context, n, iocbs);
	if (ret != (int)n)
		die("io_submit of %u returned %d", n, ret);
}

/* Returns what io_cancel(2) answers: 0 is never an answer of today's kernels. */
int aio_cancel(struct aio *aio, unsigned int i)
{
	struct io_event unused;

	return io_cancel(aio->context, &aio->reads[i].iocb, &unused);
}

static void take(struct aio *aio, const struct io_event *event)
{
	struct aio_read *read;

	read = (struct aio_read *)((char *)event->obj -
				   offsetof(struct aio_read, iocb));
	if (read < aio->reads || read >= aio->reads + AIO_READS)
		die("an event of nothing that was submitted: %p", event->obj);
	read->result = event->res;
	read->ends++;
}

/* Take some events, if there are any before long. */
bool aio_reap(struct aio *aio)
{
	struct timespec ts = { .tv_nsec = REAP_NS };
	struct io_event events[EVENTS];
	int i, n;

	n = io_getevents(aio->context, 1, EVENTS, events, &ts);
	if (n < 0 && n != -EINTR)
		die("cannot wait for an event: %s", strerror(-n));
	for (i = 0; i < n; i++)
		take(aio, &events[i]);
	return n > 0;
}

/* Waits for the read's end. Returns its result, or -ETIMEDOUT. */
long aio_result(struct aio *aio, unsigned int i)
{
	struct aio_read *read = &aio->reads[i];

	if (!WAIT_UNTIL(read->ends || (aio_reap(aio) && read->ends)))
		return -ETIMEDOUT;
	return read->result;
}

/* Waits for every read's end, and for an event too many. */
bool aio_all_ended_once(struct aio *aio)
{
	unsigned int i;

	for (i = 0; i < AIO_READS; i++)
		if (aio->reads[i].begun)
			aio_result(aio, i);
	while (aio_reap(aio))
		;
	for (i = 0; i < AIO_READS; i++)
		if (aio->reads[i].begun && aio->reads[i].ends != 1)
			return false;
	return true;
}

bool aio_is_untouched(const struct aio *aio, unsigned int i)
{
	return is_untouched(aio->reads[i].bytes, AIO_BUFFER);
}
