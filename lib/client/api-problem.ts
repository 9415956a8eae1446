import type { ProblemCode } from "@/lib/contracts/problem";
import type { Answer } from "./api";

/** `offline`: the server was not reached at all; `unexpected`: it answered something that is not in the contract. */
export type ApiProblemCode = ProblemCode | "offline" | "unexpected";
export type ApiField = Answer<"WireProblem">["fields"][number];

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
