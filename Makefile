# SPDX-License-Identifier: GPL-2.0
#
# What a person types. demo, shell and check work in a virtual machine: they need
# neither headers nor modules of this machine's own kernel. KERNEL= and KDIR=
# choose another kernel than the one they find (see selftests/vm/kernel).

VM	:= selftests/vm
HEADERS	:= $(or $(KDIR),/lib/modules/$(shell uname -r)/build)
# Headers that come with a vmlinux would stop where there is no pahole.
BTF	= $(if $(shell command -v pahole),,CONFIG_DEBUG_INFO_BTF_MODULES=)

# lib.mk's run_tests succeeds whatever the tests say: each has to say that it is well.
ALL_OK	:= awk '{ print; fflush() } /^1\.\./ { planned = substr($$1, 4) + 0 } \
		/^ok / { ok++ } END { exit !planned || ok != planned }'

help:		## this list
	@awk -F ':\t+## ' 'NF == 2 { printf "make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo:		## cancel reads on ten threads for some seconds, in a virtual machine
demo: vm-packages tools
	@module=$$($(VM)/module) && $(VM)/run --with $$module --with userspace/cancelsafe -- \
		sh -c 'insmod cancelsafe.ko && cancelsafe stress -t 10 --seconds 5'

shell:		## a prompt in a virtual machine that has loaded the module
shell: vm-packages tools
	@module=$$($(VM)/module) && $(VM)/run --with $$module --with userspace/cancelsafe \
		--shell -- insmod cancelsafe.ko

compare:	## every model by every path in every situation, in a virtual machine; and a plot
compare: vm-packages tools
	@selftests/compare

bench:		## what cancelling costs, counted in virtual machines; and a plot
bench: vm-packages tools
	@selftests/bench

check:		## the tests, on several kernels; TESTS='read*' KERNELS='6.1 newest' for some
	@selftests/check

check-all:	## these and the slow ones, and on the newest kernel, which it builds
	@selftests/check --all

mutants:	## break each rule of the core, and see that the explorer finds it
	@$(VM)/need gcc libc6-dev make patch
	@selftests/host/mutants/run

lint:		## the tools that look for mistakes in the sources; part of check
	@selftests/lint

kselftest:	## the same tests on this machine's kernel, which has the module loaded
	@$(VM)/need gcc libc6-dev make liburing-dev libaio-dev
	@CANCELSAFE_KO=$(CURDIR)/cancelsafe.ko \
		$(MAKE) -s -C selftests KSFT=$$($(VM)/ksft) run_tests | $(ALL_OK)

module:		## cancelsafe.ko for this machine's kernel, or for KDIR=
	@test -d $(HEADERS) -o -e /proc/modules || { \
	echo "This machine's kernel cannot load modules, so it has no headers either; type:"; \
	echo "make demo, or name those of another kernel: make module KDIR=..."; \
	exit 1; } >&2
	@test -d $(HEADERS) || { \
	echo "There are no kernel headers in $(HEADERS)."; \
	echo "Install those of your kernel (Debian: apt-get install linux-headers-$$(uname -r)),"; \
	echo "or name others: make module KDIR=... ('make demo' needs none of it)."; \
	exit 1; } >&2
	$(MAKE) -C $(HEADERS) M=$(CURDIR) W=1 $(BTF) modules

tools:		## the userspace programs
	@$(VM)/need gcc libc6-dev make liburing-dev libaio-dev
	@$(MAKE) -s -C userspace

load:		## load cancelsafe.ko into this machine's kernel
	@test -e /proc/modules || { \
	echo "This machine's kernel cannot load modules; type: make shell"; exit 1; } >&2
	@test -e cancelsafe.ko || { \
	echo "There is no cancelsafe.ko here; first type: make module"; exit 1; } >&2
	@$(VM)/need kmod
	insmod cancelsafe.ko

unload:		## unload it
	@test -e /sys/module/cancelsafe || { \
	echo "The module is not loaded in this machine's kernel."; exit 1; } >&2
	@$(VM)/need kmod
	rmmod cancelsafe

clean:		## remove what was built here
	@$(MAKE) -s -C userspace clean
	@$(RM) selftests/*_test selftests/fuse_file compare.gnuplot compare.svg bench.gnuplot bench.svg
	@$(MAKE) -s -C selftests/host clean
	@find . -path ./.git -prune -o -type f \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name modules.order \
		-o -name Module.symvers \) -exec rm {} +

vm-packages:
	@$(VM)/need

.PHONY: help demo shell compare bench check check-all mutants lint kselftest module tools load unload clean vm-packages
