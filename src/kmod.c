// SPDX-License-Identifier: GPL-2.0-only
/*
 * libkmod's own functions, which load it when kmod_new() is called first: of every start of
 * ownerctl, which seldom asks it, it took the greater part, because of the libraries that it needs
 * itself (libcrypto).  Only what src/hostdriver.c calls.
 */
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <libkmod.h>
#include "log.h"
#include "util.h"

#define LIBRARY "libkmod.so.2"

/*
 * For what looks for the libraries of a program, to pack or to copy it: "ELF dlopen metadata", as
 * the UAPI group specifies it.
 */
#define DLOPEN                                                                                     \
	"[{\"soname\":[\"" LIBRARY "\"],\"feature\":\"hostdriver\",\"priority\":\"recommended\"}]"

static const struct {
	Elf64_Nhdr header;
	char name[4], description[(sizeof(DLOPEN) + 3) & ~3];
} note __attribute__((used, aligned(4), section(".note.dlopen"))) = {
	{sizeof("FDO"), sizeof(DLOPEN), 0x407c0c0a},
	"FDO",
	DLOPEN,
};

#define FUNCTIONS(X)                                                                               \
	X(kmod_new)                                                                                \
	X(kmod_unref)                                                                              \
	X(kmod_set_log_fn)                                                                         \
	X(kmod_load_resources)                                                                     \
	X(kmod_list_next)                                                                          \
	X(kmod_module_new_from_lookup)                                                             \
	X(kmod_module_apply_filter)                                                                \
	X(kmod_module_get_module)                                                                  \
	X(kmod_module_get_name)                                                                    \
	X(kmod_module_get_install_commands)                                                        \
	X(kmod_module_unref)                                                                       \
	X(kmod_module_unref_list)

static struct {
#define POINTER(f) typeof(f) *f;
	FUNCTIONS(POINTER)
} library;

/* For good: it is not unloaded.  Said once if it is not there. */
static bool load(void)
{
	static bool said;
	void *handle;

	if (library.kmod_new)
		return true;
	handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
#define FIND(f) handle = handle && (library.f = dlsym(handle, #f)) ? handle : NULL;
	FUNCTIONS(FIND)
	if (handle)
		return true;
	library.kmod_new = NULL;
	if (!said)
		log_warning("%s; install libkmod2: which driver the host would bind to a device is "
			    "not known without it",
			    dlerror());
	said = true;
	return false;
}

struct kmod_ctx *kmod_new(const char *dirname, const char *const *config_paths)
{
	if (load())
		return library.kmod_new(dirname, config_paths);
	errno = ELIBACC;
	return NULL;
}

/* What follows is asked of what kmod_new() has made. */

struct kmod_ctx *kmod_unref(struct kmod_ctx *ctx)
{
	return library.kmod_unref(ctx);
}

void kmod_set_log_fn(struct kmod_ctx *ctx,
		     void (*log_fn)(void *data, int priority, const char *file, int line,
				    const char *fn, const char *format, va_list args),
		     const void *data)
{
	library.kmod_set_log_fn(ctx, log_fn, data);
}

int kmod_load_resources(struct kmod_ctx *ctx)
{
	return library.kmod_load_resources(ctx);
}

struct kmod_list *kmod_list_next(const struct kmod_list *list, const struct kmod_list *curr)
{
	return library.kmod_list_next(list, curr);
}

int kmod_module_new_from_lookup(struct kmod_ctx *ctx, const char *given_alias,
				struct kmod_list **list)
{
	return library.kmod_module_new_from_lookup(ctx, given_alias, list);
}

int kmod_module_apply_filter(const struct kmod_ctx *ctx, enum kmod_filter filter_type,
			     const struct kmod_list *input, struct kmod_list **output)
{
	return library.kmod_module_apply_filter(ctx, filter_type, input, output);
}

struct kmod_module *kmod_module_get_module(const struct kmod_list *entry)
{
	return library.kmod_module_get_module(entry);
}

const char *kmod_module_get_name(const struct kmod_module *mod)
{
	return library.kmod_module_get_name(mod);
}

const char *kmod_module_get_install_commands(const struct kmod_module *mod)
{
	return library.kmod_module_get_install_commands(mod);
}

struct kmod_module *kmod_module_unref(struct kmod_module *mod)
{
	return library.kmod_module_unref(mod);
}

int kmod_module_unref_list(struct kmod_list *list)
{
	return library.kmod_module_unref_list(list);
}
