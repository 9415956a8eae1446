#!/bin/sh
# Prints a service's output as JSON entries. Arguments: how many of the newest lines, since when (empty: ever), 1 to
# follow, the service's mark, which units are its own.
#
# Any program may mark its lines as the service's. The journal itself states which unit wrote a line, so the newest
# lines are selected by unit: by mark, a flood of another program's lines would displace the service's. Later lines may
# come from a unit that does not exist yet, so they are selected by the mark, and the reader checks each.
lines=$1 since=$2 follow=$3 mark=$4 units=$5
set -- --quiet --no-pager --all --output=json --output-fields=MESSAGE,_SYSTEMD_UNIT
now=$(date +%s.%6N)
own=$(journalctl --quiet --field=_SYSTEMD_UNIT | grep -E -- "$units" | sed 's/^/_SYSTEMD_UNIT=/')
if [ "$lines" != 0 ] && [ -n "$own" ]; then
  # shellcheck disable=SC2086 # A word for each unit, whose names have no blanks.
  journalctl "$@" "--lines=$lines" ${since:+"--since=$since"} $own || exit
fi
[ "$follow" = 1 ] || exit 0
echo follows
exec journalctl "$@" --lines=all --follow "--since=@$now" "LANDFALL_SERVICE=$mark"
