import type { UploadView } from "@/lib/contracts/upload";
import type { Actor } from "@/lib/contracts/user";
import { receiveUpload } from "./uploads";

/** Uploads an archive in pieces, as a network delivers it. */
export function anUpload(archive: Buffer, actor: Actor, fileName = "shop.tar.gz"): Promise<UploadView> {
  return receiveUpload({ fileName, content: inPieces(archive) }, actor);
}

async function* inPieces(archive: Buffer): AsyncIterable<Uint8Array> {
  for (let at = 0; at < archive.length; at += 60_000) yield archive.subarray(at, at + 60_000);
}
