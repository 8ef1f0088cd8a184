# make test: everything.  Unit tests, CLI tests, and the scenarios on each kernel, as TAP.
#
# KERNELS="6.12" limits the kernels, TESTS="bind" the scenarios; 5.10+bpf is 5.10 with bpf among its
# LSMs, which its default is without: for the scenarios that name it.

KERNELS   ?= 5.10 5.10+bpf 6.1 6.12 7.3
SCENARIOS := $(filter-out tap,$(patsubst tests/lab/%.sh,%,$(wildcard tests/lab/*.sh)))
# Those that need real peers run in the Debian guest, where each takes a minute or two.
DEBIAN_SCENARIOS := $(patsubst tests/debian/%.sh,%,$(wildcard tests/debian/*.sh))
DEBIAN_KERNELS   ?= $(filter 6.12,$(KERNELS))
SCENARIOS_ON = $(if $(findstring +,$(1)),$(patsubst tests/lab/%.sh,%,$(shell \
	grep -lE '^\# (also|kernels):.* $(subst +,\+,$(1))( |$$)' tests/lab/*.sh)),$(SCENARIOS))
TESTS     ?= $(SCENARIOS) $(DEBIAN_SCENARIOS)
UNITS     := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))

TEST_LIBS := -lcmocka -lbpf -lsystemd -lgcrypt -lcyaml -lyaml -ljson-c -lsmartcols -lpci -lpthread
# Everything but the mains: a unit test links what it uses.
TEST_OBJS := $(call objs,$(sort $(filter-out ownerd cli oci_hook,$(SHARED) $(DAEMON) $(CLI) $(HOOK))))

LAB_TESTS := $(foreach k,$(KERNELS),$(patsubst %,$(BUILD)/t/$(k)/%.t,$(filter $(call SCENARIOS_ON,$(k)),$(TESTS))))
DEBIAN_TESTS := $(foreach k,$(DEBIAN_KERNELS),$(patsubst %,$(BUILD)/t/$(k)/%.t,$(filter $(DEBIAN_SCENARIOS),$(TESTS))))
# Once make lab-kernel has built it: what Debian's kernels cannot show.
ifneq ($(wildcard $(or $(LAB_CACHE),$(BUILD)/lab)/6.12-iommufd/stamp),)
LAB_TESTS += $(patsubst %,$(BUILD)/t/6.12-iommufd/%.t,$(filter iommufd,$(TESTS)))
endif
UNIT_TESTS := $(patsubst %,$(BUILD)/t/%.t,$(UNITS))
CLI_TESTS := $(patsubst tests/cli/%.bats,$(BUILD)/t/cli-%.t,$(wildcard tests/cli/*.bats))

# Keeps the programs, which make would take for leftovers of the chain.
.SECONDARY:

$(BUILD)/t/test_%: tests/unit/test_%.c $(BUILD)/libowner.a
	$(call msg,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $< $(BUILD)/libowner.a $(TEST_LIBS) -o $@

$(BUILD)/libowner.a: $(TEST_OBJS)
	$(call msg,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

# prove runs files: each is a line that runs the real thing.
define wrapper
@mkdir -p $(@D)
@printf '#!/bin/sh\n%s\n' $(1) > $@ && chmod +x $@
endef

$(BUILD)/t/test_%.t: $(BUILD)/t/test_%
	$(call wrapper,'CMOCKA_MESSAGE_OUTPUT=TAP exec $<')

$(BUILD)/t/cli-%.t: tests/cli/%.bats
	$(call wrapper,'BUILD=$(BUILD) exec bats --formatter tap $<')

define lab_wrapper
$(BUILD)/t/$(1)/%.t: tests/lab/%.sh
	$$(call wrapper,'BUILD=$(BUILD) exec tests/guest $(1) $$<')

$(BUILD)/t/$(1)/%.t: tests/debian/%.sh
	$$(call wrapper,'BUILD=$(BUILD) exec tests/guest $(1) $$<')
endef
$(foreach k,$(sort $(KERNELS) $(DEBIAN_KERNELS) 6.12-iommufd),$(eval $(call lab_wrapper,$(k))))

HOUSE_TESTS := $(BUILD)/t/house.t

$(BUILD)/t/house.t: tests/house
	$(call wrapper,'BUILD=$(BUILD) exec tests/house')

.PHONY: test test-programs test-quick
test-programs: all $(BUILD)/vfio-hold $(BUILD)/lsm-deny $(BUILD)/hammer $(BUILD)/spoil $(BUILD)/race $(BUILD)/attack $(BUILD)/poke $(BUILD)/cgroup-deny $(BUILD)/calls $(BUILD)/empty $(BUILD)/ownerd-next $(BUILD)/fake-ownerd

# Without the lab: seconds, not minutes.
test-quick: test-programs $(UNIT_TESTS) $(CLI_TESTS) $(HOUSE_TESTS)
	prove $(UNIT_TESTS) $(CLI_TESTS) $(HOUSE_TESTS)

# The kernels are fetched and the Debian guest is built first, so that no scenario waits for that.
test: setup
	$(Q)$(MAKE) --no-print-directory -j2 test-programs $(UNIT_TESTS) $(CLI_TESTS) $(HOUSE_TESTS) \
		$(LAB_TESTS) $(DEBIAN_TESTS)
	$(Q)for kernel in $(sort $(KERNELS:%+bpf=%) $(DEBIAN_KERNELS)); do lab/fetch-kernel $$kernel || exit; done
	$(if $(DEBIAN_TESTS),$(Q)$(MAKE) --no-print-directory lab-debian)
	prove -j2 --timer $(UNIT_TESTS) $(CLI_TESTS) $(HOUSE_TESTS) $(DEBIAN_TESTS) $(LAB_TESTS)

$(BUILD)/lsm_deny.bpf.o: tests/bpf/lsm_deny.bpf.c vmlinux.h | $(BUILD)
	$(call msg,BPF,$@)
	$(Q)$(CLANG) $(BPF_FLAGS) -c $< -o $@

$(BUILD)/lsm-deny: tests/bpf/lsm_deny.c $(BUILD)/lsm_deny.skel.h
	$(call msg,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $< -lbpf -o $@

$(BUILD)/hammer: tests/bpf/hammer.c | $(BUILD)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $< -lpthread -o $@

$(BUILD)/spoil: tests/bpf/spoil.c include/owner_abi.h src/registry.h | $(BUILD)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $< -lbpf -o $@

$(BUILD)/attack: tests/bpf/attack.c | $(BUILD)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $< -lpthread -o $@

$(BUILD)/poke: tests/bpf/poke.c | $(BUILD)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $< -o $@

$(BUILD)/cgroup-deny: tests/bpf/cgroup_deny.c | $(BUILD)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $< -lbpf -o $@

$(BUILD)/race: tests/bpf/race.c | $(BUILD)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $< -lpthread -o $@

# Another build of the daemon: the version makes it one.
$(BUILD)/object-next.o: src/object.c $(BUILD)/object.o
	$(call msg,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -UOWNERD_VERSION -DOWNERD_VERSION='"next"' -c $< -o $@

$(BUILD)/ownerd-next: $(filter-out $(BUILD)/object.o,$(call objs,$(SHARED) $(DAEMON))) $(BUILD)/object-next.o
	$(call msg,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $^ $(LDFLAGS) $(LIBS) -o $@

# Kernels by scenarios, in a table.
.PHONY: matrix
matrix: setup
	$(Q)$(MAKE) --no-print-directory -s -j2 test-programs $(LAB_TESTS) >/dev/null
	$(Q)for kernel in $(sort $(KERNELS:%+bpf=%)); do lab/fetch-kernel $$kernel || exit; done
	$(Q)prove -j2 $(LAB_TESTS) >$(BUILD)/matrix.log 2>&1; tests/matrix <$(BUILD)/matrix.log

# QEMU needs some ten minutes to make so many functions.
.PHONY: thousand
thousand: test-programs
	$(Q)BUILD=$(BUILD) GUEST_TIMEOUT=1800 tests/guest 6.12 tests/long/thousand.sh

# A million refusals, in a guest that counts instructions: some ten minutes.
.PHONY: million
million: test-programs
	$(Q)BUILD=$(BUILD) GUEST_TIMEOUT=3000 tests/guest 6.12 tests/long/million.sh

# Each BPF program made to do nothing: the scenario that shows what it is for must miss it.  An hour or so.
.PHONY: needed
needed: test-programs
	$(Q)BUILD=$(BUILD) tests/needed

# The long forms of scenarios that make test runs for half a minute.
ROUNDS ?= 10000
CYCLES ?= 200
.PHONY: race gap
gap: test-programs
	$(Q)for kernel in $(KERNELS); do echo "# kernel $$kernel" && BUILD=$(BUILD) GUEST_TIMEOUT=7200 \
		GUEST_APPEND=gap_cycles=$(CYCLES) tests/guest $$kernel tests/lab/gap.sh || exit; done

race: test-programs
	$(Q)for kernel in $(KERNELS); do echo "# kernel $$kernel" && BUILD=$(BUILD) GUEST_TIMEOUT=3600 \
		GUEST_APPEND=race_rounds=$(ROUNDS) tests/guest $$kernel tests/lab/race.sh || exit; done

$(BUILD)/fake-ownerd: tests/cli/fake_ownerd.c $(BUILD)/libowner.a
	$(call msg,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $< $(BUILD)/libowner.a $(TEST_LIBS) -o $@
