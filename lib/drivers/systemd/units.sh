#!/bin/sh
# The operations on services' units, each in one command: a host may be far away. The programs get everything they need
# as arguments, and secrets through their input. The functions of users.sh come before it, and those of control-groups.sh
# before `usage`. Exit codes: UNIT_EXIT in programs.ts.
set -eu
units=/etc/systemd/system
# For units that the next boot forgets.
passing=/run/systemd/system

# end_unit <unit> <seconds>: TERM, and KILL after that long.
end_unit() {
  if ! timeout "$2" systemctl stop -- "$1" 2>/dev/null; then
    systemctl kill --signal=KILL -- "$1" 2>/dev/null || :
    systemctl stop -- "$1"
  fi
  # A stopped unit does not belong on the host's list of failures.
  systemctl reset-failed -- "$1" 2>/dev/null || :
}

start_unit() {
  systemctl start -- "$1" 2>/dev/null && return
  journalctl --sync || :
  journalctl --quiet --no-pager --output=cat --lines=5 --unit="$1" >&2 || :
  exit 65
}

# After this the unit is started neither at boot nor, once systemd was told to reload, when it ends.
disable() {
  systemctl disable --quiet --no-reload -- "$1"
  rm -r -- "$units/$1.d"
}

release() {
  [ -d "$units/$1.d" ] || return 0
  disable "$1"
  systemctl daemon-reload
}

# denied <addresses>: all but name servers. On some clouds the address that gives out the machine's credentials is also
# the name server.
denied() {
  for address in $1; do
    grep -Eqs "^nameserver[[:space:]]+$address([[:space:]]|$)" /etc/resolv.conf || printf '%s ' "$address"
  done
}

same() { [ -f "$2" ] && [ "$(cat -- "$1")" = "$(cat -- "$2")" ]; }
state() { systemctl show --property="$1" --value -- "$unit"; }

# Prints the controllers whose limits the host enforces; `unknown` when the unit has ended already.
limits() {
  groups=/proc/$(state MainPID)/cgroup
  [ -f "$groups" ] || { echo unknown; return; }
  for controller in memory cpu; do
    if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
      [ -f "/sys/fs/cgroup$(sed -n 's/^0:://p' "$groups")/$controller.max" ] || continue
    else
      grep -Eq "^[0-9]+:([^:]*,)?$controller(,[^:]*)?:.*/$unit\$" "$groups" || continue
    fi
    echo "$controller"
  done 2>/dev/null
}

# Writes the content of the environment file and the unit, from the input, beside where they will be.
stage() {
  umask 077
  staging=$(mktemp -d /run/landfall.XXXXXXXX)
  trap 'rm -rf -- "$staging"' EXIT
  trap 'exit 1' HUP INT TERM
  mkdir -p -- "${environment%/*}"
  head -c "$bytes" >"$environment.new"
  cat >"$staging/$unit"
  denied=$(denied "$(sed -n 's/^IPAddressDeny=//p' "$staging/$unit")")
  sed -i "s/^IPAddressDeny=.*/IPAddressDeny=$denied/" "$staging/$unit"
}

# give <volumes' directories>: the user gets the release and the volumes, the environment file its content.
give() {
  ensure_user "$user" "$purpose"
  own "$directory" "$user"
  for volume; do
    mkdir -p -- "$volume"
    own "$volume" "$user"
  done
  mv -- "$environment.new" "$environment"
}

# create <unit> <user> <what the user is for> <release's directory> <environment file> <bytes of its content> <volumes'
# directories>. Input: that content, then the unit. Without a purpose the user must exist. Prints the limits.
create() {
  unit=$1 user=$2 purpose=$3 directory=$4 environment=$5 bytes=$6
  shift 6
  stage
  if same "$staging/$unit" "$units/$unit" && same "$environment.new" "$environment" &&
    [ "$(state SubState)" = running ]; then
    rm -- "$environment.new"
    limits
    return
  fi
  give "$@"
  strict=--recursive-errors=no
  systemd-analyze "$strict" --version >/dev/null 2>&1 || strict=
  systemd-analyze verify ${strict:+"$strict"} "$staging/$unit" >&2 || exit 64
  chmod 644 "$staging/$unit"
  if [ -f "$units/$unit" ]; then
    release "$unit"
    end_unit "$unit" 2
  fi
  cp -- "$staging/$unit" "$units/.$unit.new"
  mv -- "$units/.$unit.new" "$units/$unit"
  systemctl daemon-reload
  start_unit "$unit"
  limits
}

# resume <unit>
resume() {
  [ -f "$units/$1" ] || exit 66
  # A unit that ended by itself still counts as active.
  [ "$(systemctl show --property=SubState --value -- "$1")" != exited ] || systemctl stop -- "$1"
  start_unit "$1"
}

# keep <unit>: restarts it from now on whenever it ends. Input: its drop-in.
keep() {
  [ -f "$units/$1" ] || exit 66
  if [ -f "$units/$1.d/keep.conf" ] && systemctl is-enabled --quiet -- "$1"; then return; fi
  mkdir -p -- "$units/$1.d"
  cat >"$units/$1.d/keep.conf"
  systemctl enable --quiet -- "$1"
}

# stop <unit> <seconds between TERM and KILL>
stop() {
  [ -f "$units/$1" ] || exit 0
  release "$1"
  end_unit "$1" "$2"
}

# remove <unit> <seconds between TERM and KILL> <environment file>
remove() {
  rm -f -- "$3" "$3.new" "$units/.$1.new"
  [ -f "$units/$1" ] || exit 0
  # No reload before its end: systemd does not restart what it stops, and a reload costs a fifth of a second.
  [ ! -d "$units/$1.d" ] || disable "$1"
  end_unit "$1" "$2"
  rm -- "$units/$1"
  systemctl daemon-reload
}

# list <pattern>: prints the names of the units that match it.
list() {
  cd "$units" 2>/dev/null || exit 0
  # shellcheck disable=SC2086 # It is a pattern.
  set -- $1
  [ -f "$1" ] || exit 0
  printf '%s\n' "$@"
}

# show <pattern>: prints the properties of the units that match it.
show() {
  cd "$units" 2>/dev/null || exit 0
  # shellcheck disable=SC2086 # It is a pattern.
  set -- $1
  [ -f "$1" ] || exit 0
  TZ=UTC exec systemctl show --property=Id,SubState,ActiveState,MainPID,ExecMainCode,ExecMainStatus,Result,NRestarts \
    --property=StateChangeTimestamp,Environment -- "$@"
}

# usage <pattern>: prints the host's uptime, then a line for each running unit that matches it: its name, the invocation, its
# restarts, CPU nanoseconds, bytes of memory.
usage() {
  uptime
  cd "$units" 2>/dev/null || exit 0
  # shellcheck disable=SC2086 # It is a pattern.
  set -- $1
  [ -f "$1" ] || exit 0
  { systemctl show --property=Id,MainPID,NRestarts,InvocationID -- "$@" && echo; } |
    while IFS='=' read -r name value; do
      case $name in
        Id) unit=$value ;;
        MainPID) main=$value ;;
        NRestarts) restarts=$value ;;
        InvocationID) invocation=$value ;;
        '') figures "$main" "$unit" "$unit $invocation $restarts" ;;
      esac
    done
}

# last-output <unit> <lines>: only what was written since the unit was created.
last_output() {
  since=$(stat -c %Y "$units/$1" 2>/dev/null) || exit 0
  journalctl --sync || :
  exec journalctl --quiet --no-pager --output=cat --lines="$2" --since="@$since" "_SYSTEMD_UNIT=$1"
}

# start-command <unit> <user> <what the user is for> <release's directory> <environment file> <bytes of its content> <file for
# its output> <volumes' directories>. Input: that content, then the unit. It is not restarted, and lasts until the host
# boots.
start_command() {
  unit=$1 user=$2 purpose=$3 directory=$4 environment=$5 bytes=$6 output=$7
  shift 7
  stage
  give "$@"
  mkdir -p -- "${output%/*}"
  : >"$output"
  mkdir -p -- "$passing"
  chmod 644 "$staging/$unit"
  mv -- "$staging/$unit" "$passing/$unit"
  systemctl daemon-reload
  systemctl start -- "$unit" 2>/dev/null && return
  systemctl status --no-pager --lines=5 -- "$unit" >&2 || :
  exit 65
}

# follow-command <unit> <file of its output> <bytes>: prints the output from its beginning until the command has ended. The
# file is emptied when it has more than so many bytes.
follow_command() {
  unit=$1
  [ -f "$passing/$unit" ] || exit 66
  while :; do
    case $(state SubState) in start*) sleep 0.05 ;; *) break ;; esac
  done
  main=$(state MainPID)
  if [ "$main" = 0 ]; then
    cat -- "$2"
  else
    keep_short "$2" "$3" >/dev/null 2>&1 &
    # Its messages are about the emptied file.
    tail -s 0.1 --pid="$main" -c +1 -f -- "$2" 2>/dev/null
    kill "$!" || :
  fi
  while :; do
    case $(state SubState) in running | stop* | final*) sleep 0.05 ;; *) break ;; esac
  done
}

# keep_short <file> <bytes>: systemd appends to it, so what follows is at its beginning again.
keep_short() {
  while sleep 0.5; do
    [ "$(stat -c %s -- "$1" || echo 0)" -le "$2" ] || : >"$1"
  done
}

# command-state <unit>
command_state() { exec systemctl show --property=SubState,ActiveState,MainPID,ExecMainCode,ExecMainStatus,Result -- "$1"; }

# end-commands <pattern of units> <folder of their outputs> <beginning of the outputs' names>
end_commands() {
  rm -f -- "$2/$3"*.log
  cd "$passing" 2>/dev/null || exit 0
  # shellcheck disable=SC2086 # It is a pattern.
  set -- $1
  [ -f "$1" ] || exit 0
  for unit; do
    end_unit "$unit" 10
    rm -f -- "$unit"
  done
  systemctl daemon-reload
}

# as-user <user> <what the user is for> <release's directory> <command>: runs it as that user, who owns the release.
as_user() {
  user=$1
  ensure_user "$user" "$2"
  own "$3" "$user"
  # Others may pass through without listing it: services of another driver are beside it.
  chmod 711 -- "${3%/releases/*}"
  shift 3
  exec setpriv --reuid="$user" --regid="$(id -g -- "$user")" --init-groups --inh-caps=-all --no-new-privs -- "$@"
}

# build <unit> <user> <what the user is for> <release's directory> <home for builds> <command that creates the unit and
# waits for it>. A unit outlives its caller, so it is ended when this program is.
build() {
  unit=$1 user=$2 home=$5
  ensure_user "$user" "$3"
  own "$4" "$user"
  [ -d "$home" ] || mkdir -m 700 -- "$home"
  own "$home" "$user"
  shift 5
  end_build
  for word; do
    shift
    [ "${word#IPAddressDeny=}" = "$word" ] || word="IPAddressDeny=$(denied "${word#IPAddressDeny=}")"
    set -- "$@" "$word"
  done
  trap 'end_build; exit 143' HUP INT TERM
  exec 3<&0
  "$@" <&3 3<&- &
  exec 3<&-
  wait "$!"
}
end_build() {
  systemctl kill --signal=KILL -- "$unit" || :
  systemctl stop -- "$unit" || :
  systemctl reset-failed -- "$unit" || :
} >/dev/null 2>&1

verb=$1
shift
case $verb in
  create) create "$@" ;;
  resume) resume "$@" ;;
  keep) keep "$@" ;;
  stop) stop "$@" ;;
  remove) remove "$@" ;;
  list) list "$@" ;;
  show) show "$@" ;;
  usage) usage "$@" ;;
  last-output) last_output "$@" ;;
  start-command) start_command "$@" ;;
  follow-command) follow_command "$@" ;;
  command-state) command_state "$@" ;;
  end-commands) end_commands "$@" ;;
  as-user) as_user "$@" ;;
  build) build "$@" ;;
  *) exit 2 ;;
esac
