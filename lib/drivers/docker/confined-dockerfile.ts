import { imageHostOf, parseImageReference } from "@/lib/contracts/image-reference";
import { Problem, type ProblemParams } from "@/lib/contracts/problem";

/**
 * What Docker itself would fetch for a member's Dockerfile. Docker fetches from the host's network, where the rules for
 * containers do not apply, so it must fetch nothing but images. Builders differ in where an instruction begins (heredocs,
 * escapes, frontends), so every line is read as if an instruction began there. Nothing that any builder runs is missed, and
 * text inside of an instruction that looks like another one is refused as well.
 */
export interface ConfinedDockerfile {
  /** The images that stages are built on: their ONBUILD instructions run too. */
  bases: readonly BaseImage[];
  /** Every image that the Dockerfile names. */
  images: readonly NamedImage[];
  /** The names of its own stages, and `scratch`. */
  stages: ReadonlySet<string>;
}

export interface NamedImage {
  line: number;
  name: string;
}
export interface BaseImage extends NamedImage {
  /** Null for the builder's own platform. */
  platform: string | null;
}

export type BuildArgs = Readonly<Record<string, string>>;

interface Instruction {
  line: number;
  name: string;
  rest: string;
}

/** The frontends that Docker publishes. Any other frontend is a program that may fetch anything. */
const OFFICIAL_FRONTEND = /^(?:docker\.io\/)?docker\/dockerfile(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/;
const SYNTAX = /^[\s\u0085\uFEFF]*(?:#|\/\/)[\s\u0085]*syntax\s*=\s*(.*?)\s*$/i;
const BACKTICK_ESCAPE = /#[\s\u0085]*escape\s*=\s*`/i;
/** A flag without quotes, escapes and non-ASCII letters, which every builder ends at the same place. */
const PLAIN_FLAG = /^--[a-z-]*(?:=[^\s"'\\`\u0080-\uffff]*)?$/;
const FLAG = /^(--\S*)\s+(.*)$/s;
/** These build arguments choose the frontend and the builder's own platform. */
const RESERVED_ARGUMENT = /^(?:BUILDKIT_.*|BUILDPLATFORM|TARGETPLATFORM)$/i;
/** Values that builders set themselves, and values that they take from Docker's settings on the host. */
const PREDEFINED = /^(?:BUILD|TARGET)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT|STAGE)$/;
const PROXY = /^(?:HTTP|HTTPS|FTP|NO|ALL)_PROXY$/i;
/** As builders read AS: in any case, also with the long s (U+017F). */
const AS = /^as$/iu;
const STAGE_NAME = /^[a-z][a-z0-9_.-]*$/;
/** Characters that only some builders, or not JavaScript, read as space; and the mark for bytes that are not UTF-8. */
const AMBIGUOUS = /[\u0085\uFEFF\uFFFD]/;
/** Each line is read with all possible continuations, so the time grows with the square of their number. */
const MOST_LINES = 2_000;
const MOST_CHARACTERS = 100_000;
const OWN_PLATFORM = /^\$\{?(BUILDPLATFORM|TARGETPLATFORM)\}?$/;
const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::-([^{}$"'`\\]*))?\})/g;
const ARGUMENT = /^([A-Za-z_]\w*)(?:=(?:"([^"`\\]*)"|'([^'$`\\]*)'|([^"'`\\]*)))?$/;

/** Throws `dockerfile-refused`, with the line, for an instruction that would make Docker fetch something else. */
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
    // Only a valid name defines a stage: a line that only resembles FROM must not hide an image.
    if (base?.stage && STAGE_NAME.test(base.stage)) stages.add(base.stage);
  }
  return { bases, images: [...bases, ...images], stages };
}

/** The same for an ONBUILD instruction of a base image. */
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

/** One per line, with its continuation lines. If a file declares another escape character, both are tried. */
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
  // Go's lower case of the dotted capital I (U+0130) has a combining dot.
  return { name: name.toLowerCase().replaceAll("\u0307", ""), rest: rest.trim() };
}

function checkFrontend(lines: readonly string[], buildArgs: BuildArgs): void {
  const argument = Object.keys(buildArgs).find((name) => RESERVED_ARGUMENT.test(name));
  if (argument !== undefined) throw refused("argument", { line: 1, name: argument });
  for (const [at, line] of lines.entries()) {
    const [, name] = SYNTAX.exec(line) ?? [];
    if (name !== undefined && !OFFICIAL_FRONTEND.test(name)) throw refused("frontend", { line: at + 1, name });
  }
  // A file in another format names its frontend in JSON.
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
  // Builders differ in where such a flag ends, and so in which word is the last.
  const isUnclear = files.startsWith("--");
  const isOdd = isUnclear || (list === null && files.startsWith("["));
  // Every address has a colon; a variable, or text that only resembles a list, may become an address.
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
    return null; // not a list: read as words
  }
}

/** The images of `COPY --from` and `RUN --mount=from`. A number or a name without a slash is a stage, or on Docker Hub. */
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
 * The arguments that FROM may use. Every line above the first stage must be complete and plain, so that every builder reads
 * the same values.
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
      // An argument without a certain value is unknown from here on.
      if (known === null) args.delete(name);
      else args.set(name, known);
    }
  }
  return args;
}

interface Declaration {
  name: string;
  /** Taken literally; a `value` may use the arguments above it. */
  literal?: string | undefined;
  value?: string | undefined;
}

/** Null without a value, and for a proxy, which the host's settings may override. */
function writtenIn({ name, literal, value }: Declaration, args: ReadonlyMap<string, string>): string | null {
  if (PROXY.test(name)) return null;
  return literal ?? (value === undefined ? null : expand(value, args));
}

/** The declarations of an ARG; empty for a comment or an empty line. Null for any other line. */
function declarationsIn(line: string): Declaration[] | null {
  const { name, rest } = split(line);
  if (name === "" || name.startsWith("#")) return [];
  const words = rest.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const isWhole = !/[\\`]$/.test(line) && words.join("").replace(/\s/g, "") === rest.replace(/\s/g, "");
  const read = words.map((word) => ARGUMENT.exec(word)).filter((found) => found !== null);
  if (name !== "arg" || !isWhole || read.length < words.length) return null;
  return read.map(([, key = "", quoted, literal, plain]) => ({ name: key, literal, value: quoted ?? plain }));
}

/** Null if a variable is unknown. */
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

/** Null if it is no FROM, which takes one word, or three words with AS in the middle. */
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

/** Docker keeps the spelling of a registry's name: with another spelling a builder would ask the registry again. */
function isPlainImage(name: string): boolean {
  const [host = ""] = name.split("/");
  return parseImageReference(name) !== null && (!name.includes("/") || imageHostOf(host) === host);
}

/** The builder's variables mean its own platform, unless the Dockerfile declares them itself. */
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
