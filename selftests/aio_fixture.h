/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bench with reads of libaio's. Its teardown checks that each read had exactly
 * one event, and that no request is left in memory.
 */
#ifndef AIO_FIXTURE_H
#define AIO_FIXTURE_H

#include "aio_reads.h"
#include "cancelsafe_test.h"

#define AIO_SLAB "/sys/kernel/slab/cancelsafe_aio/"

FIXTURE(aio) {
	struct bench bench;
	struct aio *aio;
};

FIXTURE_VARIANT(aio) {
	const char *name;
};

FIXTURE_VARIANT_ADD(aio, csq) {
	.name = "cancelsafe",
};

OTHER_QUEUES(aio, );

FIXTURE_SETUP(aio)
{
	node_name = variant->name;
	bench_setup(_metadata, &self->bench);
	self->aio = aio_new();
	aio_open(self->aio);
}

/*
 * How many requests there are in memory. The kernel knows it exactly only of a
 * slab that is being debugged, as in our virtual machine; elsewhere 0.
 */
static inline long aio_requests(void)
{
	char text[64];

	if (read_file(AIO_SLAB "poison", text, sizeof(text)) || text[0] != '1' ||
	    read_file(AIO_SLAB "objects", text, sizeof(text)))
		return 0;
	return strtol(text, NULL, 10);
}

/* What io_cancel(2) says of a read in service, which may be short or lasting. */
static inline int aio_cancel_in_service(void)
{
	return node_starts() ? -EINPROGRESS : -EALREADY;
}

FIXTURE_TEARDOWN(aio)
{
	bench_release();
	if (self->aio->context) {
		EXPECT_TRUE(aio_all_ended_once(self->aio));
		aio_destroy(self->aio);
	}
	EXPECT_TRUE(WAIT_UNTIL(aio_requests() == 0)) {
		TH_LOG("%ld requests are left in memory", aio_requests());
	}
	bench_teardown(_metadata, &self->bench);
}

#endif /* AIO_FIXTURE_H */
