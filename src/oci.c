// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "containers.h"
#include "jsonfile.h"
#include "oci.h"
#include "text.h"
#include "util.h"

static const char *fault(int err)
{
	return err == -EBADMSG ? "it is no JSON"
	       : err == -EFBIG ? "it is too large"
			       : strerror(-err);
}

/* State. */

static int64_t number_of(struct json_object *o, const char *key, int64_t otherwise)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, key, &value) ||
	    !json_object_is_type(value, json_type_int))
		return otherwise;
	return json_object_get_int64(value);
}

/* What CRI and nerdctl call it. */
static const char *find_name(struct json_object *annotations)
{
	static const char *const keys[] = {"nerdctl/name", "io.kubernetes.cri.container-name",
					   "io.kubernetes.container.name"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *name = jsonfile_string(annotations, keys[i]);

		if (name && containers_is_name(name))
			return name;
	}
	return NULL;
}

/* Printable, so that it may stand in a message and in a path. */
static bool is_plain(const char *text, size_t max)
{
	for (size_t i = 0; text[i]; i++)
		if (i == max || (unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return *text;
}

static int check_state(const struct oci_state *s, char **ret_error)
{
	if (!json_object_is_type(s->json, json_type_object))
		return text_refuse(-EINVAL, ret_error, "the state is no object");
	if (!s->id || !is_plain(s->id, 1024) || strchr(s->id, '/'))
		return text_refuse(-EINVAL, ret_error,
				   "the state has no \"id\" that a container can "
				   "have");
	if (!s->status)
		return text_refuse(-EINVAL, ret_error, "the state of %s has no \"status\"", s->id);
	if (!s->bundle || *s->bundle != '/' || !is_plain(s->bundle, PATH_MAX - 32))
		return text_refuse(-EINVAL, ret_error,
				   "the state of %s has no \"bundle\" that is an absolute path",
				   s->id);
	return 0;
}

int oci_read_state(struct oci_state *ret, int fd, char **ret_error)
{
	struct oci_state s = {};
	int64_t pid;
	int err = jsonfile_read(fd, OCI_STATE_MAX, &s.json);

	if (err)
		return text_refuse(
			err, ret_error,
			"no container's state on standard input: %s; an OCI runtime writes it "
			"there",
			fault(err));
	s.id = jsonfile_string(s.json, "id");
	s.status = jsonfile_string(s.json, "status");
	s.bundle = jsonfile_string(s.json, "bundle");
	s.name = find_name(jsonfile_object(s.json, "annotations"));
	pid = number_of(s.json, "pid", 0);
	s.pid = pid > 0 && pid <= INT32_MAX ? pid : 0;
	err = check_state(&s, ret_error);
	if (err)
		oci_state_done(&s);
	else
		*ret = s;
	return err;
}

void oci_state_done(struct oci_state *s)
{
	json_object_put(s->json);
	*s = (struct oci_state){};
}

/* Configuration. */

int oci_read_config(struct json_object **ret, const char *bundle, char **ret_error)
{
	_cleanup_close_ int fd = -1;
	struct json_object *o = NULL;
	char path[PATH_MAX];
	struct stat st;
	int err = 0;

	snprintf(path, sizeof(path), "%s/config.json", bundle);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	err = err ?: jsonfile_read(fd, OCI_CONFIG_MAX, &o);
	if (!err && !json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		err = -EBADMSG;
	}
	if (err)
		return text_refuse(err, ret_error, "%s: %s", path, fault(err));
	*ret = o;
	return 0;
}

/* Groups. */

/* The last component of a link; -ENOENT: there is none. */
static int link_name(const char *path, char *ret, size_t size)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *last;

	if (n < 0)
		return -ENOENT;
	target[n] = '\0';
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	if (strlen(last) >= size)
		return -ENOENT;
	strcpy(ret, last);
	return 0;
}

static int parse_group(const char *text, uint32_t *ret)
{
	if (!*text || text[strspn(text, "0123456789")] || strlen(text) > 9)
		return -ENOENT;
	*ret = strtoul(text, NULL, 10);
	return 0;
}

/* Of a device number, if it is that of a group's node or of a device's: "vfio/14",
 * "vfio-dev/vfio0". */
static int group_of(const char *root, int64_t major, int64_t minor, uint32_t *ret)
{
	static const char noiommu[] = "noiommu-";
	char path[PATH_MAX], name[64], subsystem[64];

	snprintf(path, sizeof(path), "%s/sys/dev/char/%" PRId64 ":%" PRId64 "/subsystem", root,
		 major, minor);
	if (link_name(path, subsystem, sizeof(subsystem)) < 0)
		return -ENOENT;
	if (!strcmp(subsystem, "vfio"))
		*strrchr(path, '/') = '\0';
	else if (!strcmp(subsystem, "vfio-dev"))
		strcpy(strrchr(path, '/'), "/device/iommu_group");
	else
		return -ENOENT;
	if (link_name(path, name, sizeof(name)) < 0)
		return -ENOENT;
	return parse_group(strncmp(name, noiommu, strlen(noiommu)) ? name : name + strlen(noiommu),
			   ret);
}

static int add_group(struct oci_groups *to, uint32_t group, const char *path, char **ret_error)
{
	struct oci_group *list;

	for (size_t i = 0; i < to->n; i++)
		if (to->list[i].group == group)
			return 0;
	if (to->n == OCI_GROUPS_MAX)
		return text_refuse(-E2BIG, ret_error, "more than %d VFIO groups for one container",
				   OCI_GROUPS_MAX);
	list = reallocarray(to->list, to->n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	to->list = list;
	list[to->n].group = group;
	list[to->n].path = strdup(path);
	return list[to->n].path ? (to->n++, 0) : -ENOMEM;
}

/* Runtimes make it by its numbers, whatever its path is. */
static int add_device(struct oci_groups *to, struct json_object *device, const char *root,
		      char **ret_error)
{
	int64_t major = number_of(device, "major", -1), minor = number_of(device, "minor", -1);
	const char *path = jsonfile_string(device, "path"), *type = jsonfile_string(device, "type");
	uint32_t group;

	if (!type || (strcmp(type, "c") && strcmp(type, "u")) || major < 0 || minor < 0 ||
	    group_of(root, major, minor, &group) < 0)
		return 0;
	return add_group(to, group, path && is_plain(path, PATH_MAX) ? path : "a device",
			 ret_error);
}

static int add_mount(struct oci_groups *to, struct json_object *mount, const char *root,
		     char **ret_error)
{
	const char *source = jsonfile_string(mount, "source");
	uint32_t group;
	struct stat st;

	if (!source || *source != '/' || !is_plain(source, PATH_MAX - 1) || stat(source, &st) < 0 ||
	    !S_ISCHR(st.st_mode) ||
	    group_of(root, major(st.st_rdev), minor(st.st_rdev), &group) < 0)
		return 0;
	return add_group(to, group, source, ret_error);
}

/* The last rule about all devices is what counts; how later ones carve something out does not. */
static bool allows_all(struct json_object *of_linux)
{
	struct json_object *resources = jsonfile_object(of_linux, "resources");
	struct json_object *rules = jsonfile_array(resources, "devices");
	bool allows = false;

	for (size_t i = 0; i < jsonfile_length(rules); i++) {
		struct json_object *rule = json_object_array_get_idx(rules, i), *allow = NULL;
		const char *type = jsonfile_string(rule, "type");

		if ((type && *type && strcmp(type, "a")) || number_of(rule, "major", -1) >= 0 ||
		    number_of(rule, "minor", -1) >= 0)
			continue;
		if (json_object_is_type(rule, json_type_object))
			json_object_object_get_ex(rule, "allow", &allow);
		allows = json_object_get_boolean(allow);
	}
	return allows;
}

int oci_find_groups(struct oci_groups *ret, struct json_object *config, const char *root,
		    char **ret_error)
{
	_cleanup_(oci_groups_done) struct oci_groups g = {};
	struct json_object *of_linux = jsonfile_object(config, "linux");
	struct json_object *devices =
		allows_all(of_linux) ? NULL : jsonfile_array(of_linux, "devices");
	struct json_object *mounts = jsonfile_array(config, "mounts");
	int err = 0;

	for (size_t i = 0; !err && i < jsonfile_length(devices); i++)
		err = add_device(&g, json_object_array_get_idx(devices, i), root, ret_error);
	for (size_t i = 0; !err && i < jsonfile_length(mounts); i++)
		err = add_mount(&g, json_object_array_get_idx(mounts, i), root, ret_error);
	if (err)
		return err;
	*ret = g;
	g = (struct oci_groups){};
	return 0;
}

void oci_groups_done(struct oci_groups *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->list[i].path);
	free(g->list);
	*g = (struct oci_groups){};
}

/* "a-b.slice" is below "a.slice". */
static void print_slices(FILE *to, const char *slice, size_t n)
{
	size_t stem = n - strlen(".slice");

	for (size_t i = 1; i <= stem; i++)
		if (i == stem || slice[i] == '-')
			fprintf(to, "/%.*s.slice", (int)i, slice);
}

char *oci_cgroup(struct json_object *config)
{
	const char *path = jsonfile_string(jsonfile_object(config, "linux"), "cgroupsPath");
	const char *prefix, *name;
	char *text = NULL;
	size_t n;
	FILE *to;

	if (!path || !is_plain(path, PATH_MAX) || *path == '/')
		return path && *path == '/' ? strdup(path) : NULL;
	prefix = strchr(path, ':');
	name = prefix ? strchr(prefix + 1, ':') : NULL;
	n = prefix ? prefix - path : 0;
	if (!name || n <= strlen(".slice") || strncmp(prefix - strlen(".slice"), ".slice", 6) ||
	    strchr(path, '/'))
		return NULL;
	to = open_memstream(&text, &(size_t){0});
	if (!to)
		return NULL;
	print_slices(to, path, n);
	fprintf(to, "/%.*s-%s.scope", (int)(name - prefix - 1), prefix + 1, name + 1);
	if (fclose(to) == 0)
		return text;
	free(text);
	return NULL;
}
