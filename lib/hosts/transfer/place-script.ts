/**
 * The script that makes the tree out of a pack: unpacks it, copies from the base what did not travel, compares every
 * file with its digest, sets the modes, and only then gives the tree its place, by one rename. It needs POSIX tools,
 * `xargs -0`, tar, gzip and sha256sum; those of busybox will do.
 *
 * The pack holds the tree and, beside it, lists: `copied` (paths), `hashed.*` (paths, in shares), `sums` (what
 * sha256sum must say of them), `odd` (digest and path of files that no line can name) and `modes.*` (paths; the mode
 * ends the name). Paths end in NUL and begin with `./`, so that no name is taken for an option.
 *
 * A worker that was only slow may run it beside its successor: each has a directory of its own and takes the others'
 * out of the way by a rename, so that none can place a tree that another is removing.
 */

export const PLACE_EXIT = { notPlaced: 10, noTool: 11, occupied: 12 } as const;

const SCRIPT = `
staging=$1 to=$2 pack=$3 base=$4
umask 022
export LC_ALL=C EXTRACT_UNSAFE_SYMLINKS=1
for tool in tar gzip xargs cp sha256sum sed sort uniq chmod mv; do
  command -v "$tool" >/dev/null || { echo "$tool"; exit ${PLACE_EXIT.noTool}; }
done
discard() { rm -rf "$@" 2>/dev/null || { chmod -R u+rwx "$@"; rm -rf "$@"; }; }
# Says how much room there is (blocks, their size, all and free inodes), then what is wrong.
refuse() {
  stat -f -c '%a %S %c %d' "$staging"
  printf '%s\\n' "$1"
  cd "$staging" && discard "$pack" "unpack.$$"
  exit ${PLACE_EXIT.notPlaced}
}
[ ! -e "$to" ] || exit ${PLACE_EXIT.occupied}
cd "$staging" || exit
for old in unpack.*; do
  [ ! -d "$old" ] || { mv "$old" "old.$$.$old" && discard "old.$$.$old"; }
done
mkdir "unpack.$$" && cd "unpack.$$" || refuse
tar -xzomf "../$pack" || refuse
tree=$PWD/tree

# Only files: to open a pipe that the service made in place of one would wait for ever.
if [ -f copied ]; then
  xargs -0 sh -c 'cd "$0" && for file; do
    [ -L "$file" ] || [ ! -f "$file" ] || printf "%s\\0" "$file"
  done' "$base" <copied |
    (cd "$base" && xargs -0 -r sh -c 'cp --parents --reflink=auto "$@" "$0"' "$tree")
fi

cd tree || refuse
with_openssl() { xargs -0 openssl dgst -sha256 -r | sed 's/^\\([0-9a-f]*\\) [*]/\\1  /'; }
with_sha256sum() { xargs -0 sha256sum; }
wrong_by() {
  for list in ../hashed.?; do "$1" <"$list" >"../digests.\${list##*.}" 2>/dev/null & done
  wait
  # What is as it should be stands there twice.
  cat ../sums ../digests.? | sort | uniq -u
}
wrong=
if [ -f ../sums ]; then
  # Three times as fast where it is, but not the one to condemn a file.
  if command -v openssl >/dev/null; then wrong=$(wrong_by with_openssl); else wrong=unknown; fi
  [ -z "$wrong" ] || wrong=$(wrong_by with_sha256sum)
fi
if [ -f ../odd ]; then
  # $wrong has no odd name in it: "odd" stands for all of them.
  xargs -0 -n 2 sh -c '[ "$(sha256sum <"$1")" = "$0  -" ]' <../odd || wrong="$wrong
odd"
fi
[ -z "$wrong" ] || refuse "$wrong"

for list in ../modes.*; do
  [ ! -f "$list" ] || xargs -0 chmod "\${list##*.}" <"$list" || refuse
done
cd ..
[ ! -e "$to" ] || exit ${PLACE_EXIT.occupied}
# What is inside is nobody's business but of those who are let in later.
chmod 700 tree && mv tree "$to" || refuse
cd / && discard "$staging"
exit 0
`;

/** All four are absolute paths but for `pack`, a name in `staging`. Without a base nothing is copied. */
export function placeCommand(place: {
  staging: string;
  to: string;
  pack: string;
  base: string | undefined;
}): [string, ...string[]] {
  return ["/bin/sh", "-c", SCRIPT, "place", place.staging, place.to, place.pack, place.base ?? ""];
}
