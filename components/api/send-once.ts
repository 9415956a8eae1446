import { v4 as uuid } from "uuid";
import { ApiProblem } from "./api";

/** Sends a request and, if the server was not reached, retries it once: its key keeps it from taking effect twice. */
export async function sendOnce<T>(send: (idempotencyKey: string) => Promise<T>, key = uuid()): Promise<T> {
  try {
    return await send(key);
  } catch (error) {
    if (error instanceof ApiProblem && error.code === "offline") return send(key);
    throw error;
  }
}
