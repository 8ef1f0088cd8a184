# Shell functions of what fills the cache: fetch-kernel, build-kernel, build-debian. They work in
# $work and leave what they made in $cache/NAME, with a stamp that has the script's RECIPE.
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

# is_cached NAME: it is there, and this RECIPE made it.
is_cached() {
	[ -e "$cache/$1/stamp" ] && [ "$(head -n 1 "$cache/$1/stamp")" = "recipe $RECIPE" ]
}

# Another may be making the same: waits for it. Fails if NAME is there then; else work is a folder
# to make it in.
begin_work() {
	mkdir -p "$cache" || exit
	exec 9>"$cache/.$1.lock"
	flock 9
	! is_cached "$1" || return 1
	work=$(mktemp -d "$(cd "$cache" && pwd)/.$1.XXXXXX") || exit
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# What is in $work/out becomes NAME.
end_work() {
	rm -rf "${cache:?}/$1"
	mv "$work/out" "$cache/$1"
}
