import * as z from "zod";
import { PROBLEMS, type ProblemCode } from "@/lib/contracts/problem";

/** `offline`: the server was not reached at all; `unexpected`: it answered something that is not in the contract. */
export type ApiProblemCode = ProblemCode | "offline" | "unexpected";

const codes = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];
const WireProblem = z.object({
  code: z.enum(codes),
  detail: z.string(),
  cause: z.string().optional(),
  fields: z
    .array(z.object({ path: z.array(z.union([z.string(), z.number()])), code: z.string(), message: z.string() }))
    .default([]),
});
export type ApiField = z.infer<typeof WireProblem>["fields"][number];

interface Rest {
  /** What happened, in the reader's language; only the server's own problems have one. */
  sentence?: string;
  /** What the machine said. */
  machine?: string;
  fields?: readonly ApiField[];
  cause?: unknown;
}

export class ApiProblem extends Error {
  readonly code: ApiProblemCode;
  readonly status: number;
  readonly sentence: string | undefined;
  readonly machine: string | undefined;
  readonly fields: readonly ApiField[];

  constructor(code: ApiProblemCode, status: number, { sentence, machine, fields = [], cause }: Rest = {}) {
    super(sentence ?? code, { cause });
    this.name = "ApiProblem";
    this.code = code;
    this.status = status;
    this.sentence = sentence;
    this.machine = machine;
    this.fields = fields;
  }
}

/** problem+json as an error; anything else (a proxy's error page) is `unexpected`. */
export async function readProblem(response: Response): Promise<ApiProblem> {
  const wire = WireProblem.safeParse(await response.json().catch(() => undefined));
  if (!wire.success) return new ApiProblem("unexpected", response.status, { cause: wire.error });
  const { code, detail, cause, fields } = wire.data;
  return new ApiProblem(code, response.status, { sentence: detail, machine: cause, fields });
}
