# What ownerd costs, beside its rivals.  Included by the Makefile.

# In a guest that counts instructions: exact, whatever else this machine does.  KERNEL is one of the lab's; on 6.12
# a thousand groups too, which takes half an hour.
BENCH_PROGRAMS := $(addprefix $(BUILD)/,ownerd ownerctl vfio-hold cgroup-deny calls empty)
BENCH_RIVALS := auditd auditctl apparmor_parser bpftrace
BENCH_TOOLS := $(foreach p,bpftool jq,--bin $$(PATH=$$PATH:/usr/sbin command -v $p))
BENCH_BOOT = lab/boot --icount --kernel $(KERNEL) --file tests/lab/tap.sh --file bench/lib.sh \
	$(addprefix --bin ,$(BENCH_PROGRAMS))

.PHONY: bench
bench: bench-setup $(BENCH_PROGRAMS)
	$(Q)mkdir -p $(BUILD)/bench
	$(Q)$(BENCH_BOOT) --memory 2000 --timeout 1800 --run bench/cost.sh \
		$(foreach p,$(BENCH_RIVALS),--bin $$(PATH=$$PATH:/usr/sbin command -v $p)) >$(BUILD)/bench/cost-$(KERNEL)
	$(Q)rm -f $(BUILD)/bench/thousand-$(KERNEL)
	$(Q)[ $(KERNEL) != 6.12 ] || $(BENCH_BOOT) $(BENCH_TOOLS) --topology thousand --memory 4000 --timeout 5400 \
		--allow-oops --run bench/thousand.sh >$(BUILD)/bench/thousand-$(KERNEL)
	$(Q)bench/cost-report $(KERNEL) $(BUILD)/bench/cost-$(KERNEL) $$(ls $(BUILD)/bench/thousand-$(KERNEL) 2>/dev/null)

# Where the instructions of some calls go, each by the kernel function that executes it: trees of calls.  The traces
# take 4 GB; `bench/trace-report --help` says what else can be made of them.
TRACES = $(BUILD)/bench/trace-$(KERNEL)
.PHONY: trace
trace: $(BENCH_PROGRAMS)
	$(Q)rm -rf $(TRACES) && mkdir -p $(TRACES)
	$(Q)$(BENCH_BOOT) --memory 2000 --timeout 3600 --trace $(TRACES) --run bench/trace.sh >$(TRACES).symbols
	$(Q)bench/trace-report $(BUILD)/calls $(TRACES)

# What the daemon and ownerctl cost: in such a guest, and the way of a report and long lists on this machine.
.PHONY: bench-user
bench-user: bench-setup $(BENCH_PROGRAMS) $(addprefix $(BUILD)/,hammer user fake-ownerd)
	$(Q)mkdir -p $(BUILD)/bench
	$(Q)$(BENCH_BOOT) --bin $(BUILD)/hammer $(BENCH_TOOLS) --memory 2000 --timeout 1800 --run bench/user.sh \
		>$(BUILD)/bench/user-$(KERNEL)
	$(Q)rm -f $(BUILD)/bench/audit.jsonl
	$(Q)$(BUILD)/user $(BUILD)/bench/audit.jsonl >$(BUILD)/bench/native
	$(Q)bench/time-list $(BUILD) 10000 >>$(BUILD)/bench/native
	$(Q)bench/user-report $(KERNEL) $(BUILD)/bench/user-$(KERNEL) $(BUILD)/bench/native

# How it grows: hosts of 8, 124 and some 1,040 groups.  The last takes a quarter of an hour, and the guest's kernel
# complains of what QEMU takes so long for.
GROWTH_TOPOLOGIES ?= shared many thousand
.PHONY: bench-growth
bench-growth: bench-setup $(BENCH_PROGRAMS)
	$(Q)mkdir -p $(BUILD)/bench
	$(Q)for topology in $(GROWTH_TOPOLOGIES); do \
		$(BENCH_BOOT) $(BENCH_TOOLS) --topology $$topology --memory 4000 --timeout 5400 --allow-oops \
			--run bench/growth.sh >$(BUILD)/bench/growth-$(KERNEL)-$$topology || exit; \
	done
	$(Q)bench/growth-report $(KERNEL) \
		$(patsubst %,$(BUILD)/bench/growth-$(KERNEL)-%,$(GROWTH_TOPOLOGIES))

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

$(BUILD)/produce.bpf.o: bench/produce.bpf.c include/owner_abi.h vmlinux.h | $(BUILD)
	$(call msg,BPF,$@)
	$(Q)$(CLANG) $(BPF_FLAGS) -c $< -o $@

# With the daemon's own code, which is measured.
$(BUILD)/user: bench/user.c $(BUILD)/produce.skel.h $(BUILD)/libowner.a
	$(call msg,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $< $(BUILD)/libowner.a $(TEST_LIBS) -o $@
