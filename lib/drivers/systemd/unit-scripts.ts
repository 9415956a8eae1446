/**
 * What is done with a unit on a host, each in one command: a host may be far away. The scripts are POSIX sh and get
 * everything they need as arguments, and secrets through their input.
 */

export const UNIT_EXIT = { invalid: 64, notStarted: 65, noUnit: 66 } as const;

/** Shared by the scripts below. `end_unit <unit> <seconds>`: TERM, and KILL after that long. */
const FUNCTIONS = `
set -eu
units=/etc/systemd/system
end_unit() {
  if ! timeout "$2" systemctl stop -- "$1" 2>/dev/null; then
    systemctl kill --signal=KILL -- "$1" 2>/dev/null || :
    systemctl stop -- "$1"
  fi
  # How it ended is not for the host's list of what went wrong.
  systemctl reset-failed -- "$1" 2>/dev/null || :
}
start_unit() {
  systemctl start -- "$1" 2>/dev/null && return
  journalctl --sync || :
  journalctl --quiet --no-pager --output=cat --lines=5 --unit="$1" >&2 || :
  exit ${UNIT_EXIT.notStarted}
}
# Only while nothing keeps it: it is started neither at boot nor when it ends.
let_go() {
  [ -d "$units/$1.d" ] || return 0
  systemctl disable --quiet --no-reload -- "$1"
  rm -r -- "$units/$1.d"
  systemctl daemon-reload
}
`;

/**
 * `ensure_user <user> <what it is for>` makes a service's own user; without a purpose it must be there. One that is there
 * for something else is not the service's: its name has only a short digest of the service's, and a name with the same
 * digest can be looked for. `own <directory> <user>` hands a tree over, whose top changes last.
 */
export const USER_FUNCTIONS = `
ensure_user() {
  [ -n "$2" ] || return 0
  if id -u "$1" >/dev/null 2>&1; then
    [ "$(getent passwd "$1" | cut -d: -f5)" = "$2" ] || { echo "the user $1 is not this service's own" >&2; exit 1; }
    return 0
  fi
  # Of several that are made at once, all but one would find the list of users locked.
  flock /run/landfall-users.lock useradd --system --user-group --no-create-home --home-dir /nonexistent \\
    --shell /usr/sbin/nologin --comment "$2" -- "$1"
}
# On some clouds the address that tells the machine's credentials is the name server as well: without that one.
denied() {
  for address in $1; do
    grep -Eqs "^nameserver[[:space:]]+$address([[:space:]]|$)" /etc/resolv.conf || printf '%s ' "$address"
  done
}
own() { [ "$(stat -c %U -- "$1")" = "$2" ] || chown -hR -- "$2:$(id -gn "$2")" "$1"; }
`;

/** Arguments: user, what the user is for, the release's directory, a command. Runs it as that user, who owns the release. */
export const LOOK_AS_USER = `
set -eu
${USER_FUNCTIONS}
user=$1
ensure_user "$user" "$2"
own "$3" "$user"
# Others may pass, and see nothing: services of another driver are beside it.
chmod 711 -- "\${3%/releases/*}"
shift 3
exec setpriv --reuid="$user" --regid="$(id -g -- "$user")" --init-groups --inh-caps=-all --no-new-privs -- "$@"
`;

/**
 * Arguments: unit, user, what the user is for, the release's directory, a home for builds, the command that makes the unit
 * and waits for it. A unit outlives whoever asked for it, so it is ended when this is.
 */
export const BUILD = `${FUNCTIONS}${USER_FUNCTIONS}
unit=$1 user=$2 home=$5
ensure_user "$user" "$3"
own "$4" "$user"
[ -d "$home" ] || mkdir -m 700 -- "$home"
own "$home" "$user"
shift 5
end_build() {
  systemctl kill --signal=KILL -- "$unit" || :
  systemctl stop -- "$unit" || :
  systemctl reset-failed -- "$unit" || :
} >/dev/null 2>&1
end_build
# See CREATE.
for word; do
  shift
  [ "\${word#IPAddressDeny=}" = "$word" ] || word="IPAddressDeny=$(denied "\${word#IPAddressDeny=}")"
  set -- "$@" "$word"
done
trap 'end_build; exit 143' HUP INT TERM
exec 3<&0
"$@" <&3 3<&- &
exec 3<&-
wait "$!"
`;

/**
 * Arguments: unit, user, what the user is for (empty: it must exist), release's directory, environment file, bytes of
 * its content, volumes' directories. Input: that content, then the unit.
 * Prints which limits the host keeps; `unknown` when it has ended already.
 */
export const CREATE = `${FUNCTIONS}${USER_FUNCTIONS}
unit=$1 user=$2 purpose=$3 directory=$4 environment=$5 bytes=$6
shift 6
umask 077
staging=$(mktemp -d /run/landfall.XXXXXXXX)
trap 'rm -rf -- "$staging"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p -- "\${environment%/*}"
head -c "$bytes" >"$environment.new"
cat >"$staging/$unit"
denied=$(denied "$(sed -n 's/^IPAddressDeny=//p' "$staging/$unit")")
sed -i "s/^IPAddressDeny=.*/IPAddressDeny=$denied/" "$staging/$unit"
same() { [ -f "$2" ] && [ "$(cat -- "$1")" = "$(cat -- "$2")" ]; }
state() { systemctl show --property="$1" --value -- "$unit"; }
limits() {
  groups=/proc/$(state MainPID)/cgroup
  [ -f "$groups" ] || { echo unknown; return; }
  for controller in memory cpu; do
    if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
      [ -f "/sys/fs/cgroup$(sed -n 's/^0:://p' "$groups")/$controller.max" ] || continue
    else
      grep -Eq "^[0-9]+:([^:]*,)?$controller(,[^:]*)?:.*/$unit\\$" "$groups" || continue
    fi
    echo "$controller"
  done 2>/dev/null
}
if same "$staging/$unit" "$units/$unit" && same "$environment.new" "$environment" && [ "$(state SubState)" = running ]; then
  rm -- "$environment.new"
  limits
  exit
fi
ensure_user "$user" "$purpose"
own "$directory" "$user"
for volume; do
  mkdir -p -- "$volume"
  own "$volume" "$user"
done
mv -- "$environment.new" "$environment"
strict=--recursive-errors=no
systemd-analyze "$strict" --version >/dev/null 2>&1 || strict=
systemd-analyze verify $strict "$staging/$unit" >&2 || exit ${UNIT_EXIT.invalid}
chmod 644 "$staging/$unit"
[ -f "$units/$unit" ] && { let_go "$unit"; end_unit "$unit" 2; }
cp -- "$staging/$unit" "$units/.$unit.new"
mv -- "$units/.$unit.new" "$units/$unit"
systemctl daemon-reload
start_unit "$unit"
limits
`;

/** Argument: unit. */
export const RESUME = `${FUNCTIONS}
[ -f "$units/$1" ] || exit ${UNIT_EXIT.noUnit}
# One that ended by itself counts as active still.
[ "$(systemctl show --property=SubState --value -- "$1")" != exited ] || systemctl stop -- "$1"
start_unit "$1"
`;

/** Argument: unit. Input: its drop-in. */
export const KEEP = `${FUNCTIONS}
[ -f "$units/$1" ] || exit ${UNIT_EXIT.noUnit}
[ -f "$units/$1.d/keep.conf" ] && systemctl is-enabled --quiet -- "$1" && exit
mkdir -p -- "$units/$1.d"
cat >"$units/$1.d/keep.conf"
systemctl enable --quiet -- "$1"
`;

/** Arguments: unit, seconds between TERM and KILL. */
export const STOP = `${FUNCTIONS}
[ -f "$units/$1" ] || exit 0
let_go "$1"
end_unit "$1" "$2"
`;

/** Arguments: unit, seconds between TERM and KILL, environment file. */
export const REMOVE = `${FUNCTIONS}
rm -f -- "$3" "$3.new" "$units/.$1.new"
[ -f "$units/$1" ] || exit 0
let_go "$1"
end_unit "$1" "$2"
rm -- "$units/$1"
systemctl daemon-reload
`;

/** Argument: which units, as a pattern. Prints their names. */
export const LIST = `
cd /etc/systemd/system 2>/dev/null || exit 0
set -- $1
[ -f "$1" ] && printf '%s\\n' "$@" || :
`;

/** Argument: which units, as a pattern. */
export const SHOW = `
cd /etc/systemd/system 2>/dev/null || exit 0
set -- $1
[ -f "$1" ] || exit 0
TZ=UTC exec systemctl show --property=Id,SubState,ActiveState,MainPID,ExecMainCode,ExecMainStatus,Result,NRestarts \\
  --property=StateChangeTimestamp,Environment -- "$@"
`;

/** Arguments: unit, lines. Only what was written since the unit was made. */
export const LAST_OUTPUT = `
since=$(stat -c %Y "/etc/systemd/system/$1" 2>/dev/null) || exit 0
journalctl --sync || :
exec journalctl --quiet --no-pager --output=cat --lines="$2" --since="@$since" "_SYSTEMD_UNIT=$1"
`;
