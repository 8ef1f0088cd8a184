# Shell functions of fetch-kernel and build-kernel: a private apt root, and what a kernel becomes in
# the cache. They set kernel, and work in $work.
# shellcheck shell=bash disable=SC2034,SC2154 # variables of the scripts

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

die() {
	local status=$1
	shift
	printf 'lab: %s\n' "$*" >&2
	exit "$status"
}

# The base address that the machine's apt uses for Debian, or for Debian's security archive. Other
# archives in its sources are told apart by their suite, which is none of Debian's.
mirror_of() {
	local names='(bullseye|bookworm|trixie|forky|sid|(old)*stable|testing|unstable)' tail
	case $1 in
	*-security) tail='-security' ;;
	*) tail='(-updates|-backports)?' ;;
	esac
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --no-release-info --format '$(CREATED_BY) $(RELEASE) $(REPO_URI)' |
		awk -v suite="^$names$tail\$" '$1 == "Packages" && $2 ~ suite { print $3; exit }'
}

write_config() {
	mkdir -p "$work/sources" "$work/state/lists/partial" "$work/cache/archives/partial"
	: >"$work/status"
	cat >"$work/apt.conf" <<-END
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear APT::Architectures;
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; };
		APT::Sandbox::User "";
		APT::Update::Error-Mode "any";
		APT::Get::List-Cleanup "false";
		APT::Get::AllowUnauthenticated "false";
		Acquire::AllowInsecureRepositories "false";
		Acquire::Languages "none";
		Acquire::Retries "2";
		Dir::Etc::sourcelist "/dev/null";
		Dir::Etc::sourceparts "$work/sources/";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		Dir::Etc::trusted "/dev/null";
		Dir::Etc::trustedparts "/dev/null";
		Dir::State "$work/state/";
		Dir::State::status "$work/status";
		Dir::Cache "$work/cache/";
		Dir::Cache::pkgcache "pkgcache.bin";
		Dir::Cache::srcpkgcache "srcpkgcache.bin";
	END
}

# Reads a suite's index. A suite that cannot be read is left out, with the reason in why.
add_suite() {
	local suite=$1 uri
	uri=$(mirror_of "$suite")
	if [ -z "$uri" ]; then
		why="apt has no Debian source to take it from"
		return 1
	fi
	echo "deb [arch=amd64 signed-by=$KEYRING] $uri $suite main" >"$work/sources/$suite.list"
	apt-get -c "$work/apt.conf" -o Dir::Etc::sourcelist="$work/sources/$suite.list" \
		-o Dir::Etc::sourceparts=/dev/null -q update >"$work/log" 2>&1 && return 0
	rm "$work/sources/$suite.list"
	why=$(sed -nE 's/^(E|W): *//p' "$work/log" | sed -E 's,https?://[^ ]* *,,g' | head -n 1)
	return 1
}

# The kernel as the loader in vmlinuz would unpack it. QEMU enters it directly, which spares each
# boot under TCG some seconds of unpacking. Offsets: Documentation/arch/x86/boot.rst. A kernel
# packed in another way is booted from vmlinuz.
unpack_kernel() {
	local from=$1 to=$2 sectors offset length unpack
	sectors=$(od -An -tu1 -j $((0x1f1)) -N 1 "$from")
	read -r offset length < <(od -An -tu4 -j $((0x248)) -N 8 "$from")
	tail -c +$(((sectors + 1) * 512 + offset + 1)) "$from" | head -c $((length - 4)) >"$to.packed"
	case $(od -An -tx1 -N 2 "$to.packed") in
	' fd 37') unpack='xz -dc' ;;
	' 28 b5') unpack='zstd -dqc' ;;
	' 1f 8b') unpack='gzip -dc' ;;
	*) unpack=false ;;
	esac
	$unpack <"$to.packed" >"$to" || rm "$to"
	rm "$to.packed"
}

make_base() {
	local out=$1 root=$1/root version=$2 link
	mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,usr/lib,lib,lib64,dev,proc,sys,run,tmp,root,etc,var}
	cp "$busybox" "$root/bin/busybox"
	"$busybox" --list-full | while read -r link; do
		[ "$link" = bin/busybox ] || ln -sf /bin/busybox "$root/$link"
	done
	mkdir -p "$root/lib/modules"
	cp -a "$out/modules/$version" "$root/lib/modules/"
	depmod -b "$root" "$version"
	cp "$root/lib/modules/$version"/modules.dep "$out/modules/$version/"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
	echo 'root:x:0:' >"$root/etc/group"
	(cd "$root" && find . -print0 | LC_ALL=C sort -z |
		cpio -0 --quiet -o -H newc -R 0:0 --reproducible) >"$out/base.cpio"
	rm -r "$root"
}

check_tools() {
	local tool
	for tool in apt-get dpkg-deb depmod modprobe cpio xz zstd flock busybox; do
		command -v "$tool" >/dev/null || die 69 "$tool is missing; run 'make setup'"
	done
	busybox=$(command -v busybox)
	! ldd "$busybox" >/dev/null 2>&1 || die 69 "busybox is not static; install busybox-static"
	[ -r "$KEYRING" ] || die 69 "$KEYRING is missing; install debian-archive-keyring"
}

is_fetched() {
	[ -e "$cache/$kernel/stamp" ] && [ "$(head -n 1 "$cache/$kernel/stamp")" = "recipe $RECIPE" ]
}
