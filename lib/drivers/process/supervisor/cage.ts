import { FORMER_PORTS, METADATA_LINES, METADATA_PORTS } from "@/lib/hosts/metadata-addresses";

/**
 * The OS users of the services of the `process` driver. Where Landfall is root, every service has its own user: a number
 * that no account of the machine has, assigned once and never to another service. The owner of `<base>/<service>/home` is
 * the only record of it, so the record always fits the files, whatever happens to the database. Where Landfall is not root,
 * all services run as Landfall's user, and only administrators may deploy.
 *
 * Root owns the service's folder and Landfall's files in it, and only that user may enter. The user owns its home and its
 * releases, so no file that root reads or writes by name can be replaced with a link.
 */

/** Exit codes of the cage itself, from before the command begins. */
export const CAGE_EXIT = { noNumberLeft: 120 } as const;

/** systemd documents this range of user numbers as unused. A user namespace may not map it; then the small one is used. */
const RANGE = { first: 1_879_048_192, last: 2_147_483_647 };
const SMALL_RANGE = { first: 50_000, last: 59_999 };

/**
 * Prints the owner of a folder if it is a service's own number, else 0: a home that a systemd unit had may belong to a user
 * of the host, who has other processes too.
 */
const OWN_NUMBER = `
is_own() {
  { [ "$1" -ge ${RANGE.first} ] && [ "$1" -le ${RANGE.last} ]; } ||
    { [ "$1" -ge ${SMALL_RANGE.first} ] && [ "$1" -le ${SMALL_RANGE.last} ]; }
}
own_number() {
  number=$(stat -c %u -- "$1" 2>/dev/null) || number=0
  if is_own "$number"; then echo "$number"; else echo 0; fi
}
`;

const AS_USER = `setpriv --reuid="$user" --regid="$user" --clear-groups --inh-caps=-all --no-new-privs --`;

/** The firewall's rules are lost in a reboot. Without a firewall nothing is done. */
const CLOSE_METADATA = `
close_metadata() {
  while read -r tool address; do
    set -- OUTPUT -p tcp -d "$address" ${METADATA_PORTS} -m owner --uid-owner "$first-$last" -j REJECT
    "$tool" -w 2 -C "$@" || "$tool" -w 2 -I "$@" || :
  done <<END
${METADATA_LINES}
END
} >/dev/null 2>&1
`;

const NUMBERS = `
first=${SMALL_RANGE.first} last=${SMALL_RANGE.last}
while read -r inside _ count; do
  [ "$((inside + count))" -le ${RANGE.last} ] || { first=${RANGE.first} last=${RANGE.last}; }
done </proc/self/uid_map
`;

/**
 * Arguments: base, service, the release's directory, the command. Without root it only runs the command. As root it
 * creates the service's user the first time, and sets that user as the owner of each release. An interrupted run is
 * completed by the next one, because the last change is the first thing checked.
 */
const ENTER = `
set -eu
[ "$(id -u)" = 0 ] || { shift 3; exec "$@"; }
base=$1 service=$2 release=$3
shift 3
# A link stands for a base directory that services cannot get to.
[ ! -L "$base" ] || base=$(readlink -f -- "$base")
folder=$base/$service home=$base/$service/home
owner() { stat -c %u -- "$1" 2>/dev/null || echo 0; }
${OWN_NUMBER}${CLOSE_METADATA}
new_user() {
  cd /var/lib/landfall
  ${NUMBERS}
  user=$(cat next-user 2>/dev/null || echo "$first")
  # The list of numbers may be lost, or this base directory may have come from another machine.
  for known in "$base"/*/home; do
    number=$(owner "$known")
    [ "$number" -lt "$user" ] || [ "$number" -gt "$last" ] || user=$((number + 1))
  done
  [ "$user" -ge "$first" ] || user=$first
  while getent passwd "$user" >/dev/null 2>&1; do user=$((user + 1)); done
  [ "$user" -le "$last" ] || { echo "no user number is left on this machine" >&2; exit ${CAGE_EXIT.noNumberLeft}; }
  echo "$((user + 1))" >next-user.new
  mv next-user.new next-user
  close_metadata
}
prepare() (
  umask 077
  mkdir -p /var/lib/landfall
  chmod 755 /var/lib/landfall
  exec 9>/var/lib/landfall/users.lock
  flock 9
  user=$(own_number "$home")
  [ "$user" != 0 ] || new_user
  # As long as a base directory is named here, the list of numbers is needed.
  grep -qxF -- "$base" /var/lib/landfall/bases 2>/dev/null || printf '%s\\n' "$base" >>/var/lib/landfall/bases
  mkdir -p -- "$folder/releases" "$home"
  chmod 711 -- "$base"
  chmod 710 -- "$folder" "$folder/releases"
  chown "0:$user" -- "$folder" "$folder/releases"
  [ "$(owner "$home")" = "$user" ] || chown -hR "$user:$user" -- "$home"
  exec 9>&-
  [ "$(owner "$release")" = "$user" ] || { chmod 700 -- "$release" && chown -hR "$user:$user" -- "$release"; }
)
owners=$(stat -c %u:%g -- "$home" "$folder" "$folder/releases" "$release" 2>/dev/null) || owners=0:0
user=\${owners%%:*}
is_own "$user" && [ "$owners" = "$user:$user
0:$user
0:$user
$user:$user" ] || {
  prepare
  user=$(owner "$home")
}
umask 077
exec ${AS_USER} "$@"
`;

/** Arguments: a pattern for a line of an environment, and a signal. Prints the processes that got the signal. */
const SIGNAL_MARKED = `
grep -lzx -e "$1" /proc/[0-9]*/environ 2>/dev/null | while IFS=/ read -r _ _ pid _; do
  kill -"$2" "$pid" 2>/dev/null && echo "$pid" || :
done
`;

/** Arguments: base, service, and a command. Runs it as the service's user, so that it sees no other user's processes. */
const AS_SERVICE = `
[ "$(id -u)" = 0 ] || { shift 2; exec "$@"; }
${OWN_NUMBER}user=$(own_number "$1/$2/home")
[ "$user" != 0 ] || exit 0
shift 2
exec ${AS_USER} "$@"
`;

/** Arguments: base, service. Ends by user: a process may have dropped the variable of its release. */
const END_ALL = `
set -eu
[ "$(id -u)" = 0 ] || exit 0
${OWN_NUMBER}user=$(own_number "$1/$2/home")
[ "$user" != 0 ] || exit 0
${AS_USER} /bin/sh -c '[ "$(id -u)" = "$1" ] && kill -KILL -1 || :' sh "$user"
`;

/**
 * Arguments: a command. It runs with the rights of a service, so it finds the same files as a service. A shell resolves
 * the command, because setpriv itself would do so with root's rights.
 */
const ENTER_AS_NOBODY = `
[ "$(id -u)" = 0 ] || exec "$@"
user=65534
exec ${AS_USER} /bin/sh -c 'exec "$@"' sh "$@"
`;

/**
 * Argument: a base directory without services. The last base directory of the machine takes the list of numbers and the
 * firewall rules with it. A missing base directory may be on a disk that is not mounted, so its services keep their numbers.
 * A list of numbers without a list of base directories is from an earlier Landfall, and stays.
 */
const FORGET_USERS = `
set -eu
[ "$(id -u)" = 0 ] || exit 0
base=$(readlink -m -- "$1")
cd /var/lib/landfall 2>/dev/null || exit 0
[ -f bases ] || exit 0
exec 9>users.lock
flock 9
while IFS= read -r known; do
  [ "$known" = "$base" ] || printf '%s\\n' "$known"
done <bases >bases.new
mv bases.new bases
[ ! -s bases ] || exit 0
${NUMBERS}
while read -r tool address; do
  for ports in "${METADATA_PORTS}" "${FORMER_PORTS}"; do
    set -- OUTPUT -p tcp -d "$address" $ports -m owner --uid-owner "$first-$last" -j REJECT
    while "$tool" -w 2 -D "$@"; do :; done
  done
done >/dev/null 2>&1 <<END
${METADATA_LINES}
END
rm -f bases next-user users.lock
cd /
rmdir /var/lib/landfall 2>/dev/null || :
`;

/** Run after a reboot. */
const KEEP_CLOSED = `
[ "$(id -u)" = 0 ] || exit 0
${NUMBERS}
${CLOSE_METADATA}
close_metadata
`;

type Words = [string, ...string[]];

interface Caged {
  base: string;
  serviceName: string;
}

/** The command that runs `args` as the service's own user, after making that user the owner of `directory`, a release. */
export function inCage({ base, serviceName }: Caged, directory: string, args: readonly string[]): Words {
  return ["/bin/sh", "-c", ENTER, "cage", base, serviceName, directory, ...args];
}

/** The command that runs `args` with the rights of a service that has no files. */
export function asNobody(args: readonly string[]): Words {
  return ["/bin/sh", "-c", ENTER_AS_NOBODY, "nobody", ...args];
}

/**
 * The command that sends a signal to every process with this variable of its release (`.*` at its end matches any), and
 * prints their ids. A process that left its process group still has the variable.
 */
export function signalMarked({ base, serviceName }: Caged, mark: string, signal: "TERM" | "KILL"): Words {
  const run = ["/bin/sh", "-c", SIGNAL_MARKED, "signal-marked", mark, signal];
  return ["/bin/sh", "-c", AS_SERVICE, "as-service", base, serviceName, ...run];
}

/** The command that ends every process of the service's own user. */
export function endAllOf({ base, serviceName }: Caged): Words {
  return ["/bin/sh", "-c", END_ALL, "end-all", base, serviceName];
}

/** The command that forgets the users of a base directory without services. */
export function forgetUsers(base: string): Words {
  return ["/bin/sh", "-c", FORGET_USERS, "forget-users", base];
}

/** The command that closes the machine's metadata address for all services, where it has a firewall. */
export function closeMetadata(): Words {
  return ["/bin/sh", "-c", KEEP_CLOSED, "close-metadata"];
}
