import * as z from "zod";
import { FACTS, type FactKind, type Fact as Told } from "./fact";

/* The zod shapes of facts. Separate from the catalogue, because the first load of a page has no zod. */

const KINDS: Record<FactKind, z.ZodType> = { text: z.string(), number: z.int(), bytes: z.int(), duration: z.int() };

const shapes = Object.entries(FACTS).map(([code, kinds]) => {
  const params = Object.entries(kinds).map(([name, kind]) => [name, KINDS[kind]] as const);
  return z.object({ code: z.literal(code), params: z.object(Object.fromEntries(params)) });
});
export const Fact = z.discriminatedUnion("code", shapes as [(typeof shapes)[number]]) as unknown as z.ZodType<Told>;

export type Fact = Told;

/** An empty list when this version does not know every fact in it. */
export const Facts = z.array(Fact).catch([]);
