import { createHash, createHmac } from "node:crypto";
import type { SourceOf } from "@/lib/contracts/source";
import type { Actor } from "@/lib/contracts/user";
import { aService } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { readHook } from "./hook-commands";
import type { HookRequest } from "./read-push";

export const ORIGIN = "https://landfall.example.com";

/** A service from a repository that nobody asks, with its hook. */
export async function aHookedService(owner: Actor & { id: string }, name: string, ref: string | undefined = "main") {
  const service = await aService(owner, { name });
  const source: SourceOf<"git"> = {
    kind: "git",
    url: `https://git.example.com/acme/${name}.git`,
    ...(ref !== undefined && { ref }),
  };
  await db.service.update({ where: { id: service.id }, data: { source: { ...source } } });
  const { secret } = await readHook(name, owner, ORIGIN);
  return { ...service, secret: secret ?? "" };
}

export const commitOf = (text: string | number) => createHash("sha1").update(String(text)).digest("hex");

export interface TestPush {
  /** The sender's own id. */
  id: string;
  commit: string;
  before?: string;
  ref?: string;
  message?: string;
  paths?: string[];
  minute?: number;
  event?: string;
}

/** As GitHub sends a push of one commit. */
export function fromGitHub(secret: string, push: TestPush): HookRequest {
  const { id, commit, before = "0".repeat(40), ref = "refs/heads/main", message = "Change", minute = 0 } = push;
  const timestamp = new Date(Date.parse("2026-11-30T10:00:00Z") + minute * 60_000).toISOString();
  const head = { id: commit, message, timestamp, author: { name: "Ana" }, added: push.paths ?? ["a.txt"] };
  const isDeletion = /^0+$/.test(commit);
  const body = Buffer.from(
    JSON.stringify({
      ...{ ref, before, after: commit, commits: isDeletion ? [] : [head], head_commit: isDeletion ? null : head },
      repository: { full_name: "acme/shop", default_branch: "main" },
    }),
  );
  const headers = new Headers({
    "content-type": "application/json",
    "x-github-event": push.event ?? "push",
    "x-github-delivery": id,
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  });
  return { headers, body };
}
