import { Problem } from "@/lib/contracts/problem";

export const BODY_LIMIT_BYTES = 1024 * 1024;

/** The JSON of a request; undefined when it has no body. Never reads more than the limit. */
export async function readJson(request: Request): Promise<{ value: unknown; text: string }> {
  const text = await readText(request);
  if (text.trim() === "") return { value: undefined, text };
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json" && !type.endsWith("+json")) throw new Problem("unsupported-media-type");
  return { value: parseJson(text), text };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem("malformed-json", { cause });
  }
}

export async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > BODY_LIMIT_BYTES) throw tooLarge();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let bytes = 0;
  let text = "";
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > BODY_LIMIT_BYTES) throw tooLarge();
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (cause) {
    // What is not UTF-8 is not JSON; a client that went away has no use for an answer.
    throw cause instanceof Problem ? cause : new Problem("malformed-json", { cause });
  }
}

function tooLarge(): Problem {
  return new Problem("body-too-large", { params: { bytes: BODY_LIMIT_BYTES } });
}
