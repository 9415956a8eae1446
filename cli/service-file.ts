import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import * as z from "zod";
import { fieldFindings } from "@/lib/contracts/field-findings";
import { NewService, ServiceName } from "@/lib/contracts/service";
import type { Call } from "./arguments";
import { EXIT, Failure } from "./failure";
import { sentenceOfField } from "./sentences";

const NAMES = ["landfall.yml", "landfall.yaml"];

const { name, source, ...others } = NewService.shape;

/** landfall.yml: the body of `POST /api/services`, with `service` for the name. */
export const ServiceFile = z.strictObject({
  service: name,
  source: source.optional().describe("When absent, the files of the folder are uploaded by `landfall deploy`"),
  ...others,
});
export type ServiceFile = z.infer<typeof ServiceFile>;

/** The checked file, and which keys it has: an absent key leaves the service as it is. */
export interface WrittenService {
  service: string;
  values: ServiceFile;
  keys: ReadonlySet<string>;
}

/** Null without a file in the folder. Throws a Failure that names every wrong field with its line. */
export async function readServiceFile(folder: string): Promise<WrittenService | null> {
  for (const file of NAMES) {
    const text = await readFile(join(folder, file), "utf8").catch(unlessAbsent);
    if (text !== null) return parseServiceFile(text, file);
  }
  return null;
}

export function parseServiceFile(text: string, file = "landfall.yml"): WrittenService {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  if (error) throw new Failure(`${file}: ${error.message.trim()}`, EXIT.usage, { cause: error });
  const input = (document.toJS() ?? {}) as unknown;
  const { data, error: wrong } = ServiceFile.safeParse(input);
  if (data) return { service: data.service, values: data, keys: new Set(Object.keys(input as object)) };
  const sentences = fieldFindings(wrong.issues, input).map(({ path, ...finding }) => {
    const place = [file, lineOf(document, path, lines)].filter((part) => part !== null).join(":");
    return `${place}: ${path.join(".") || "the file"}: ${sentenceOfField(finding)}`;
  });
  throw new Failure(sentences.join("\n"), EXIT.usage);
}

/** The line of a field, or of the nearest one that the file has around it. */
function lineOf(document: Document, path: readonly (string | number)[], lines: LineCounter): number | null {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return null;
}

function unlessAbsent(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
  throw error;
}

/** The service that a command is about: `--service`, else that of landfall.yml, else the folder's name. */
export async function serviceNameOf(call: Pick<Call, "text">, folder = "."): Promise<string> {
  const found = call.text("service") ?? (await readServiceFile(folder))?.service ?? basename(resolve(folder));
  if (ServiceName.safeParse(found).success) return found;
  throw new Failure(`${found} is not the name of a service: name one with --service.`, EXIT.usage);
}

/** For editors, generated from the same contract that checks the file. */
export function serviceFileSchema(): object {
  return {
    $id: "landfall.schema.json",
    title: "landfall.yml",
    ...z.toJSONSchema(ServiceFile, { target: "draft-7", io: "input", unrepresentable: "any" }),
  };
}
