# shellcheck shell=sh
# The CPU time and the memory of control groups, of version 1 and 2, without a process for each: a host is asked every minute.

# number <file> [<name>]: prints nothing, and sets `value` to the file's number, or to the one behind the name; empty where
# there is none.
number() {
  value=
  [ -r "$1" ] || return 0
  while read -r first second; do
    if [ $# -eq 1 ]; then value=$first; elif [ "$first" = "$2" ]; then value=$second; fi
    [ -z "$value" ] || return 0
  done <"$1"
} 2>/dev/null

# memory_of <file of bytes> <file of details> <name>: sets `memory`. Cached files that the kernel can drop at once do not
# count, as in `docker stats`.
memory_of() {
  number "$1"
  [ -n "$value" ] || return 0
  memory=$value
  number "$2" "$3"
  [ -z "$value" ] || memory=$((memory > value ? memory - value : 0))
}

# figures <process> <mark> <words>: prints the words, then CPU nanoseconds and bytes of memory of the control group of the
# process that has the mark in its name; `-` where the host does not account for it. A program may have created groups of
# its own below. Prints nothing when the process has ended.
figures() {
  cpu=- memory=-
  [ -r "/proc/$1/cgroup" ] || return 0
  while IFS=: read -r _ controllers path; do
    rest=${path#*"$2"}
    [ "$rest" != "$path" ] || continue
    group=${path%"$rest"}${rest%%/*}
    case ,$controllers, in
      ,,)
        # Beside version 1 it has no controllers, and counts CPU time all the same.
        root=/sys/fs/cgroup
        [ -f "$root/cgroup.controllers" ] || root=$root/unified
        number "$root$group/cpu.stat" usage_usec
        [ -z "$value" ] || cpu=${value}000
        memory_of "$root$group/memory.current" "$root$group/memory.stat" inactive_file
        ;;
      *,cpuacct,*)
        number "/sys/fs/cgroup/cpuacct$group/cpuacct.usage"
        [ -z "$value" ] || cpu=$value
        ;;
      *,memory,*)
        group=/sys/fs/cgroup/memory$group
        memory_of "$group/memory.usage_in_bytes" "$group/memory.stat" total_inactive_file
        ;;
    esac
  done <"/proc/$1/cgroup" || return 0
  echo "$3 $cpu $memory"
} 2>/dev/null

# uptime: prints for how many seconds the host has been running. The time between two answers is measured by it.
uptime() {
  read -r seconds _ </proc/uptime
  echo "$seconds"
}
