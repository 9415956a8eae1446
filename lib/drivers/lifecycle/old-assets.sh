#!/bin/sh
# Keeps files of earlier releases on a host for the pages that people still have open. A service's store has `files`, by
# the paths of the site, with the time at which their release was replaced. Only Landfall may enter it.
set -eu
umask 077
export LC_ALL=C
# A day, and the time between copying a release's files and the switch.
minutes=1445

# pack <release's directory> <folder>: prints the folder as a tar archive. It is read as the owner of the release: the
# service may have put a link to somebody else's files there at any moment. Ends with 66 when there is no such folder.
pack() {
  cd -P -- "$1"
  # shellcheck disable=SC2016 # The inner shell expands it.
  set -- sh -c 'root=$(pwd -P)
    cd -P "./$1" 2>/dev/null || exit 66
    case $(pwd -P) in "$root"/*) ;; *) exit 66 ;; esac
    # 1: a file changed while it was read.
    tar -cf - . || [ "$?" = 1 ]' sh "$2"
  owner=$(stat -c %u .)
  if [ "$(id -u)" = 0 ] && [ "$owner" != 0 ]; then
    set -- setpriv --reuid="$owner" --regid="$(stat -c %g .)" --clear-groups --inh-caps=-all --no-new-privs -- "$@"
  fi
  exec "$@"
}

# enter <store>: one program at a time changes it.
enter() {
  mkdir -p -- "$1/files"
  cd -- "$1"
  exec 9>lock
  flock 9
}

# limit <bytes>: removes what was replaced more than a day ago, and the oldest files of those that take more space than
# that; each counts at least what a file system takes for one. Prints how many the latter were.
limit() (
  cd files
  find . -type f -mmin "+$minutes" -exec rm -f -- {} +
  find . -type f -printf '%T@ %s %p\n' | sort -rn |
    awk -v most="$1" '{ sum += $2 + 4096 } sum > most { sub(/^[^ ]+ [^ ]+ /, ""); print }' >../dropped
  tr '\n' '\0' <../dropped | xargs -0 -r rm -f --
  find . -mindepth 1 -depth -type d -exec rmdir -- {} + 2>/dev/null || :
  wc -l <../dropped
)

# keep <store> <folder of the site> <bytes> <command that prints a tar archive>: adds the files of the archive. Prints how
# many they are, and how many older ones had to go. Ends with 67 when the archive has more bytes, or takes too much of
# the disk, or with the code of the command.
keep() {
  store=$1 to=$1/files/$2 most=$3
  shift 3
  enter "$store"
  rm -rf -- new
  trap 'rm -rf -- "$store/new"' EXIT
  trap 'exit 1' HUP INT TERM
  mkdir -p -- new/tree
  quarter=$(df -Pk . | awk 'NR == 2 { printf "%.0f", $4 * 256 }')
  accepted=$most
  [ "$accepted" -le "$quarter" ] || accepted=$quarter
  { "$@" 2>new/error || echo "$?" >new/code; } | head -c "$((accepted + 1))" >new/pack
  [ "$(wc -c <new/pack)" -le "$accepted" ] || exit 67
  if [ -f new/code ]; then
    cat new/error >&2
    exit "$(cat new/code)"
  fi
  tar -xomf new/pack -C new/tree
  rm new/pack
  cd new/tree
  # Files that begin with a dot are no assets, and a link could lead anywhere.
  chmod -R u+rwX .
  find . -mindepth 1 \( -name '.*' -o -name '*[[:cntrl:]]*' \) -prune -exec rm -rf -- {} +
  find . ! -type d ! -type f -exec rm -f -- {} +
  chmod -R u=rwX,go= .
  find . -type f | wc -l
  mkdir -p -- "$to"
  # What was a file may be a folder now, and the other way round.
  # shellcheck disable=SC2016 # The inner shells expand them.
  find . -type d -exec sh -c 'for path; do [ ! -f "$0/$path" ] || rm -f -- "$0/$path"; done' "$to" {} +
  # shellcheck disable=SC2016
  find . -type f -exec sh -c 'for path; do [ ! -d "$0/$path" ] || rm -rf -- "$0/$path"; done' "$to" {} +
  # Each file appears whole: it is a second name of the new one.
  cp -Rlf . "$to/"
  cd "$store"
  limit "$most"
}

# settle <store> <bytes> <folder of the site>...: removes what is in none of the folders, and what `limit` removes.
settle() {
  store=$1 most=$2
  shift 2
  [ -d "$store/files" ] || return 0
  enter "$store"
  for folder; do
    shift
    set -- "$@" ! -path "files/$folder/*"
  done
  find files -type f "$@" -exec rm -f -- {} +
  limit "$most"
}

# expire <folder of the stores> <bytes>
expire() {
  for store in "$1"/*; do
    [ ! -d "$store/files" ] || (enter "$store" && limit "$2")
  done
}

verb=$1
shift
case $verb in
  pack) pack "$@" ;;
  keep) keep "$@" ;;
  settle) settle "$@" ;;
  expire) expire "$@" ;;
  *) exit 2 ;;
esac
