import { Problem } from "@/lib/contracts/problem";

/** As docker-modem rejects what the daemon refused. */
interface Refusal extends Error {
  statusCode: number;
  json?: unknown;
}

/** The one place where a failure of the daemon becomes a problem; callers tell refusals apart by `hasStatus`. */
export function engineProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isRefusal(error)) {
    const detail = sentenceOf(error.json) ?? error.message.trim();
    return new Problem("engine-refused", { params: { status: error.statusCode }, detail, cause: error });
  }
  const { name, message } = error as Error;
  const detail = name === "TimeoutError" ? "it did not answer in time" : message;
  return new Problem("engine-unreachable", { detail, cause: error });
}

/** Whether the daemon answered with one of these: 304 nothing to do, 404 no such thing, 409 in use or taken. */
export function hasStatus(error: unknown, ...statuses: number[]): boolean {
  return (
    error instanceof Problem &&
    error.code === "engine-refused" &&
    statuses.some((status) => error.params.status === status)
  );
}

/** The answer, or null when the daemon refused with one of these statuses. */
export async function unless<T>(statuses: number[], call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (hasStatus(error, ...statuses)) return null;
    throw error;
  }
}

/** The answer, or null when the daemon refused, for whatever reason. */
export async function unlessRefused<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Problem && error.code === "engine-refused") return null;
    throw error;
  }
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number";
}

function sentenceOf(json: unknown): string | undefined {
  const found = typeof json === "object" && json !== null && "message" in json ? json.message : undefined;
  return typeof found === "string" ? found.trim() : undefined;
}
