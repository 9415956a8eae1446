#!/bin/sh
# Creates a tree from a pack: unpacks it, copies from the base what was not sent, compares every file with its digest,
# sets the modes, and only then moves the tree to its place, by one rename. It needs POSIX tools, `xargs -0`, tar, gzip
# and sha256sum; those of busybox will do.
#
# Arguments: staging directory, destination, name of the pack in the staging directory, base (empty: nothing is copied).
# Exit codes: PLACE_EXIT in place-tree.ts.
#
# The pack contains the tree and, beside it, lists: `copied` (paths), `hashed.*` (paths, in shares), `sums` (what
# sha256sum must print for them), `odd` (digest and path of files that no line can name) and `modes.*` (paths; the mode
# ends the name). Paths end in NUL and begin with `./`, so that no name is taken for an option.
#
# A worker that was only slow may run it beside its successor: each has a directory of its own and moves the others'
# out of the way by a rename, so that none can place a tree that another is removing.
staging=$1 to=$2 pack=$3 base=$4
umask 022
export LC_ALL=C EXTRACT_UNSAFE_SYMLINKS=1
for tool in tar gzip xargs cp sha256sum sed sort uniq chmod mv; do
  command -v "$tool" >/dev/null || { echo "$tool"; exit 11; }
done
discard() { rm -rf "$@" 2>/dev/null || { chmod -R u+rwx "$@"; rm -rf "$@"; }; }
# Prints the free space (blocks, their size, all and free inodes), then the error.
refuse() {
  stat -f -c '%a %S %c %d' "$staging"
  printf '%s\n' "$1"
  cd "$staging" && discard "$pack" "unpack.$$"
  exit 10
}
[ ! -e "$to" ] || exit 12
cd "$staging" || exit
for old in unpack.*; do
  [ -d "$old" ] || continue
  if mv "$old" "old.$$.$old"; then discard "old.$$.$old"; fi
done
{ mkdir "unpack.$$" && cd "unpack.$$"; } || refuse ""
tar -xzomf "../$pack" || refuse ""
tree=$PWD/tree

# Only files: to open a pipe that the service created in place of one would wait for ever.
if [ -f copied ]; then
  # shellcheck disable=SC2016 # The inner shells expand them.
  xargs -0 sh -c 'cd "$0" && for file; do
    [ -L "$file" ] || [ ! -f "$file" ] || printf "%s\0" "$file"
  done' "$base" <copied |
    (cd "$base" && xargs -0 -r sh -c 'cp --parents --reflink=auto "$@" "$0"' "$tree")
fi

cd tree || refuse ""
# shellcheck disable=SC2329 # Called by name, in wrong_by.
with_openssl() { xargs -0 openssl dgst -sha256 -r | sed 's/^\([0-9a-f]*\) [*]/\1  /'; }
# shellcheck disable=SC2329
with_sha256sum() { xargs -0 sha256sum; }
wrong_by() {
  for list in ../hashed.?; do "$1" <"$list" >"../digests.${list##*.}" 2>/dev/null & done
  wait
  # A line in both files is correct: only lines that occur once are printed.
  cat ../sums ../digests.? | sort | uniq -u
}
wrong=
if [ -f ../sums ]; then
  # Three times as fast as sha256sum, but only sha256sum may reject a file.
  if command -v openssl >/dev/null; then wrong=$(wrong_by with_openssl); else wrong=unknown; fi
  [ -z "$wrong" ] || wrong=$(wrong_by with_sha256sum)
fi
if [ -f ../odd ]; then
  # $wrong cannot contain an odd name: "odd" stands for all of them.
  # shellcheck disable=SC2016 # The inner shell expands it.
  xargs -0 -n 2 sh -c '[ "$(sha256sum <"$1")" = "$0  -" ]' <../odd || wrong="$wrong
odd"
fi
[ -z "$wrong" ] || refuse "$wrong"

for list in ../modes.*; do
  [ ! -f "$list" ] || xargs -0 chmod "${list##*.}" <"$list" || refuse ""
done
cd ..
[ ! -e "$to" ] || exit 12
# No one may enter but those who are granted access later.
{ chmod 700 tree && mv tree "$to"; } || refuse ""
cd / && discard "$staging"
exit 0
