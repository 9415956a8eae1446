#!/bin/sh
# Checks whether a host can run a service. Arguments: the directory that contains the base directory, the user (empty:
# one of the service's own), tools. Prints what is wrong, or `version <n>`. Services see no home directories but their
# own.
set -eu
holder=$1 user=$2
shift 2
[ -d /run/systemd/system ] || { echo no-systemd; exit; }
[ "$(id -u)" = 0 ] || { echo not-root; exit; }
as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"; }
if [ -n "$user" ]; then
  uid=$(id -u -- "$user" 2>/dev/null) || { echo no-user; exit; }
  gid=$(id -g -- "$user")
  as_user() { setpriv --reuid="$uid" --regid="$gid" --init-groups -- "$@"; }
fi
while ! [ -d "$holder" ]; do holder=$(dirname -- "$holder"); done
case $holder/ in
  /home/* | /root/* | /run/user/*) ;;
  *) as_user test -x "$holder" || { echo "unreachable $holder"; exit; } ;;
esac
for tool; do
  path=$(readlink -f -- "$(command -v -- "$tool")")
  case $path in /home/* | /root/*) echo "hidden $path"; exit ;; esac
done
systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/version \1/p'
