import { createHash } from "node:crypto";
import { Problem } from "@/lib/contracts/problem";
import type { Idempotency } from "./definition";
import { toFieldError } from "./field-errors";
import type { Sentences } from "./sentences";

const KEY = /^[\x21-\x7e]{1,128}$/;

/** The key a caller chose, and what tells its request from another one under the same key. */
export function idempotencyOf(request: Request, bodyText: string, sentences: Sentences): Idempotency {
  const key = request.headers.get("idempotency-key");
  if (key === null) return {};
  if (!KEY.test(key)) {
    const field = toFieldError(
      { path: ["Idempotency-Key"], code: key.length > 128 ? "too-long" : "invalid", params: { limit: 128 } },
      sentences,
    );
    throw new Problem("invalid-request", { fields: [field] });
  }
  const { pathname, search } = new URL(request.url);
  const requestHash = createHash("sha256").update(`${request.method} ${pathname}${search}\n${bodyText}`).digest("hex");
  return { idempotencyKey: key, requestHash };
}
