# ownerd: build, run, test.  V=1 shows the commands.

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

BUILD   ?= build
PREFIX  ?= /usr
SBINDIR ?= $(PREFIX)/sbin
BINDIR  ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/ownerd
MANDIR  ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/ownerd
DOCDIR  ?= $(PREFIX)/share/doc/ownerd
UNITDIR ?= $(PREFIX)/lib/systemd/system
CATALOGDIR ?= $(PREFIX)/lib/systemd/catalog
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
SYSCONFDIR ?= /etc

VERSION := $(shell cat VERSION)

CC      ?= gcc
CLANG   ?= clang
LLVM_STRIP ?= llvm-strip
# In Debian bpftool is in sbin, which is not in everyone's PATH.
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)

ifeq ($(V),1)
Q :=
msg :=
else
Q := @
msg = @printf '  %-8s %s\n' $(1) $(2)
endif

CFLAGS   ?= -O2 -g
CFLAGS_ALL = $(CFLAGS) -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter \
	-Wno-missing-field-initializers -D_GNU_SOURCE -DOWNERD_VERSION='"$(VERSION)"' -Iinclude -Isrc -I$(BUILD)
LIBS      = -lbpf -lsystemd -lgcrypt -lcyaml -lyaml -ljson-c
HOOK_LIBS = -lbpf -lcyaml -lyaml -ljson-c
CLI_LIBS  = -lbpf -lgcrypt -lcyaml -lyaml -ljson-c -lsmartcols -lpci
BPF_FLAGS = -O2 -g -target bpf -D__TARGET_ARCH_x86 -Wall -Wextra -Werror -Wno-unused-parameter \
	-I. -Iinclude

# Rooms: what the programs share, what only the daemon has, what only the CLI, the hook has.
SHARED := log text kind recent symbols registry describe message identity subject sysfs feature functions verify outline schema selector \
	names pattern lookup rules rules_read rulefile policy decide generation cmdline \
	containers jsonfile runtimes resolve gone kmod hostdriver interrupts
DAEMON := ownerd manager enforce guard losses apply accept methods methods_groups methods_policy methods_containers reprobe loader object warnings rings opens skips pins inherit prove seed spaces counting mappings exposure control dispatch varlink config audit reader journal suppress notes chain collect textfile methods_metrics metrics \
	mounts ancestry protect safeguard follow models
CLI    := cli commands help chain output source titles explain memlock refusal client varlink \
	cmd_list cmd_show cmd_why cmd_watch cmd_top cmd_status cmd_metrics http cmd_graph graph topology cmd_verify cmd_doctor \
	cmd_check cmd_policy cmd_can cmd_log cmd_history logfile logquery logrecord logrows logpath logcheck config trial host asker
HOOK   := oci_hook oci asker output client varlink

objs = $(patsubst %,$(BUILD)/%.o,$(1))

.PHONY: all
all: $(BUILD)/ownerd $(BUILD)/ownerctl $(BUILD)/ownerd-oci-hook

include lab/lab.mk
include tests/tests.mk
include bench/bench.mk

$(BUILD):
	$(Q)mkdir -p $@

# One object for kernels before 6.2, one for those since (bpf/read.bpf.h).
$(BUILD)/owner.bpf.o: BPF_FLAGS += -DSINCE_6_2=0
$(BUILD)/owner_6_2.bpf.o: BPF_FLAGS += -DSINCE_6_2=1
$(BUILD)/owner.bpf.o $(BUILD)/owner_6_2.bpf.o: bpf/owner.bpf.c $(wildcard bpf/*.h include/*.h) vmlinux.h | $(BUILD)
	$(call msg,BPF,$@)
	$(Q)$(CLANG) $(BPF_FLAGS) -c $< -o $@
	$(Q)$(LLVM_STRIP) -g $@

$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(call msg,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $* > $@

# The interface's text as a C string, so that the file stays the one source of it.
$(BUILD)/io.ownerd.varlink.inc: src/io.ownerd.varlink | $(BUILD)
	$(call msg,GEN,$@)
	$(Q)(echo 'const char methods_interface[] ='; \
		sed 's/\\/\\\\/g; s/"/\\"/g; s/^.*$$/"&\\n"/' $<; echo ';') > $@

$(BUILD)/%.o: src/%.c | $(BUILD)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c $< -o $@

$(BUILD)/loader.o $(BUILD)/object.o: $(BUILD)/owner.skel.h
$(BUILD)/object.o: $(BUILD)/owner_6_2.skel.h
$(BUILD)/methods.o: $(BUILD)/io.ownerd.varlink.inc
$(call objs,$(SHARED) $(DAEMON) $(CLI) $(HOOK)): VERSION

$(BUILD)/ownerd: $(call objs,$(SHARED) $(DAEMON))
	$(call msg,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $^ $(LDFLAGS) $(LIBS) -o $@

$(BUILD)/ownerctl: $(call objs,$(SHARED) $(CLI))
	$(call msg,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $^ $(LDFLAGS) $(CLI_LIBS) -o $@

$(BUILD)/ownerd-oci-hook: $(call objs,$(SHARED) $(HOOK))
	$(call msg,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $^ $(LDFLAGS) $(HOOK_LIBS) -o $@

.PHONY: setup
setup:
	$(Q)./setup

.PHONY: run
run: setup
	$(Q)$(MAKE) --no-print-directory -s all $(BUILD)/vfio-hold
	$(Q)lab/demo $(BUILD)

.PHONY: install
install: all
	install -D -m 755 $(BUILD)/ownerd $(DESTDIR)$(SBINDIR)/ownerd
	install -D -m 755 $(BUILD)/ownerctl $(DESTDIR)$(BINDIR)/ownerctl
	install -D -m 755 $(BUILD)/ownerd-oci-hook $(DESTDIR)$(LIBEXECDIR)/ownerd-oci-hook
	install -D -m 644 man/ownerd-oci-hook.8 $(DESTDIR)$(MANDIR)/man8/ownerd-oci-hook.8
	install -D -m 644 man/ownerd.8 $(DESTDIR)$(MANDIR)/man8/ownerd.8
	install -D -m 644 man/ownerctl.1 $(DESTDIR)$(MANDIR)/man1/ownerctl.1
	install -D -m 644 man/ownerd-policy.5 $(DESTDIR)$(MANDIR)/man5/ownerd-policy.5
	install -D -m 644 systemd/ownerd.service $(DESTDIR)$(UNITDIR)/ownerd.service
	install -D -m 644 systemd/ownerd.catalog $(DESTDIR)$(CATALOGDIR)/ownerd.catalog
	install -D -m 644 systemd/ownerd-metrics.socket $(DESTDIR)$(UNITDIR)/ownerd-metrics.socket
	install -D -m 644 systemd/ownerd-metrics@.service $(DESTDIR)$(UNITDIR)/ownerd-metrics@.service
	install -D -m 644 systemd/ownerd.sysusers $(DESTDIR)$(SYSUSERSDIR)/ownerd.conf
	install -D -m 644 -t $(DESTDIR)$(DATADIR)/prometheus $(wildcard share/prometheus/*)
	[ -e $(DESTDIR)$(SYSCONFDIR)/ownerd/ownerd.yaml ] || \
		install -D -m 644 etc/ownerd.yaml $(DESTDIR)$(SYSCONFDIR)/ownerd/ownerd.yaml
	install -D -m 644 src/io.ownerd.varlink $(DESTDIR)$(DOCDIR)/io.ownerd.varlink
	install -D -m 644 share/audit.schema.json $(DESTDIR)$(PREFIX)/share/ownerd/audit.schema.json
	install -D -m 644 docs/LOG.md $(DESTDIR)$(DOCDIR)/LOG.md
	install -D -m 644 -t $(DESTDIR)$(DOCDIR)/examples $(wildcard examples/*.yaml examples/*.json examples/*.conf)

C_FILES     := $(wildcard src/*.[ch] bpf/*.[ch] include/*.h tests/*/*.[ch] lab/*.[ch] fuzz/*.c bench/*.c) vmlinux.h
SHELL_FILES := setup lab/accel lab/boot lab/demo lab/fetch-kernel lab/build-kernel lab/build-debian lab/debian-session \
	lab/init lab/lab-plug lab/overlay lab/topology tests/guest tests/needed \
	$(wildcard tests/lab/*.sh tests/debian/*.sh tests/long/*.sh lab/*.sh bench/*.sh)

.PHONY: format check-format
format:
	clang-format -i $(C_FILES)

check-format:
	$(Q)clang-format --dry-run -Werror $(C_FILES)

.PHONY: lint lint-shell lint-cppcheck lint-tidy
lint: check-format lint-shell lint-cppcheck lint-tidy

lint-shell:
	$(Q)shellcheck -x -P tests/lab $(SHELL_FILES)

lint-cppcheck:
	$(Q)cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr --enable=warning,portability \
		-Iinclude -Isrc src $(wildcard lab/*.c)

lint-tidy: $(BUILD)/owner.skel.h $(BUILD)/io.ownerd.varlink.inc
	$(Q)clang-tidy --quiet $(wildcard src/*.c lab/*.c) -- \
		$(filter-out -Werror,$(CFLAGS_ALL))

# libFuzzer on what reads hostile text: FUZZ_SECONDS each.
FUZZ_SECONDS ?= 60
FUZZ_FLAGS := -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iinclude -Isrc

$(BUILD)/fuzz_control: fuzz/fuzz_control.c src/varlink.c src/dispatch.c | $(BUILD)
	$(call msg,FUZZ,$@)
	$(Q)$(CLANG) $(FUZZ_FLAGS) $^ -ljson-c -o $@

$(BUILD)/fuzz_config: fuzz/fuzz_config.c src/config.c src/schema.c src/outline.c src/sysfs.c | $(BUILD)
	$(call msg,FUZZ,$@)
	$(Q)$(CLANG) $(FUZZ_FLAGS) $^ -lcyaml -lyaml -o $@

$(BUILD)/fuzz_rules: fuzz/fuzz_rules.c $(patsubst %,src/%.c,rules rules_read rulefile selector pattern \
		lookup names schema outline sysfs) | $(BUILD)
	$(call msg,FUZZ,$@)
	$(Q)$(CLANG) $(FUZZ_FLAGS) $^ -lcyaml -lyaml -o $@

$(BUILD)/fuzz_oci: fuzz/fuzz_oci.c src/oci.c src/jsonfile.c src/containers.c | $(BUILD)
	$(call msg,FUZZ,$@)
	$(Q)$(CLANG) $(FUZZ_FLAGS) $^ -ljson-c -o $@

$(BUILD)/fuzz_logrecord: fuzz/fuzz_logrecord.c src/logrecord.c src/chain.c src/output.c src/log.c | $(BUILD)
	$(call msg,FUZZ,$@)
	$(Q)$(CLANG) $(FUZZ_FLAGS) $^ -ljson-c -lgcrypt -o $@

.PHONY: fuzz
fuzz: $(BUILD)/fuzz_control $(BUILD)/fuzz_config $(BUILD)/fuzz_rules $(BUILD)/fuzz_oci $(BUILD)/fuzz_logrecord
	$(Q)$(BUILD)/fuzz_logrecord -max_total_time=$(FUZZ_SECONDS)
	$(Q)$(BUILD)/fuzz_oci -max_total_time=$(FUZZ_SECONDS)
	$(Q)$(BUILD)/fuzz_control -max_total_time=$(FUZZ_SECONDS)
	$(Q)$(BUILD)/fuzz_config -max_total_time=$(FUZZ_SECONDS)
	$(Q)$(BUILD)/fuzz_rules -max_total_time=$(FUZZ_SECONDS) -dict=fuzz/fuzz_rules.dict \
		-seed_inputs=fuzz/fuzz_rules.yaml

.PHONY: clean
clean:
	rm -rf $(filter-out $(BUILD)/lab,$(wildcard $(BUILD)/*))

-include $(wildcard $(BUILD)/*.d)
