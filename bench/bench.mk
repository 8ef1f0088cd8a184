# What ownerd costs, beside its rivals.  Included by the Makefile.

# In a guest that counts instructions: exact, whatever else this machine does.  KERNEL is one of the lab's.
BENCH_PROGRAMS := $(addprefix $(BUILD)/,ownerd ownerctl vfio-hold cgroup-deny calls empty)
BENCH_RIVALS := auditd auditctl apparmor_parser bpftrace
BENCH_BOOT = lab/boot --icount --kernel $(KERNEL) --file tests/lab/tap.sh --file bench/lib.sh \
	$(addprefix --bin ,$(BENCH_PROGRAMS))

.PHONY: bench
bench: bench-setup $(BENCH_PROGRAMS)
	$(Q)mkdir -p $(BUILD)/bench
	$(Q)$(BENCH_BOOT) --memory 2000 --timeout 1800 --run bench/cost.sh \
		$(foreach p,$(BENCH_RIVALS),--bin $$(PATH=$$PATH:/usr/sbin command -v $p)) >$(BUILD)/bench/cost-$(KERNEL)
	$(Q)bench/report $(KERNEL) $(BUILD)/bench/cost-$(KERNEL)

# How it grows: hosts of 8, 124 and 1,040 groups.  QEMU needs some ten minutes to make the last.
.PHONY: bench-growth
bench-growth: bench-setup $(BENCH_PROGRAMS)
	$(Q)mkdir -p $(BUILD)/bench
	$(Q)for topology in shared many thousand; do \
		$(BENCH_BOOT) --topology $$topology --memory 4000 --timeout 3600 --run bench/growth.sh \
			$(foreach p,bpftool jq,--bin $$(PATH=$$PATH:/usr/sbin command -v $p)) \
			|| exit; \
	done

.PHONY: bench-setup
bench-setup:
	$(Q)./setup bench

# Without libraries, so that what a call costs is the same wherever it was built.
$(BUILD)/calls: bench/calls.c | $(BUILD)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -static $< -o $@

$(BUILD)/empty: bench/empty.c | $(BUILD)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $< -lbpf -o $@
