import type { ServerResponse } from "node:http";
import * as z from "zod";
import { ApiError } from "./api-error";
import { PlainAnswer } from "./request-body";
import type { Version } from "./version";

export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Undefined: an empty body. */
  body: string | undefined;
}

const JSON_TYPE = { "content-type": "application/json" };

/** Undefined is a success without a body, whose content type is still JSON. */
export function success(value: unknown): Answer {
  return { status: 200, headers: JSON_TYPE, body: value === undefined ? undefined : JSON.stringify(value) };
}

/** `path` is the procedure; absent where there is none. */
export function failure(error: unknown, path: string | undefined, version: Version): Answer {
  if (error instanceof PlainAnswer) return { status: error.status, headers: {}, body: error.text };
  if (error instanceof z.ZodError) return invalid(error, path, version);
  const { code, status, message } =
    error instanceof ApiError ? error : new ApiError("INTERNAL_SERVER_ERROR", String(error));
  return asError({ status, message, code, path, zodError: null, version });
}

function invalid(error: z.ZodError, path: string | undefined, version: Version): Answer {
  const { formErrors, fieldErrors } = z.flattenError(error);
  return asError({
    ...{ status: 400, message: "Input validation failed", code: "BAD_REQUEST", path, version },
    zodError: { formErrors, fieldErrors },
    more: { issues: error.issues },
  });
}

function asError(given: {
  status: number;
  message: string;
  code: string;
  path: string | undefined;
  zodError: unknown;
  version: Version;
  more?: object;
}): Answer {
  const { status, message, code, path, zodError, version, more } = given;
  const data = { code, httpStatus: status, ...(path === undefined ? {} : { path }), zodError };
  const body = { message, code, ...(version.isAtLeast("0.28.1") ? { data } : {}), ...more };
  return { status, headers: JSON_TYPE, body: JSON.stringify(body) };
}

/** The server's answer before it reads the request; the same for a key that is unknown, used up or throttled. */
export const unauthorized = (): Answer => ({
  status: 401,
  headers: { "content-type": "application/json; charset=utf-8" },
  body: '{"message":"Unauthorized"}',
});

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body ?? "") });
  response.end(body);
}
