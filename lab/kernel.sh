# Shell functions of fetch-kernel and build-kernel: what a kernel becomes in the cache.
# shellcheck shell=bash disable=SC2034,SC2154 # variables of the scripts

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
