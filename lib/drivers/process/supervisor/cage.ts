import { FORMER_PORTS, METADATA_LINES, METADATA_PORTS } from "@/lib/hosts/metadata-addresses";

/**
 * As whom the `process` driver runs what belongs to a service. Where Landfall is root, every service has an OS user of
 * its own: a number that no account of the machine has, given once and never to another service of the machine. The
 * record of it is the owner of `<base>/<service>/home`, so it is as old, as new and as whole as the files that belong to
 * it, whatever happens to the database. Where Landfall is not root, nothing is changed, and only administrators deploy.
 *
 * Root owns the service's folder and what Landfall keeps there, and lets only that user pass. The user owns its home and
 * its releases, so nothing that root reads or writes by name can be exchanged for a link.
 */

/** Of the cage itself, beside the command's own: it ends before the command begins. */
export const CAGE_EXIT = { noNumberLeft: 120 } as const;

/** Systemd's list of user numbers calls this range unused. Where it is not mapped (a user namespace), the other one is. */
const RANGE = { first: 1_879_048_192, last: 2_147_483_647 };
const SMALL_RANGE = { first: 50_000, last: 59_999 };

/**
 * Of a folder, the number that is a service's alone; 0 where its owner is anybody else: a home that a unit of systemd had may
 * be that of a user of the host's, who has other processes too.
 */
const OWN_NUMBER = `
own_number() {
  number=$(stat -c %u -- "$1" 2>/dev/null) || number=0
  if [ "$number" -ge ${RANGE.first} ] && [ "$number" -le ${RANGE.last} ]; then echo "$number"
  elif [ "$number" -ge ${SMALL_RANGE.first} ] && [ "$number" -le ${SMALL_RANGE.last} ]; then echo "$number"
  else echo 0; fi
}
`;

const AS_USER = `setpriv --reuid="$user" --regid="$user" --clear-groups --inh-caps=-all --no-new-privs --`;

/** Rules of the machine's own firewall are gone after a reboot. Without a firewall there is nothing to close. */
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
 * Arguments: base, service, the release's directory, the command. As root alone it does more than run the command: the
 * first time the service gets its user, and each release becomes that user's. What is left of an interrupted run is done
 * by the next one, because the last thing that changes is what is looked at first.
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
user=$(own_number "$home")
[ "$user" != 0 ] && [ "$owners" = "$user:$user
0:$user
0:$user
$user:$user" ] || {
  prepare
  user=$(owner "$home")
}
umask 077
exec ${AS_USER} "$@"
`;

/** Argument of what it runs: a line of an environment, as a pattern, and a signal. Prints whom that went to. */
const SIGNAL_MARKED = `
grep -lzx -e "$1" /proc/[0-9]*/environ 2>/dev/null | while IFS=/ read -r _ _ pid _; do
  kill -"$2" "$pid" 2>/dev/null && echo "$pid" || :
done
`;

/** Arguments: base, service, and those of what it runs, as whom the service runs: nobody else is looked at. */
const AS_SERVICE = `
[ "$(id -u)" = 0 ] || { shift 2; exec "$@"; }
${OWN_NUMBER}user=$(own_number "$1/$2/home")
[ "$user" != 0 ] || exit 0
shift 2
exec ${AS_USER} "$@"
`;

/** Arguments: base, service. What has not even the mark of its release any more has its user. */
const END_ALL = `
set -eu
[ "$(id -u)" = 0 ] || exit 0
${OWN_NUMBER}user=$(own_number "$1/$2/home")
[ "$user" != 0 ] || exit 0
${AS_USER} /bin/sh -c '[ "$(id -u)" = "$1" ] && kill -KILL -1 || :' sh "$user"
`;

/**
 * Arguments: a command. It can do what a service's user can do: what is looked for with it is there for services. The shell
 * in between looks for the command, because setpriv still has root's rights when it does.
 */
const ENTER_AS_NOBODY = `
[ "$(id -u)" = 0 ] || exec "$@"
user=65534
exec ${AS_USER} /bin/sh -c 'exec "$@"' sh "$@"
`;

/**
 * Argument: a base directory without services. With the last base directory of the machine go the list of numbers and the
 * rules for them. Another base directory that is absent may be on a disk that is not mounted, and its services keep their
 * numbers. A list of numbers without a list of base directories was begun by an earlier Landfall, and stays.
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

/** For a machine that was started anew. */
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

/** The command that runs `args` as the service's own user, with `directory`, a release of it, as that user's own. */
export function inCage({ base, serviceName }: Caged, directory: string, args: readonly string[]): Words {
  return ["/bin/sh", "-c", ENTER, "cage", base, serviceName, directory, ...args];
}

/** The command that runs `args` with the rights of a service that has no files. */
export function asNobody(args: readonly string[]): Words {
  return ["/bin/sh", "-c", ENTER_AS_NOBODY, "nobody", ...args];
}

/**
 * The command that sends a signal to every process that carries this variable of its release (`.*` at its end stands for
 * any), and prints their ids: what left its process group has it still.
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
