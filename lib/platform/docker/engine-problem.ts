import { Problem } from "@/lib/contracts/problem";

/** The error of docker-modem when the daemon refuses. */
interface Refusal extends Error {
  statusCode: number;
  json?: unknown;
}

/** Turns every failure of the daemon into a problem. Callers tell refusals apart with `hasStatus`. */
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

/** Did the daemon answer with one of these? 304 nothing to do, 404 not found, 409 in use or a conflict. */
export function hasStatus(error: unknown, ...statuses: number[]): boolean {
  return (
    error instanceof Problem &&
    error.code === "engine-refused" &&
    statuses.some((status) => error.params.status === status)
  );
}

/** The result, or null when the daemon refused with one of these statuses. */
export async function unless<T>(statuses: number[], call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (hasStatus(error, ...statuses)) return null;
    throw error;
  }
}

/** The result, or null when the daemon refused for any reason. */
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
