import { v4 as uuid } from "uuid";
import { ApiProblem } from "./api";

/** One key per press of a button: sent again after the line broke, it still makes one. */
export async function sendOnce<T>(send: (idempotencyKey: string) => Promise<T>, key = uuid()): Promise<T> {
  try {
    return await send(key);
  } catch (error) {
    if (error instanceof ApiProblem && error.code === "offline") return send(key);
    throw error;
  }
}
