import { closeSync, constants, createReadStream, fstatSync, openSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { lookup } from "mrmime";
import { OLD_ASSET_HEADERS } from "../../release-layout";
import { report } from "./report";

/** A file that an earlier release had at the path of a request. Its `fd` is open until it is sent. */
export interface OldAsset {
  fd: number;
  size: number;
  modifiedAt: Date;
  type: string;
}

const NOT_THERE = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP", "EISDIR"]);

/** Null when there is none, or the request asks for something else than a file. */
export function openOldAsset({ method, url = "" }: IncomingMessage, directory: string): OldAsset | null {
  const path = method === "GET" || method === "HEAD" ? pathIn(url) : null;
  if (path === null) return null;
  try {
    const fd = openSync(join(directory, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = fstatSync(fd);
    if (found.isFile()) return { fd, size: found.size, modifiedAt: found.mtime, type: typeOf(path) };
    closeSync(fd);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (!NOT_THERE.has(code)) report(`${url}: ${message}`);
  }
  return null;
}

export function sendOldAsset(outgoing: ServerResponse, { fd, size, modifiedAt, type }: OldAsset): void {
  const { req } = outgoing;
  const etag = `"${modifiedAt.getTime().toString(36)}-${size.toString(36)}"`;
  const isKnown = req.headers["if-none-match"] === etag;
  outgoing.writeHead(isKnown ? 304 : 200, {
    ...OLD_ASSET_HEADERS,
    etag,
    "last-modified": modifiedAt.toUTCString(),
    ...(!isKnown && { "content-type": type, "content-length": size }),
  });
  if (isKnown || req.method === "HEAD") {
    closeSync(fd);
    outgoing.end();
    return;
  }
  pipeline(createReadStream("", { fd }), outgoing, () => {});
}

/** The path of a request as a file's, or null for one that no file has. */
function pathIn(url: string): string | null {
  try {
    const path = decodeURIComponent(new URL(url, "http://service").pathname).slice(1);
    const isFile = path.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.includes("\0"));
    return isFile ? path : null;
  } catch (error) {
    if (error instanceof URIError || (error as NodeJS.ErrnoException).code === "ERR_INVALID_URL") return null;
    throw error;
  }
}

function typeOf(path: string): string {
  const type = lookup(path) ?? "application/octet-stream";
  return type.startsWith("text/") ? `${type}; charset=utf-8` : type;
}
