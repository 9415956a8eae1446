import type * as z from "zod";
import type { Caller } from "./keys";
import type { Server } from "./server";

export interface Call {
  readonly server: Server;
  readonly caller: Caller;
}
/** One name under `/api`. The result of `run` is sent as JSON; undefined is sent as an empty body. */
export interface Procedure {
  readonly kind: "query" | "mutation";
  readonly input: z.ZodType;
  run(input: unknown, call: Call): unknown;
}
export type Procedures = Readonly<Record<string, Procedure>>;

type Run<Schema extends z.ZodType> = (input: z.output<Schema>, call: Call) => unknown;

export const query = <Schema extends z.ZodType>(input: Schema, run: Run<Schema>): Procedure => ({
  kind: "query",
  input,
  run: (given, call) => run(input.parse(given), call),
});
export const mutation = <Schema extends z.ZodType>(input: Schema, run: Run<Schema>): Procedure => ({
  ...query(input, run),
  kind: "mutation",
});
