const STATUS = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  UNSUPPORTED_MEDIA_TYPE: 415,
  INTERNAL_SERVER_ERROR: 500,
} as const;
export type ApiCode = keyof typeof STATUS;

/** The refusal of a procedure; the router writes it in the server's format. */
export class ApiError extends Error {
  readonly status: number;

  constructor(
    readonly code: ApiCode,
    message: string,
  ) {
    super(message);
    this.status = STATUS[code];
  }
}

export const notFound = (what: string) => new ApiError("NOT_FOUND", `${what} not found`);

/** The server passes on its database's message, including the values that were sent. */
export function failedQuery(statement: string, params: readonly unknown[]): string {
  return `Failed query: ${statement}\nparams: ${params.join(",")}`;
}

/** Turns any failure of `work` into BAD_REQUEST with `prefix`: several routers wrap every inner error. */
export function asBadRequest<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new ApiError("BAD_REQUEST", prefix + (error instanceof Error ? error.message : String(error)));
  }
}
