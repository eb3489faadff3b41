# SPDX-License-Identifier: GPL-2.0
#
# What a person types. demo, shell and check work in a virtual machine: they need
# neither headers nor modules of this machine's own kernel. KERNEL= and KDIR=
# choose another kernel than the one they find (see selftests/vm/kernel).

VM	:= selftests/vm
HEADERS	:= $(or $(KDIR),/lib/modules/$(shell uname -r)/build)
# Headers that come with a vmlinux would stop where there is no pahole.
BTF	= $(if $(shell command -v pahole),,CONFIG_DEBUG_INFO_BTF_MODULES=)

help:		## this list
	@awk -F ':\t+## ' 'NF == 2 { printf "make %-9s %s\n", $$1, $$2 }' Makefile

demo:		## cancel reads on ten threads for some seconds, in a virtual machine
demo: vm-packages tools
	@module=$$($(VM)/module) && $(VM)/run --with $$module --with userspace/cancelsafe -- \
		sh -c 'insmod cancelsafe.ko && cancelsafe stress -t 10 --seconds 5'

shell:		## a prompt in a virtual machine that has loaded the module
shell: vm-packages tools
	@module=$$($(VM)/module) && $(VM)/run --with $$module --with userspace/cancelsafe \
		--shell -- insmod cancelsafe.ko

check:		## the tests, on several kernels; TESTS='read*' KERNELS='6.1 6.12' for some
	@selftests/check

check-all:	## these and the slow ones
	@selftests/check --all

mutants:	## break each rule of the core, and see that the explorer finds it
	@$(VM)/need gcc libc6-dev make patch
	@selftests/host/mutants/run

kselftest:	## the same tests on this machine's kernel, which has the module loaded
	@$(VM)/need gcc libc6-dev make liburing-dev libaio-dev
	@CANCELSAFE_KO=$(CURDIR)/cancelsafe.ko \
		$(MAKE) -s -C selftests KSFT=$$($(VM)/ksft) run_tests

module:		## cancelsafe.ko for this machine's kernel, or for KDIR=
	@test -d $(HEADERS) || { \
	echo "There are no kernel headers in $(HEADERS)."; \
	echo "Install those of your kernel (Debian: apt-get install linux-headers-$$(uname -r)),"; \
	echo "or name others: make module KDIR=... ('make demo' needs none of it)."; \
	exit 1; } >&2
	$(MAKE) -C $(HEADERS) M=$(CURDIR) W=1 $(BTF) modules

tools:		## the userspace programs
	@$(VM)/need gcc libc6-dev make liburing-dev
	@$(MAKE) -s -C userspace

load:		## load cancelsafe.ko into this machine's kernel
	@test -e /proc/modules || { \
	echo "This machine's kernel cannot load modules; type: make shell"; exit 1; } >&2
	@test -e cancelsafe.ko || { \
	echo "There is no cancelsafe.ko here; first type: make module"; exit 1; } >&2
	insmod cancelsafe.ko

unload:		## unload it
	rmmod cancelsafe

clean:		## remove what was built here
	$(MAKE) -C userspace clean
	$(RM) selftests/*_test
	$(MAKE) -C selftests/host clean
	find . -path ./.git -prune -o -type f \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name modules.order \
		-o -name Module.symvers \) -exec rm {} +

vm-packages:
	@$(VM)/need

.PHONY: help demo shell check check-all mutants kselftest module tools load unload clean vm-packages
