/**
 * The kind of a value decides how a page formats it. A number is formatted by its sentence, a duration is in
 * milliseconds, and text is machine text that is never translated: a path, a name, a command. Values are masked before
 * they are stored.
 */
export type FactKind = "text" | "number" | "bytes" | "duration";

/**
 * Everything a phase can report in its one line, with the type of each value. A new fact is a line here and its
 * sentence under `facts` in lib/platform/i18n/messages (types and a test require it).
 */
export const FACTS = {
  /** Machine text only. */
  verbatim: { text: "text" },

  // Validation and Transfer
  "port-and-space": { port: "number", free: "bytes" },
  "docker-port-and-space": { version: "text", port: "number", free: "bytes" },
  processes: { types: "text" },
  "processes-off": { types: "text" },
  "sending-files": { files: "number", total: "number" },
  "sent-files": { files: "number", size: "bytes" },
  "sent-changed-files": { files: "number", size: "bytes", changed: "number" },
  "pulling-layers": { layers: "number" },
  "image-pulled": { size: "bytes", took: "duration" },
  "image-present": { size: "bytes" },
  "saving-image": {},
  "loading-image": {},

  // Build and Start
  "nothing-to-build": {},
  built: { commands: "text", took: "duration" },
  "built-in": { deployment: "text", took: "duration" },
  "image-built": { image: "text", size: "bytes", took: "duration" },
  "process-started": { pid: "number", took: "duration" },
  "container-started": { container: "text", took: "duration" },
  "unit-started": { unit: "text", took: "duration" },
  "already-running": {},
  "release-command-runs": { command: "text" },
  "release-command-ran": { took: "duration" },

  // Verify
  "before-switch-runs": { command: "text" },
  "before-switch-ran": { took: "duration" },
  "after-switch-runs": { command: "text" },
  "after-switch-ran": { took: "duration" },
  probed: { sent: "number", failed: "number" },
  "uploads-cut": { count: "number" },
  "streams-cut": { count: "number" },
  "connections-cut": { count: "number" },
  "requests-cut": { count: "number" },

  // Removal
  "not-running": {},
  "port-free": { port: "number" },
  "volumes-kept-in": { directory: "text" },
  "volumes-kept": { names: "text" },

  // On a Dokploy server
  "in-server-queue": {},
  "other-deployment-runs": {},
  "server-took": { took: "duration" },
  "no-container": {},
  "old-image-runs": { image: "text" },
  "unknown-image-runs": {},
  "docker-unseen": {},
  answered: { status: "number", took: "duration" },
  unanswered: { took: "duration" },
  "path-answered": { path: "text", status: "number" },
  "volume-in-use": { volume: "text" },
  completed: { url: "text", image: "text", took: "duration" },
} as const satisfies Record<string, Record<string, FactKind>>;

export type FactCode = keyof typeof FACTS;
type Params<Code extends FactCode> = {
  -readonly [Name in keyof (typeof FACTS)[Code]]: (typeof FACTS)[Code][Name] extends "text" ? string : number;
};

/** A fact as stored and sent: the reader's language turns code and values into a sentence. */
export type Fact = { [Code in FactCode]: { code: Code; params: Params<Code> } }[FactCode];

/** Durations are measured in fractions of a millisecond and reported without. */
export function fact<Code extends FactCode>(
  code: Code,
  ...[params]: keyof Params<Code> extends never ? [] : [Params<Code>]
): Fact {
  const whole = Object.entries<string | number>(params ?? {}).map(([name, value]) => [
    name,
    typeof value === "number" ? Math.round(value) : value,
  ]);
  return { code, params: Object.fromEntries(whole) } as Fact;
}

export function verbatim(text: string): Fact {
  return fact("verbatim", { text });
}

/** Formats values for a language. Plain numbers are formatted by the sentence, for its plural. */
export interface FactFormats {
  text(value: string): string;
  bytes(value: number): string;
  duration(ms: number): string;
}

/** The values for the fact's sentence. */
export function factValues({ code, params }: Fact, formats: FactFormats): Record<string, string | number> {
  const kinds: Record<string, FactKind> = FACTS[code];
  const written = Object.entries<string | number>(params).map(([name, value]) => {
    if (typeof value === "string") return [name, formats.text(value)];
    const kind = kinds[name];
    return [name, kind === "bytes" || kind === "duration" ? formats[kind](value) : value];
  });
  return Object.fromEntries(written);
}
