# Shell functions of what runs the script in a lab guest, there /lab/guest.sh: lab/init in the busybox
# one, lab/debian-session in the Debian one.
# shellcheck shell=sh disable=SC2034 # variables of theirs
#
# Four serial ports lead to the host: ttyS0 console, ttyS1 the script's standard output (or the
# terminal of the shell), ttyS2 its standard error, ttyS3 control: "exit STATUS", and the requests
# of lab-plug. Kernel command line: lab.system=NAME, lab.topology=NAME, lab.nomount=NAME,
# lab.nodrivers, lab.noownerd, lab.size=ROWSxCOLUMNS.

PATH=/usr/sbin:/usr/bin:/sbin:/bin
HOME=/root
TERM=${TERM:-linux}
export PATH HOME TERM

# What lab/boot asked for.
read_words() {
	topology='' nomount='' drivers=1 ownerd=1 size=24x80 system=busybox
	# shellcheck disable=SC2013 # words are wanted
	for word in $(cat /proc/cmdline); do
		case $word in
		lab.system=*) system=${word#*=} ;;
		lab.topology=*) topology=${word#*=} ;;
		lab.nomount=*) nomount=$nomount,${word#*=} ;;
		lab.nodrivers) drivers= ;;
		lab.size=*) size=${word#*=} ;;
		lab.noownerd) ownerd= ;;
		esac
	done
}

# Everything that may hold the script's pipes but this process and the two copies. The caller's
# list_rest prints the processes; the kernel's own threads have no exe.
kill_rest() {
	for process in $(list_rest); do
		case $process in "$$" | "$out" | "$err") continue ;; esac
		[ -e "/proc/$process/exe" ] && kill -9 "$process" 2>/dev/null
	done
}

# The script gets pipes, as it would on a host, not terminals. What it left running is killed, so
# that the copies end; one that cannot be killed does not hold the end up for long.
run_script() {
	mkfifo /run/lab/out /run/lab/err
	cat /run/lab/out >/dev/ttyS1 &
	out=$!
	cat /run/lab/err >/dev/ttyS2 &
	err=$!
	cd /lab/work || exit
	setsid /bin/sh "/lab/script/$1" </dev/null >/run/lab/out 2>/run/lab/err
	status=$?
	echo closing >&3
	kill_rest
	while kill -0 $out 2>/dev/null || kill -0 $err 2>/dev/null; do
		[ "${waited:=0}" -lt 50 ] || break
		waited=$((waited + 1))
		sleep 0.1
	done
}

# The shell opens its terminal as the leader of a session, so that it gets job control and Ctrl-C.
run_shell() {
	cd /lab/work || exit
	stty -F /dev/ttyS1 sane rows "${size%x*}" cols "${size#*x}"
	if [ -n "$ownerd" ] && [ -x /usr/bin/ownerd ]; then
		ownerd --mode enforce </dev/null >/run/ownerd.log 2>&1 &
		echo "ownerd --mode enforce is running, its log is /run/ownerd.log" >/dev/ttyS1
	fi
	echo "To leave: exit, or Ctrl-A x." >/dev/ttyS1
	setsid /bin/sh -c 'exec /bin/sh -i </dev/ttyS1 >/dev/ttyS1 2>&1'
	status=$?
}

# A script may have silenced the console; what the host looks for there must be there.
report_faults() {
	dmesg >/run/lab/dmesg
	grep -qE "$(cat /lab/faults)" /run/lab/dmesg || return 0
	cat /run/lab/dmesg >/dev/ttyS0
}

# The script, or a shell; then its status, with which the host ends the guest.
run_session() {
	mkdir -p /run/lab
	echo "$topology" >/run/lab/topology
	stty -F /dev/ttyS3 raw -echo
	exec 3<>/dev/ttyS3
	script=$(ls /lab/script 2>/dev/null)
	if [ -n "$script" ]; then
		stty -F /dev/ttyS1 raw -echo
		stty -F /dev/ttyS2 raw -echo
	fi
	echo "start $(cut -d ' ' -f 1 /proc/uptime)" >&3
	if [ -n "$script" ]; then run_script "$script"; else run_shell; fi
	report_faults
	echo "exit $status" >&3
	sleep 60
	poweroff -f
}
