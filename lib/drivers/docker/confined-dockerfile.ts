import { imageHostOf, parseImageReference } from "@/lib/contracts/image-reference";
import { Problem, type ProblemParams } from "@/lib/contracts/problem";

/**
 * What a member's Dockerfile would make Docker itself fetch. Docker fetches from the host's own network, where no rule for
 * containers applies, so it must fetch nothing but images. Builders differ in what they take for an instruction (heredocs,
 * escapes, frontends): here every line is read as if an instruction began with it. So nothing that any builder runs is
 * missed, and what looks like an instruction inside of another one is refused as well.
 */
export interface ConfinedDockerfile {
  /** What stages are built on, besides each other: their ONBUILD instructions run too. */
  bases: readonly BaseImage[];
  /** Every image that is named anywhere. */
  images: readonly NamedImage[];
}

export interface NamedImage {
  line: number;
  name: string;
}
export interface BaseImage extends NamedImage {
  /** Null for the builder's own. */
  platform: string | null;
}

export type BuildArgs = Readonly<Record<string, string>>;

interface Instruction {
  line: number;
  name: string;
  rest: string;
}

/** The frontends that Docker publishes. Any other is a program that fetches what it likes. */
const OFFICIAL_FRONTEND = /^(?:docker\.io\/)?docker\/dockerfile(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/;
const SYNTAX = /^[\s\u0085\uFEFF]*(?:#|\/\/)[\s\u0085]*syntax\s*=\s*(.*?)\s*$/i;
const BACKTICK_ESCAPE = /#[\s\u0085]*escape\s*=\s*`/i;
/** Without quotes, escapes and foreign letters every builder ends a flag at the same place. */
const PLAIN_FLAG = /^--[a-z-]*(?:=[^\s"'\\`\u0080-\uffff]*)?$/;
const FLAG = /^(--\S*)\s+(.*)$/s;
/** A build argument may change what reads the Dockerfile, and which platform is the builder's own. */
const RESERVED_ARGUMENT = /^(?:BUILDKIT_.*|BUILDPLATFORM|TARGETPLATFORM)$/i;
/** Values that builders give by themselves, and those that they take from Docker's settings on the host. */
const PREDEFINED = /^(?:BUILD|TARGET)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT|STAGE)$/;
const PROXY = /^(?:HTTP|HTTPS|FTP|NO|ALL)_PROXY$/i;
/** As every builder reads AS: in whatever capitals, the long s among them. */
const AS = /^as$/iu;
const STAGE_NAME = /^[a-z][a-z0-9_.-]*$/;
/** Space to one builder and no space to another, or to JavaScript; and what is left of bytes that are no UTF-8. */
const AMBIGUOUS = /[\u0085\uFEFF\uFFFD]/;
/** Each line is read with all that may continue it, so the time grows with the square of their number. */
const MOST_LINES = 2_000;
const MOST_CHARACTERS = 100_000;
const OWN_PLATFORM = /^\$\{?(BUILDPLATFORM|TARGETPLATFORM)\}?$/;
const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::-([^{}$"'`\\]*))?\})/g;
const ARGUMENT = /^([A-Za-z_]\w*)(?:=(?:"([^"`\\]*)"|'([^'$`\\]*)'|([^"'`\\]*)))?$/;

/** Throws `dockerfile-refused`, with the line, for what would make Docker fetch something. */
export function readConfinedDockerfile(text: string, buildArgs: BuildArgs): ConfinedDockerfile {
  const lines = linesOf(text.replace(/^\uFEFF/, ""));
  checkFrontend(lines, buildArgs);
  const args = argumentsOf(lines, buildArgs);
  const bases: BaseImage[] = [];
  const images: NamedImage[] = [];
  const stages = new Set(["scratch"]);
  for (const instruction of possibleInstructions(lines)) {
    checkAdd(instruction);
    images.push(...imagesOf(instruction));
    const base = baseOf(instruction, args);
    if (base && !stages.has(base.name.toLowerCase())) bases.push(base);
    // No other name is a stage's: a line that only looks like FROM must not hide an image.
    if (base?.stage && STAGE_NAME.test(base.stage)) stages.add(base.stage);
  }
  return { bases, images: [...bases, ...images] };
}

/** The same of an ONBUILD instruction, which came with the base image. */
export function readTrigger(trigger: string, { line, name }: BaseImage): readonly NamedImage[] {
  return possibleInstructions(linesOf(trigger)).flatMap((instruction) => {
    if (remoteSourceOf(instruction) !== null) throw refused("onbuild", { line, name, step: trigger });
    return imagesOf({ ...instruction, line });
  });
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.length > MOST_LINES || text.length > MOST_CHARACTERS)
    throw refused("long", { line: lines.length, name: "" });
  const at = lines.findIndex((line) => AMBIGUOUS.test(line));
  if (at !== -1) throw refused("character", { line: at + 1, name: "" });
  return lines;
}

/** Of every line, and what continues it. Where a file says that it has another escape character, of both. */
function possibleInstructions(lines: readonly string[]): Instruction[] {
  const escapes = BACKTICK_ESCAPE.test(lines.join("\n")) ? ["\\", "`"] : ["\\"];
  return escapes.flatMap((character) => lines.map((_, at) => instructionAt(lines, at, character)));
}

function instructionAt(lines: readonly string[], from: number, escapeCharacter: string): Instruction {
  let whole = "";
  for (let at = from; at < lines.length; at += 1) {
    const line = (lines[at] ?? "").replace(/\r+$/, "");
    if (at > from && /^[\s\u0085]*(?:#|$)/.test(line)) continue;
    const bare = line.trimEnd();
    const isContinued = bare.endsWith(escapeCharacter) && /^[ \t]*$/.test(line.slice(bare.length));
    whole += isContinued ? bare.slice(0, -1) : line;
    if (!isContinued) break;
  }
  return { line: from + 1, ...split(whole) };
}

function split(whole: string): { name: string; rest: string } {
  const [, name = "", rest = ""] = /^([^\s]*)\s*(.*)$/s.exec(whole.replace(/^[\s\u0085\uFEFF]+/, "")) ?? [];
  // As Go writes a dotted capital I in small letters.
  return { name: name.toLowerCase().replaceAll("\u0307", ""), rest: rest.trim() };
}

function checkFrontend(lines: readonly string[], buildArgs: BuildArgs): void {
  const argument = Object.keys(buildArgs).find((name) => RESERVED_ARGUMENT.test(name));
  if (argument !== undefined) throw refused("argument", { line: 1, name: argument });
  for (const [at, line] of lines.entries()) {
    const [, name] = SYNTAX.exec(line) ?? [];
    if (name !== undefined && !OFFICIAL_FRONTEND.test(name)) throw refused("frontend", { line: at + 1, name });
  }
  // A file of another format, which says in JSON what reads it.
  const first = lines.findIndex((line, at) => !/^[\s\u0085]*$/.test(line) && !(at === 0 && line.startsWith("#!")));
  if (/^[\s\u0085]*\{/.test(lines[first] ?? "")) throw refused("frontend", { line: first + 1, name: "{" });
}

function checkAdd(instruction: Instruction): void {
  const name = remoteSourceOf(instruction);
  if (name !== null) throw refused("add", { line: instruction.line, name });
}

function remoteSourceOf({ name, rest }: Pick<Instruction, "name" | "rest">): string | null {
  if (name === "onbuild") return remoteSourceOf(split(rest));
  if (name !== "add") return null;
  let files = rest;
  for (let flag = FLAG.exec(files); flag && PLAIN_FLAG.test(flag[1] ?? ""); flag = FLAG.exec(files))
    files = flag[2] ?? "";
  const list = listIn(files);
  const words = list ?? files.split(/\s+/);
  // Builders differ in where another flag ends, and so in which word is the last.
  const isUnclear = files.startsWith("--");
  const isOdd = isUnclear || (list === null && files.startsWith("["));
  // Every address has a colon; a variable, and what only looks like a list, may become one.
  const unwanted = isOdd ? /[:$"\\`]/ : /[:$]/;
  return (isUnclear ? words : words.slice(0, -1)).find((source) => unwanted.test(source)) ?? null;
}

/** `["from", "to"]` */
function listIn(text: string): string[] | null {
  if (!text.startsWith("[")) return null;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((word) => typeof word === "string") ? list : null;
  } catch {
    return null; // words, then
  }
}

/** Those of `COPY --from` and `RUN --mount=from`. A number or a name without a slash is a stage, or an image of the Hub. */
function imagesOf({ line, name, rest }: Instruction): NamedImage[] {
  if (name === "onbuild") return imagesOf({ line, ...split(rest) });
  if (name !== "copy" && name !== "run") return [];
  const words = rest.split(/[ \t\v\f\r]+/);
  const end = words.findIndex((word) => !word.startsWith("--"));
  const flags = end === -1 ? words : words.slice(0, end);
  const isPlain = flags.every((flag) => PLAIN_FLAG.test(flag));
  const text = isPlain ? flags.join(" ") : rest.replace(/["'\\`]/g, "");
  return [...text.matchAll(/(?:--|[,=])from=([^\s,]*)/gi)].map(([, from = ""]) => {
    if (from.includes("$") || (/[/:]/.test(from) && !parseImageReference(from)))
      throw refused("unclear", { line, name: from });
    return { line, name: from };
  });
}

/**
 * The arguments that FROM may name. Above the first stage every line must be whole and plain, so that there can be no
 * doubt about them.
 */
function argumentsOf(lines: readonly string[], buildArgs: BuildArgs): ReadonlyMap<string, string> {
  const args = new Map<string, string>();
  const first = lines.findIndex((line) => split(line).name === "from");
  for (const [at, text] of lines.slice(0, Math.max(0, first)).entries()) {
    const declared = declarationsIn(text.trimEnd());
    if (!declared) throw refused("unclear", { line: at + 1, name: text.trim() });
    for (const declaration of declared) {
      const { name } = declaration;
      const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
      const known = given ?? writtenIn(declaration, args);
      // One that cannot be told is unknown from here on.
      if (known === null) args.delete(name);
      else args.set(name, known);
    }
  }
  return args;
}

interface Declaration {
  name: string;
  /** As it stands; a value may name arguments above it. */
  literal?: string | undefined;
  value?: string | undefined;
}

/** Null for none, and for a proxy, which the settings of the host may give another. */
function writtenIn({ name, literal, value }: Declaration, args: ReadonlyMap<string, string>): string | null {
  if (PROXY.test(name)) return null;
  return literal ?? (value === undefined ? null : expand(value, args));
}

/** Those of an ARG; none in a comment or an empty line. Null for a line that is anything else. */
function declarationsIn(line: string): Declaration[] | null {
  const { name, rest } = split(line);
  if (name === "" || name.startsWith("#")) return [];
  const words = rest.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const isWhole = !/[\\`]$/.test(line) && words.join("").replace(/\s/g, "") === rest.replace(/\s/g, "");
  const read = words.map((word) => ARGUMENT.exec(word)).filter((found) => found !== null);
  if (name !== "arg" || !isWhole || read.length < words.length) return null;
  return read.map(([, key = "", quoted, literal, plain]) => ({ name: key, literal, value: quoted ?? plain }));
}

/** Null where a variable is not known. */
function expand(text: string, args: ReadonlyMap<string, string>): string | null {
  let isKnown = true;
  const expanded = text.replace(VARIABLE, (_, name: string | undefined, braced: string | undefined, other?: string) => {
    const key = name ?? braced ?? "";
    const value = args.get(key);
    const mayHaveOther = other === undefined || PREDEFINED.test(key) || PROXY.test(key);
    if (value === undefined && mayHaveOther) isKnown = false;
    return value || (other ?? value ?? "");
  });
  return isKnown && !expanded.includes("$") ? expanded : null;
}

/** Null for what is no FROM: it takes one word, or three of which the second is AS. */
function baseOf(
  { line, name, rest }: Instruction,
  args: ReadonlyMap<string, string>,
): (BaseImage & { stage: string | null }) | null {
  if (name !== "from") return null;
  const words = rest.split(/[ \t\v\f\r]+/);
  const flag = words[0]?.startsWith("--") ? words.shift() : undefined;
  const [image = "", as, stage] = words;
  if (words.length !== 1 && !(words.length === 3 && AS.test(as ?? ""))) {
    if (flag === undefined) return null;
    throw refused("unclear", { line, name: rest });
  }
  const known = expand(image, args);
  const isImage = known !== null && !/["'`\\]/.test(known) && (/^[\w.-]+$/.test(known) || isPlainImage(known));
  if (known === null || !isImage) throw refused("unclear", { line, name: image });
  return { line, name: known, platform: platformOf(line, flag, args), stage: stage?.toLowerCase() ?? null };
}

/** Docker keeps a registry's name as it is written: by another spelling a builder would ask that registry again. */
function isPlainImage(name: string): boolean {
  const [host = ""] = name.split("/");
  return parseImageReference(name) !== null && (!name.includes("/") || imageHostOf(host) === host);
}

/** What the builder calls its own platform is that, unless the Dockerfile says something else. */
function platformOf(line: number, flag: string | undefined, args: ReadonlyMap<string, string>): string | null {
  if (flag === undefined) return null;
  const wanted = /^--platform=(\S+)$/.exec(flag)?.[1] ?? "";
  const own = OWN_PLATFORM.exec(wanted)?.[1];
  if (own !== undefined && !args.has(own)) return null;
  const platform = expand(wanted, args);
  if (platform === null || !/^[\w./]+$/.test(platform)) throw refused("unclear", { line, name: flag });
  return platform;
}

export function refused(reason: string, params: { line: number; name: string } & ProblemParams): Problem {
  return new Problem("dockerfile-refused", { params: { reason, ...params } });
}
