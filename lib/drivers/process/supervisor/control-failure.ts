import type { ControlErrorCode } from "./protocol";

export const STATUS_OF: Record<ControlErrorCode, number> = {
  invalid: 400,
  unknown: 404,
  serving: 409,
  "not-running": 409,
  "port-in-use": 409,
  "cannot-start": 422,
};

/** A refusal that the client is told with its code. */
export class ControlFailure extends Error {
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string) {
    super(message);
    this.name = "ControlFailure";
    this.code = code;
  }
}
