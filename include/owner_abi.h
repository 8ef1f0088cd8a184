/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types that the BPF programs and user space share, and nothing else.
 *
 * Every struct here is the value of a BPF map or a record of a ring buffer.  All
 * sizes are fixed and checked below; padding is explicit and zero.  A change of
 * any shape or meaning raises OWNER_ABI_VERSION, by which user space recognises
 * maps that another build has left pinned.
 *
 * Times are nanoseconds of CLOCK_BOOTTIME.
 * Strings are NUL-terminated, cut to their field, and come from the kernel as they
 * are: whoever prints them escapes them.
 */
#ifndef OWNER_ABI_H
#define OWNER_ABI_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define OWNER_ABI_VERSION 13

#define OWNER_BUS_LEN    16
#define OWNER_DEVICE_LEN 64
#define OWNER_DRIVER_LEN 32
#define OWNER_COMM_LEN   16 /* TASK_COMM_LEN */

/* Who owns a group.  From 5.19 on: iommu_group.owner and owner_cnt, drivers/iommu/iommu.c. */
enum owner_kind {
	OWNER_NONE = 0,
	OWNER_KERNEL = 1, /* owner == NULL, owner_cnt > 0: that many DMA drivers are bound */
	OWNER_USER = 2,   /* owner != NULL: VFIO or iommufd claimed the group */
};

enum owner_act {
	ACT_BIND = 1, /* a driver binds to a device of the group */
	ACT_UNBIND = 2,
	ACT_OPEN = 3,    /* open(2) of the group's /dev/vfio/N; by itself no claim */
	ACT_CLAIM = 4,   /* VFIO_GROUP_SET_CONTAINER; before 5.19 VFIO_SET_IOMMU too */
	ACT_RELEASE = 5, /* the last release of a claim; its task is unknown by nature */
	ACT_JOIN = 6,    /* a device joins the group: boot, hot-plug, rescan, VF creation */
	ACT_LEAVE = 7,
	ACT_MAP = 8,     /* a user maps memory: VFIO_IOMMU_MAP_DMA, IOMMU_IOAS_MAP and its like */
	ACT_RECEIVE = 9, /* a descriptor is handed over: SCM_RIGHTS, pidfd_getfd(2), seccomp */
	ACT_SYSFS = 10,  /* a file of a device or driver in sysfs is written to, or mapped */
	ACT_DMA = 11,    /* the kernel maps memory for DMA by a device of the group */
};

enum owner_verdict {
	VERDICT_ALLOW = 0,      /* it happened */
	VERDICT_DENY = 1,       /* it was refused, by whom: enum owner_by */
	VERDICT_WOULD_DENY = 2, /* observe mode: ownerd would have refused it */
	VERDICT_WARN = 3,       /* it happened, and an operator should know of it */
};

enum owner_by {
	BY_NOBODY = 0,
	BY_OWNERD = 1,
	BY_KERNEL = 2, /* the kernel itself: ownership, or what else the reason is */
	BY_LSM = 3,    /* another security module, whose verdict stands */
};

enum owner_reason {
	REASON_NONE = 0,
	REASON_USER_OWNED = 1,   /* the group belongs to a user */
	REASON_KERNEL_OWNED = 2, /* DMA drivers are bound in the group */
	REASON_RESERVED = 3,     /* the rule that --reserve is: never a user's */
	REASON_DEDICATED = 4,    /* the rule that --dedicate is: no host driver that does DMA */
	REASON_OTHER_LSM = 5,
	REASON_EXPOSED = 6,      /* no driver, or a stub, beside a user: within its reach */
	REASON_OTHER_DOMAIN = 7, /* nobody's, but not in its default IOMMU domain */
	REASON_UNREADABLE = 8,   /* what decides cannot be read: the group's devices, the
				  * subject's cgroup, or VFIO's structures before 5.19 */
	REASON_RULE = 9,         /* a rule of the policy */
	REASON_DEFAULT = 10,     /* no rule decides, and the policy's default is to deny */
	REASON_LIMIT = 11,       /* a rule's limit of bytes that the group's user has mapped */
	REASON_IN_USE = 12,      /* the node opens once, and is open; or a device's descriptor is */
	REASON_CGROUP = 13,      /* the cgroup's device program, or list, does not allow the node */
	REASON_MODE = 14,        /* the node's mode, owner and ACL do not allow it */
	/* Of maps and claims that VFIO or iommufd refuses, by its errno. */
	REASON_OVERLAP = 15,    /* EEXIST: something is mapped there */
	REASON_MAPPINGS = 16,   /* ENOSPC: as many mappings as may be, or no address is free */
	REASON_MEMLOCK = 17,    /* ENOMEM: more than its caller may lock */
	REASON_MEMORY = 18,     /* EFAULT: the memory cannot be pinned */
	REASON_ARGUMENT = 19,   /* EINVAL, EOVERFLOW: of a map, whatever VFIO does not like of it */
	REASON_INTERRUPTS = 20, /* EPERM: interrupts are not remapped */
	REASON_FIRMWARE = 21,   /* EINVAL since 6.6, EPERM before: the firmware wants memory of a
				 * device mapped as it is (RMRR) */
	REASON_ERRNO = 22,      /* that is all that is known */
	REASON_MAX,
};

/* A task, named so that a reused pid is not mistaken for it. */
struct owner_task {
	__u64 start;  /* task->group_leader->start_boottime */
	__u64 cgroup; /* id in the cgroup v2 hierarchy: the inode number of its directory */
	__u32 tgid;   /* what user space calls the pid; 0: not known */
	__u32 pid;    /* the thread */
	__u32 uid;    /* in the initial user namespace */
	__u32 pad;
	char comm[OWNER_COMM_LEN];
};

/* Map "groups": key __u32 group id.  A record stays when its group goes, for the next of its
 * number. */
#define GROUP_SEEDED (1U << 0) /* its state was found when ownerd started, not seen to begin */

struct owner_group {
	/*
	 * enum owner_kind in the high half, in the low half owner_cnt: how many DMA
	 * drivers are bound, or how many claims stand.  One word, so that it is
	 * never read half old and half new.
	 */
	__u64 state;
	__u64 since;   /* when the owner last changed; seeded: when it was found */
	__u64 changes; /* how often state was written */
	__u64 address; /* the struct iommu_group's in the kernel; read through, never trusted */
	__u32 devices; /* how many device records name this group; 0: it is gone, its number is free
			*/
	__u32 flags;   /* GROUP_* */
};

#define OWNER_STATE(kind, count) ((__u64)(kind) << 32 | (__u32)(count))
#define OWNER_STATE_KIND(state)  ((__u32)((state) >> 32))
#define OWNER_STATE_COUNT(state) ((__u32)(state))

/* Map "holders": key __u32 group id.  The latest claim; it stands while the group's owner is user.
 */
struct owner_holder {
	__u64 file; /* identity of the open file: its kernel address, compared and never followed */
	__u64 since;   /* seeded: when it was found */
	__u32 seeded;  /* 1: found through an open file at start; 0: seen claiming */
	__u32 partial; /* 1: of `domain` more may be mapped than was counted */
	struct owner_task task;
	__u64 space;  /* struct owner_space; 0: not known */
	__u64 domain; /* the group's struct iommu_domain when a limit was last judged; the same */
};

/*
 * Map "spaces": which groups a user's IO address space serves.  A space is the private_data of an
 * open /dev/vfio/vfio or /dev/iommu, compared and never followed.  The value is a __u32 group, of
 * which the entry is true while the group's holder, or the kernel's owner of it, is that space.
 */
struct owner_space {
	__u64 space;
	__u32 slot; /* 0 .. OWNER_SPACE_SLOTS; the last one: more than can be kept */
	__u32 pad;
};

#define OWNER_SPACE_SLOTS 64
#define OWNER_SPACE_OLD   0xffffffffU /* slot: the space was open before ownerd; no group */

/*
 * Map "domains": key __u64, a struct iommu_domain's address: what users have mapped there since
 * owner_config.counted_from.
 */
struct owner_domain {
	__s64 held;   /* bytes now.  Below 0: they had mapped more before */
	__u64 mapped; /* bytes ever */
	__u64 maps;   /* calls of iommu_map(): VFIO makes one for each piece that is contiguous */
	__u64 table;  /* of iommufd, that fills it: key of map "tables"; 0: none was seen */
};

/*
 * Map "tables": key __u64, an IO page table of iommufd; the value is __s64, how many mappings it
 * has. What is not here, or below 0, is not known.
 */
#define OWNER_AREAS_UNKNOWN (-(1LL << 62))

/*
 * Map "claims": key __u32 group id.  Before 5.19 only: a claim that was let pass and has
 * not come back from the kernel yet.  It stands for a user's ownership (bpf/arbiter.bpf.h).
 */
struct owner_claim {
	__u64 pid_tgid; /* the thread that is in the call */
};

/* A device by name: "pci" and "0000:3b:00.0". */
struct owner_device_name {
	char bus[OWNER_BUS_LEN];
	char name[OWNER_DEVICE_LEN];
};

/* Map "devices": key __u64, the struct device's kernel address, from join to leave. */
struct owner_device {
	struct owner_device_name id;
	char driver[OWNER_DRIVER_LEN];      /* empty: no driver */
	char host_driver[OWNER_DRIVER_LEN]; /* the last that was not managed; or, until one was
					     * bound, that which the host would bind */
	__u32 group;
	__u32 pci_id;    /* vendor << 16 | device; 0: not on the PCI bus */
	__u32 pci_class; /* 24 bits */
	__u8 managed; /* its driver sets driver_managed_dma: does no DMA of its own, owns nothing */
	__u8 refused; /* a bind of it was refused, and none has succeeded since */
	__u8 name_len; /* of id.name */
	__u8 supposed; /* host_driver was never bound: the host would bind it (host_drivers) */
};

/* Map "same_ids": the devices of the PCI bus with the same pci_id, by address. */
#define SAME_IDS_MAX 255

struct owner_same_id {
	__u32 pci_id;
	__u32 slot; /* below SAME_IDS_MAX */
};

/*
 * Map "host_drivers": the driver that the host would bind to a PCI device of this model, as far as
 * the daemon knows (hostdriver.h).  By the model, so that it is there before the next such device.
 */
struct owner_model {
	__u32 id;        /* vendor << 16 | device */
	__u32 subsystem; /* the same of the subsystem */
	__u32 class;     /* 24 bits */
};

struct owner_host_driver {
	char name[OWNER_DRIVER_LEN];
};

#define OWNER_RING_SIZE (256 * 1024) /* bytes of each ring buffer */

/*
 * Record of both ring buffers ("changes" and "violations"), and value of map
 * "refusals" (key __u32 group id): the last refusal of each group.
 */
#define OWNER_NO_GROUP 0xffffffffU

struct owner_report {
	__u64 when;
	__u32 group;  /* OWNER_NO_GROUP: of ACT_SYSFS, a file of device.driver */
	__s32 error;  /* 0 or a negative errno: what the hook or kernel function returned */
	__u8 act;     /* enum owner_act */
	__u8 verdict; /* enum owner_verdict */
	__u8 by;      /* enum owner_by */
	__u8 reason;  /* enum owner_reason */
	__u8 owner;   /* enum owner_kind after the act */
	__u8 pad;
	__u16 rule;       /* of the generation, that decided; POLICY_NO_RULE: none did */
	__u32 generation; /* of the policy that was judged by; 0: there was none */
	union {
		__u32 file;  /* enum policy_files, of ACT_SYSFS */
		__s32 stack; /* key of map "stacks", of ACT_DMA; negative: it is not there */
	};
	struct owner_task task;     /* who did it; tgid 0 for a release */
	struct owner_task holder;   /* who held the group then; tgid 0: nobody known */
	struct owner_device device; /* its name is empty for acts on a whole group */
};

/*
 * Map "recent", an array: what was refused lately, kind by kind (src/recent.h).  Written by the
 * daemon alone, by mmap(2); it is a map so that it outlives the daemon.
 */
struct owner_recent {
	__u64 key;                /* of the kind; 0: the entry is free */
	__u64 first;              /* when */
	__u64 count;              /* since then */
	struct owner_report last; /* of them */
};

#define OWNER_RECENT_KINDS 256

/*
 * Map "guarded": key __u32 group id.  By the policy in force no host driver may be bound in the
 * group, and one is, from before the policy, or may come: in observe mode nothing is refused.
 */
struct owner_guard {
	__u32 generation;
	__u16 rule; /* as in struct owner_report */
	__u8 reason;
	__u8 pad;
};

/* Map "kernel_maps": the maps of ACT_DMA, by who made them. */
struct owner_kernel_map {
	__u64 device; /* the struct device's address */
	__u32 group;
	__s32 stack; /* as in struct owner_report */
};

struct owner_kernel_maps {
	__u64 count;
	__u64 bytes;
	__u64 first;
	__u64 last;
};

#define OWNER_STACK_DEPTH 24 /* return addresses of an entry of map "stacks" */

#define OWNER_NO_COUNT 0xffffffffU

/* What the task_file iterator writes: one record for each open group file of each process. */
struct owner_open {
	__u64 file; /* as in struct owner_holder */
	__u32 group;
	__u32 fd;
	struct owner_task task;
	__u64 space;  /* of an open container, which is no group's file; 0: it is a group's */
	__u32 device; /* 1: it is of a device, made by VFIO without a node */
	__u32 avail;  /* of a container: dma_avail; OWNER_NO_COUNT: it cannot be read */
};

/* What the iterator check_groups writes: a record beside the kernel's own state, read now. */
struct owner_group_check {
	__u64 recorded; /* owner_group.state */
	__u64 actual;   /* the same of the kernel's words */
	__u32 group;
	__u32 gone; /* 1: no group of this number is where the record says, actual means nothing */
};

/* What the iterator check_devices writes: the same of a device. */
struct owner_device_check {
	struct owner_device_name id;
	char recorded[OWNER_DRIVER_LEN]; /* owner_device.driver */
	char actual[OWNER_DRIVER_LEN];   /* the driver that is bound now; empty: none */
	__u32 group;
	__u32 gone; /* 1: the device is not in the kernel's list of that group */
};

/* Map "minors": key __u32, the kernel's dev_t (major << 20 | minor), of a node of VFIO's: a
 * group's, or, from 6.6 on, a device's. */
#define OWNER_DEV(major, minor) ((__u32)(major) << 20 | (__u32)(minor))
#define OWNER_DEV_MAJOR(dev)    ((dev) >> 20)
#define OWNER_DEV_MINOR(dev)    ((dev)&0xfffffU)

/*
 * The canaries: acts that touch nothing and are always refused with -EPERM while
 * the hooks are alive.  OPEN: a node with VFIO's major and this minor, beyond any
 * that the kernel hands out, leads to OWNER_CANARY_GROUP, which is no group.  IOCTL: this
 * command, which no driver has, by the process in owner_config.daemon.
 */
#define OWNER_CANARY_GROUP OWNER_NO_GROUP
#define OWNER_CANARY_MINOR 0xfffffU
#define OWNER_CANARY_IOCTL 0x3bffU

/*
 * Where VFIO counts a container's mappings down (struct vfio_container, struct vfio_iommu): offsets
 * in bytes.  dma_avail 0: not known.
 */
struct owner_layout {
	__u32 container_driver;
	__u32 container_data;
	__u32 dma_avail;
	__u32 looked_up; /* 1: if they are not known now, they never will be */
};

/* Global variable of the programs, changed by the daemon while they run, but for what they learn.
 */
struct owner_config {
	__u32 enforce;      /* 0: observe, nothing that policy adds is refused */
	__u32 vfio_major;   /* of VFIO's group nodes; OWNER_NO_MAJOR: none was ever seen */
	__u32 device_major; /* of VFIO's device nodes, for iommufd; the same */
	__u32 abi;          /* OWNER_ABI_VERSION */
	__u32 overlap;      /* programs of another ABI still run beside these */
	__u32 guard;        /* before 5.19: ownership is kept in every mode; 0: only reported */
	__u32 generation;   /* of the policy in force; 0: there is none */
	__u32 correct;      /* the iterators check_* also correct what they find untrue */
	__u64 canary;       /* random: the argument by which the daemon's canary ioctl is known */
	__u64 build;        /* tells the programs of one build of ownerd from those of another */
	/*
	 * While two builds' programs run side by side both see everything, and one tells:
	 * of what happens at `from` or later, and before `until`.  A refusal by ownerd is
	 * made, counted and told by one of them in any case.
	 */
	__u64 from;
	__u64 until;
	/*
	 * An unconfirmed policy ends by itself: from then on (CLOCK_BOOTTIME) `fallback`, the
	 * generation before it, is in force again, and its mode; 0: it is confirmed.  Both are
	 * kept when it is, to go back to; a fallback that is the generation in force is none.
	 */
	__u64 confirm_by;
	__u32 fallback;
	__u32 fallback_enforce;
	__u32 made;          /* the highest number that a generation ever had */
	__u32 domains_lost;  /* a domain's bytes could not be counted: limits are closed */
	__u64 polled;        /* until then (CLOCK_BOOTTIME) the daemon looks for reports unwoken */
	__u64 counted_from;  /* since when bytes are counted; 0: they are not */
	__u32 guarded;       /* 1: the map of that name may have an entry */
	__u32 remaps;        /* 1: the host remaps interrupts */
	__u32 counts_areas;  /* 1: all that counts in the map "tables" is attached */
	__u32 areas_skipped; /* runs of it that the kernel had skipped when last looked at */
	__u32 keeps_direct;  /* 1: no user gets memory that the firmware wants mapped as it is */
	__u32 pad;
	/*
	 * Learnt: &device_ktype (drivers/base/core.c, static), from the first device of an IOMMU
	 * group, and &driver_ktype (drivers/base/bus.c, static), from the first driver of one. They
	 * tell the directories of devices and drivers in sysfs from every other kobject's.  0 until
	 * then: there is no device to guard.
	 */
	__u64 device_ktype;
	__u64 driver_ktype;
	struct owner_layout layout;
};

#define OWNER_NEVER 0xffffffffffffffffULL

#define OWNER_NO_MAJOR 0xfffU /* beyond any 12-bit major in use */

/*
 * Map "counters", an array of one value, __u64 [COUNT_MAX], to which programs and the daemon add
 * atomically: on a preemptible kernel one thread may count in the middle of another's counting.
 * Name, and what it counts.
 */
#define OWNER_COUNTERS(X)                                                                          \
	X(binds_judged, "driver links judged before probe")                                        \
	X(binds_denied, "driver binds refused by ownerd")                                          \
	X(opens_judged, "opens of VFIO nodes judged")                                              \
	X(opens_denied, "opens refused by ownerd")                                                 \
	X(claims_judged, "claims judged")                                                          \
	X(claims_denied, "claims refused by ownerd")                                               \
	X(receives_denied, "descriptors handed over that were refused by ownerd")                  \
	X(maps_denied, "DMA maps by users refused by ownerd")                                      \
	X(writes_judged, "writes to and maps of devices' files in sysfs judged")                   \
	X(writes_denied, "writes to and maps of devices' files refused by ownerd")                 \
	X(writes_unreadable, "writes to unbind or new_id by no write(2): refused in enforce mode") \
	X(would_deny, "acts that enforce mode would have refused")                                 \
	X(kernel_denied, "acts refused by the kernel's own ownership check")                       \
	X(nodes_denied, "opens refused by the kernel: node in use, its mode, or the cgroup")       \
	X(spaces_denied,                                                                           \
	  "maps by users, and claims, that VFIO or iommufd refused, for each group")               \
	X(lsm_denied, "acts refused by another security module")                                   \
	X(kernel_maps, "maps by the kernel for devices of users, or kept for users")               \
	X(kernel_maps_full, "the same, told by nobody: map full")                                  \
	X(stacks_lost, "the same whose caller is not known")                                       \
	X(canaries, "canary acts refused")                                                         \
	X(changes_dropped, "ownership changes lost: ring buffer full")                             \
	X(violations_dropped, "violations lost: ring buffer full")                                 \
	X(groups_full, "groups without a record: map full")                                        \
	X(devices_full, "devices without a record: map full")                                      \
	X(ids_full, "devices beyond the 255th of an ID, which new_id is not judged for")           \
	X(holders_full, "holders not recorded: map full")                                          \
	X(files_full, "device descriptors not recorded: map full")                                 \
	X(files_unknown, "device descriptors received whose group is not known: let pass")         \
	X(minors_full, "group nodes not recorded: map full")                                       \
	X(claims_full, "claims refused: no room to note them")                                     \
	X(spaces_full, "address spaces not recorded: map full")                                    \
	X(spaces_unknown, "DMA maps in containers whose groups are not known: judged closed")      \
	X(spaces_old, "DMA maps in containers from before ownerd: let pass")                       \
	X(domains_full, "domains without a count of bytes: map full, limits judged closed")        \
	X(tables_full, "address spaces of iommufd whose mappings are not counted: map full")       \
	X(thoughts_full, "acts judged closed: no memory to judge in")                              \
	X(paths_unreadable,                                                                        \
	  "acts judged closed: a cgroup's path too long or deep, or too much to compare")          \
	X(layouts_unknown, "VFIO structures not as expected: claims refused")                      \
	X(reads_failed, "kernel fields that could not be read")                                    \
	X(walks_cut, "groups with more devices than one walk covers")                              \
	X(mirrors_unsettled, "owner words that changed faster than they could be copied")

enum owner_counter {
#define X(name, help) COUNT_##name,
	OWNER_COUNTERS(X)
#undef X
		COUNT_MAX,
};

#define OWNER_CHECK_SIZE(type, size) _Static_assert(sizeof(type) == (size), "size of " #type)
OWNER_CHECK_SIZE(struct owner_task, 48);
OWNER_CHECK_SIZE(struct owner_group, 40);
OWNER_CHECK_SIZE(struct owner_holder, 88);
OWNER_CHECK_SIZE(struct owner_space, 16);
OWNER_CHECK_SIZE(struct owner_domain, 32);
OWNER_CHECK_SIZE(struct owner_device, 160);
OWNER_CHECK_SIZE(struct owner_device_name, 80);
OWNER_CHECK_SIZE(struct owner_report, 288);
OWNER_CHECK_SIZE(struct owner_recent, 312);
OWNER_CHECK_SIZE(struct owner_guard, 8);
OWNER_CHECK_SIZE(struct owner_kernel_map, 16);
OWNER_CHECK_SIZE(struct owner_kernel_maps, 32);
OWNER_CHECK_SIZE(struct owner_open, 80);
OWNER_CHECK_SIZE(struct owner_config, 160);
OWNER_CHECK_SIZE(struct owner_group_check, 24);
OWNER_CHECK_SIZE(struct owner_device_check, 152);
OWNER_CHECK_SIZE(struct owner_claim, 8);
OWNER_CHECK_SIZE(struct owner_model, 12);
OWNER_CHECK_SIZE(struct owner_host_driver, 32);

#endif
