import { stripVTControlCharacters } from "node:util";
import { Problem, type ProblemCode, type ProblemParams } from "@/lib/contracts/problem";

/** The output line that explains a failure. */
export interface Cause {
  /** Without terminal codes and without a builder's line prefix. */
  text: string;
  /** Its number in the deployment's log; 0 where there is none. */
  line: number;
}

/** Lines that are never a cause: notices, and the closing words of tools. */
const NOISE = [
  /^npm (warn|notice)\b/i,
  /^npm (error|ERR!)\s*($|code\b|errno\b|syscall\b|path\b|command\b|dest\b|signal\b|A complete log|\d{3}\s*$)/i,
  /^(\(node:\d+\) |.*\b)?(Deprecation|Experimental|User|Future)?Warning:/,
  /^warning\b/i,
  /^\s*WARNING: /,
  // npm's line about the failed script, and node-gyp's lines before and after the actual error.
  /^npm (error|ERR!) (workspace|location|\S+ (info|verb|warn|http)|make(\[\d+\])?: (Entering|Leaving)|gyp ERR! (build|configure) error$)/,
  // pnpm's prefix names the package: ".../bcrypt install: gyp info it worked".
  /(^|: )(node-pre-)?gyp (info|http|verb|WARN|ERR! (build|configure) error$)/,
  /^debconf: /,
  /^ERROR: pip's dependency resolver does not currently/,
  /^\s*throw\s/,
  /^Node\.js v\d/,
  /^\[notice\]/,
];

/** A shell's message: "Killed", "sh: line 1: 7 Killed  node build.js". */
const KILLED = /^(\S*sh: (line )?\d+: +\d+ )?Killed( {2,}|$)/;

/** Printed by any program when a disk is full. */
export const NO_SPACE = /\bno space left on device\b/i;

/** Lines whose form marks them as the error, regardless of how many lines follow. */
const PLAIN = [
  // Memory
  /JavaScript heap out of memory/,
  /\b[Cc]annot allocate memory\b/,
  KILLED,
  /^MemoryError$/,
  /\bAllowed memory size of \d+ bytes exhausted\b/,
  /\bmemory allocation of \d+ bytes failed\b/,
  /\bruntime: out of memory\b/,
  // Disk
  NO_SPACE,
  // Addresses
  /\bEADDRINUSE\b/,
  /\b[Aa]ddress already in use\b/,
  /\bport is already allocated\b/,
  // npm, pip and their like
  /^npm (error|ERR!) \S/,
  /^(\s*ERROR|error|fatal|FATAL): \S/,
  /^E: \S/,
  /^(ERR_PNPM_\w+|\s*ERR_PNPM_\w+)\b/,
  /^(yarn )?error \S/,
  /(^|: )(node-pre-)?gyp ERR! \S/,
  // Node, Python, Ruby, Java, Go, Rust, PHP
  /^(Uncaught )?(\w+\.)*\w*(Error|Exception|Exit|Interrupt)( \[\w+\])?:( |$)/,
  /^\[\w*Error: /,
  /^Exception in thread /,
  /^panic: /,
  /^thread '.*' panicked at/,
  /^(PHP )?(Fatal|Parse) error: /,
  / \(\w*(Error|NotFound)\)$/,
  // Compilers: path(1,2): error TS1: …, path:1:2: error: …, error[E0001]: …
  /[):] (fatal )?error( \w+\d+)?: \S/i,
  /^error(\[\w+\])?: \S/,
  // Shells and kernels
  /^(\/?[\w./-]*sh: (line )?\d+: |\/?[\w./-]*sh: ).*(not found|Permission denied|No such file or directory|Syntax error.*)$/,
  /^env: .*No such file or directory$/,
  /\bexec format error\b/i,
  // Docker and systemd
  /^failed to (solve|build|process)\b/i,
  /^(COPY|ADD) failed: /,
  /^unable to prepare context: /,
  /^Error response from daemon: /,
  /\.service: (Failed|Unable|Main process exited|Changing to)/,
  /: (Failed|Unable) (to|at step) .*: /,
];

/** Lines that only close a failure that was reported before. */
const TAIL = [
  /^The command '.*' returned a non-zero code: \d+$/,
  /^(npm error|npm ERR!) Lifecycle script /,
  /^((ERROR|failed to (solve|build)): )*(process .* did not complete successfully|executor failed running )/,
  // Bundlers announce that they failed before they say why.
  /^\W*(Failed to compile\.?|Build failed( in [\d.]+ ?m?s)?|error during build:|Build error occurred)$/i,
  /^Error: Turbopack build failed with \d+ errors?:$/,
  /^make(\[\d+\])?: \*\*\* /,
  // pip quotes the output of the pip that installs build tools, indented, below these.
  /^\s*(.*: finished with status 'error'|error: subprocess-exited-with-error|× .* did not run successfully\.)$/,
];

/** What a package manager prints above a script's own output: "> shop@1.0.0 build", "> tsc". */
const HEADING = /^> \S/;

/** Words that occur in sentences about failures of no known form. */
const WORDS =
  /\b(error|fatal|segmentation fault|E(?:CONN|AI_|NOTFOUND|TIMEDOUT)[A-Z]*|failed|failure|cannot|could not|can't|unable to|no such file|not found|denied|refused|invalid|missing|out of memory)\b/i;

/** The prefixes of builders: "#7 0.512 ", "[web] ". */
const PREFIX = /^#\d+ (?:\d+\.\d+ )?/;

/**
 * Searches output, line by line, for the first line that explains a failure: the last lines mostly only report that
 * there was one. A line of a known form precedes one with words of failure, and that the last line.
 */
export class CauseFinder {
  #plain: Cause | null = null;
  #worded: Cause | null = null;
  #tail: Cause | null = null;
  #last: Cause | null = null;
  #inTraceback = false;
  /** The cause ends with a colon, so the next line belongs to it. */
  #goesOn = false;

  take(raw: string, line: number): void {
    if (this.#plain && !this.#goesOn) return;
    const text = stripVTControlCharacters(raw).replace(PREFIX, "").trimEnd();
    if (text.trim() === "") return;
    if (this.#plain) {
      this.#plain = { ...this.#plain, text: `${this.#plain.text} ${text.trim()}` };
      this.#goesOn = false;
      return;
    }
    const cause = { text: text.trim(), line };
    if (!HEADING.test(text)) this.#last = cause;
    if (text.startsWith("Traceback (most recent call last)")) {
      this.#inTraceback = true;
      return;
    }
    if (this.#inTraceback) {
      // A trace quotes the source, indented. The first line without indent is the exception.
      if (/^\s/.test(text)) return;
      this.#plain = cause;
      return;
    }
    if (NOISE.some((pattern) => pattern.test(text))) return;
    if (TAIL.some((pattern) => pattern.test(text))) this.#tail ??= cause;
    else if (PLAIN.some((pattern) => pattern.test(text))) {
      this.#plain = cause;
      this.#goesOn = cause.text.endsWith(":");
    } else if (WORDS.test(text)) this.#worded ??= cause;
  }

  /** Recognised as a cause, by its form or its words. */
  get known(): Cause | null {
    return this.#plain ?? this.#worded ?? this.#tail;
  }

  /** The same, or the last line that was written; null for no output at all. */
  get found(): Cause | null {
    return this.known ?? this.#last;
  }
}

/** The line that explains the failure; null where none is recognised. */
export function causeAmong(lines: readonly string[]): Cause | null {
  const finder = new CauseFinder();
  for (const line of lines) finder.take(line, 0);
  return finder.known;
}

/** The problem for a failed command or release. Some causes have a problem code of their own. */
export function failedBy(cause: Cause | null, otherwise: ProblemCode, params: ProblemParams): Problem {
  if (!cause) return new Problem(otherwise, { params });
  const named = namedCause(cause);
  const { text: detail, line } = cause;
  return new Problem(named?.code ?? otherwise, {
    ...{ params: { ...params, ...named?.params }, detail },
    ...(line > 0 && { line }),
  });
}

/** The problem code of a known cause, whichever command failed with it. Null for any other cause. */
export function namedCause({ text }: Cause): { code: ProblemCode; params: ProblemParams } | null {
  if (KILLED.test(text) || OUT_OF_MEMORY.test(text)) return { code: "out-of-memory", params: {} };
  if (NO_SPACE.test(text)) return { code: "disk-full", params: {} };
  if (!/EADDRINUSE|address already in use|port is already allocated/i.test(text)) return null;
  const numbers = [...text.matchAll(ADDRESS_PORT)].map(([, digits]) => Number(digits));
  const port = numbers.findLast((number) => number > 0 && number < 65_536);
  return { code: "address-in-use", params: { port: port === undefined ? "none" : String(port) } };
}

/** V8, C, Python, Java, PHP, Rust, Go. */
const OUT_OF_MEMORY =
  /heap out of memory|cannot allocate memory|\bMemoryError\b|\bOutOfMemoryError\b|Allowed memory size|memory allocation of \d+ bytes failed|runtime: out of memory/i;

/** ":::18891", "127.0.0.1:8080", "[::]:80", "port 8000", "('0.0.0.0', 8000)" */
const ADDRESS_PORT = /(?:[:\]]:?|\bport |', )(\d{1,5})\b(?!\.\d)/gi;
