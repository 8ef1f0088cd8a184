# make lab: boots a disposable guest with an IOMMU and VFIO, and runs RUN there (lab/README.md).
# Included by the Makefile, which sets BUILD, CC, CFLAGS, Q and msg.
#
# make itself ends with 2 whatever the script's status was; lab/boot ends with that status.

KERNEL ?= 6.12
TOPOLOGY ?= shared
SYSTEM ?= busybox
LAB_PROGRAMS := $(BUILD)/ownerd $(BUILD)/ownerctl $(BUILD)/vfio-hold

ifdef LAB_CACHE
export LAB_CACHE
endif

# What the build says goes to standard error: standard output is the script's alone.
.PHONY: lab
lab:
	@$(MAKE) --no-print-directory -s $(LAB_PROGRAMS) >&2
	@lab/boot --system '$(SYSTEM)' --kernel '$(KERNEL)' --topology '$(TOPOLOGY)' $(addprefix --bin ,$(LAB_PROGRAMS)) \
		$(if $(RUN),--run '$(RUN)') $(addprefix --file ,$(FILES)) $(if $(APPEND),--append '$(APPEND)') \
		$(LAB_FLAGS)

# The kernel with iommufd that Debian does not have.
.PHONY: lab-kernel
lab-kernel:
	$(Q)./setup kernel
	$(Q)lab/build-kernel

# The Debian guest's root file system.
.PHONY: lab-debian
lab-debian:
	$(Q)./setup debian
	$(Q)lab/build-debian

$(BUILD)/vfio-hold: lab/vfio-hold.c lab/hold-iommufd.c lab/hold-map.c lab/hold-sysfs.c lab/fd-pass.c lab/hold.h lab/fd-pass.h
	$(call msg,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -std=gnu11 -Wall -Wextra -Werror $(CPPFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^)
