# system: debian
# topology: shared
# Containers by name and by hook: one that is made after the policy has its group, also when it is
# made again, another has not; and a container that asks for another's group is not even made, by crun
# and runc alone and by podman.
. ./tap.sh

ROOT=/run/rootfs
HOOK=/usr/bin/ownerd-oci-hook
runtime=crun

# Busybox, and vfio-hold with its libraries: no registry, no network. Podman names in its store only
# what is made of an image.
make_rootfs() {
	mkdir -p $ROOT/bin $ROOT/dev $ROOT/etc $ROOT/proc $ROOT/run $ROOT/sys $ROOT/tmp
	cp /bin/busybox /usr/bin/vfio-hold $ROOT/bin/ && ln -sf busybox $ROOT/bin/sh || return
	for library in $(ldd /usr/bin/vfio-hold | sed -nE 's,^[^/]*(/[^ ]+) \(0x.*,\1,p'); do
		mkdir -p "$ROOT${library%/*}"
		cp -L "$library" "$ROOT$library" || return
	done
	tar -C $ROOT -c . | podman import - lab
}

# bundle NAME STEP...: for a runtime alone, in the cgroup /NAME, with both nodes that a claim of SINGLE
# needs and the hook.  crun keeps a hook's standard error for itself, unless it is told otherwise.
bundle() {
	dir=/run/bundle.$1 name=$1
	shift
	mkdir -p "$dir" && (cd "$dir" && rm -f config.json && runc spec) || return
	for node in "/dev/vfio/$group" /dev/vfio/vfio; do
		printf '{"path": "%s", "type": "c", "major": %d, "minor": %d}\n' "$node" \
			"0x$(stat -c %t "$node")" "0x$(stat -c %T "$node")"
	done >"$dir/devices"
	jq --slurpfile devices "$dir/devices" --arg name "/$name" --arg hook $HOOK '
		.process.terminal = false | .process.args = $ARGS.positional | .root.path = "'$ROOT'" |
		.linux.cgroupsPath = $name | .linux.devices = $devices |
		.linux.resources.devices = [{allow: false, access: "rwm"}] + [$devices[] |
			{allow: true, type, major, minor, access: "rwm"}] |
		.hooks = {createRuntime: [{path: $hook}], poststop: [{path: $hook}]} |
		.annotations = {"run.oci.hooks.stderr": "/run/hook.err"}' \
		"$dir/config.json" --args vfio-hold "$@" >"$dir/new" && mv "$dir/new" "$dir/config.json"
}

# alone NAME [ID]: the bundle in its container; what the claim says. /run/err is what is said besides.
alone() {
	: >/run/hook.err
	$runtime run -b "/run/bundle.$1" "${2:-$1}" 2>/run/err | sed -n 's/^set-container: \([A-Za-z]*\).*/\1/p'
	cat /run/hook.err >>/run/err
}

# pod OPTIONS NAME: a container of podman's that would claim SINGLE2, in the background.
pod() {
	podman --runtime $runtime $1 run -d --name "$2" --network none --device /dev/vfio/vfio \
		--device "$node2" lab vfio-hold claim=$SINGLE2 hold >/run/id 2>/run/err
}

# said NAME: what its claim came to.
said() {
	wait_for 10 sh -c "podman logs $1 | grep -qE '^(open|set-container): '"
	podman logs "$1" 2>/dev/null | sed -nE 's/^(open|set-container): ([A-Za-z]*).*/\2/p' | tail -n 1
}

# containers FILTER: of what ownerd knows.
containers() {
	printf '{"method": "io.ownerd.ListContainers"}\0' | socat -t 5 - UNIX-CONNECT:/run/ownerd/io.ownerd |
		tr -d '\0' | jq -r ".parameters.containers[] | $1"
}

holder() {
	ownerctl show --json $SINGLE2 | jq -r .group.holder.container_name
}

check_alone() {
	is "$runtime: the cgroup's own group: claimed" "$(alone own)" ok
	is "another's: not made" "$(alone other)" ""
	like "it says why" "$(cat /run/err)" "container other is refused: it asks for group $group \(/dev/vfio/$group, $SINGLE\): rule .?\"one.?\" \(policy.yaml:4\) does not give it"
	like "and how to see more" "$(cat /run/err)" "ownerctl can claim $group --as cgroup=[^ ]*/other"
	is "nothing of it is left" "$($runtime list -q)" ""
}

ok "a root file system" make_rootfs
to_vfio $SINGLE $SINGLE2
group=$(group_of $SINGLE) node2=/dev/vfio/$(group_of $SINGLE2)
ok "bundles" eval "bundle own claim=$SINGLE && bundle other claim=$SINGLE"
is "before: any container claims" "$(alone other)" ok
like "the hook says that it looks at nothing" "$(cat /run/err)" "nothing of ownerd is in force"

cat >/run/policy.yaml <<-END
	version: 1
	mode: observe
	rules:
	  - {name: one, devices: [{pci: "$SINGLE"}], claim: {allow: [{cgroup: "/own/**"}]}}
	  - {name: two, devices: [{pci: "$SINGLE2"}], claim: {allow: [{container: gpu-job}]}}
END
start_ownerd --policy /run/policy.yaml
is "observe: another's: claimed" "$(alone other)" ok
like "and told of" "$(cat /run/err)" "container other would be refused in enforce mode: group $group"
sed -i 's/observe/enforce/' /run/policy.yaml
ok "enforce" ownerctl policy apply

for runtime in crun runc; do
	check_alone
done

id=$(printf %064d 1)
ok "a container that stays" eval "bundle own hold && { runc run -d -b /run/bundle.own $id >/dev/null </dev/null; }"
is "it is registered" "$(containers "select(.id == \"$id\").state")" registered
runc delete -f "$id"
is "and no more, once it is gone" "$(containers "select(.id == \"$id\").state")" gone

mkdir /run/hooks.d
cat >/run/hooks.d/ownerd.json <<-END
	{"version": "1.0.0", "hook": {"path": "$HOOK"}, "when": {"always": true},
	 "stages": ["createRuntime", "poststop"]}
END
fails "podman: another container: not made" 126 pod "--hooks-dir /run/hooks.d" other
like "podman says why" "$(cat /run/err)" 'group [0-9]* .*: rule \\?"two\\?" .*does not give it to this container'
podman rm -f other >/dev/null
ok "the one of that name, made after the policy" pod "--hooks-dir /run/hooks.d" gpu-job
is "claims" "$(said gpu-job)" ok
is "and is shown by its name" "$(holder)" gpu-job
like "in words too" "$(ownerctl show $SINGLE2)" "called gpu-job"
first=$(cat /run/id)

# What follows is without the hook, by what podman writes down alone.
cp /usr/bin/vfio-hold /run/tool
sed -i 's,{cgroup: "/own/\*\*"},{exe: /run/tool},' /run/policy.yaml
ok "a policy that waits for its confirmation" ownerctl policy apply --confirm-within 5m
podman rm -f -t 0 gpu-job >/dev/null
runtime=crun
ok "made again under the same name" pod "" gpu-job
is "it is another" "$([ "$first" != "$(cat /run/id)" ] && said gpu-job)" ok
is "and is shown by its name" "$(holder)" gpu-job
like "the policy still waits" "$(ownerctl policy show)" "onfirm"
podman rm -f -t 0 gpu-job >/dev/null
podman --hooks-dir /run/hooks.d run --rm --name other --network none --privileged -v /dev:/dev lab \
	vfio-hold open=$SINGLE2 >/run/said 2>/run/err
is "a privileged one is made, and refused: EPERM" "$(sed -nE 's/^open: ([A-Za-z]*).*/\1/p' /run/said)" EPERM
is "and is known by its name, though it is gone" \
	"$(ownerctl show --json $SINGLE2 | jq -r .group.refused.task.container_name)" other

is "a program that the policy names: claims" "$(/run/tool claim=$SINGLE | sed -n 's/^set-container: //p')" ok
cp /usr/bin/vfio-hold /run/new && mv /run/new /run/tool
ok "replaced: claims" wait_for 20 sh -c "/run/tool claim=$SINGLE | grep -q '^set-container: ok'"
is "another program: EPERM" "$(step open open=$SINGLE)" EPERM
ok "the policy goes back" ownerctl policy revert
is "the one before holds" "$(/run/tool --keep-going open=$SINGLE | sed -nE 's/^open: ([A-Za-z]*).*/\1/p')" EPERM
stop_ownerd keep
is "without ownerd, by what it left: not made" "$(alone other "$id")" ""
like "which is said" "$(cat /run/err)" "ownerd is not running"
like "as is the rule" "$(cat /run/err)" "is refused: it asks for group $group .*rule \"one\""
ownerd --unpin
is "after: any container claims" "$(alone other)" ok
finish
