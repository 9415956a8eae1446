import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { PutTreeOptions, PutTreeResult, SourceTree } from "../host";
import { stagingPath } from "../staging-path";
import { despiteLosses } from "./despite-losses";
import { packTree } from "./pack-tree";
import { type Placing, placeTree } from "./place-tree";
import { planTransfer, type TransferPlan } from "./plan-transfer";
import type { TransferRemote } from "./transfer-remote";
import { type Sent, uploadPack } from "./upload-pack";

/** A second for what the base's service has changed, a third for a pack that was torn. */
const MAX_PACKS = 3;

/**
 * Sends a tree into a directory on the host that does not exist yet; it appears whole, with every file's digest
 * compared there, or not at all. One upload and one command: what did not change since the base is copied from it on
 * the host, the rest travels in one pack. All that is unfinished lies in `stagingPath(to)`, and a later call, by any
 * process, continues with it. Rejects with `transfer-failed`, `tool-missing`, `disk-full` (or the ENOSPC of a write),
 * and with the last loss when the host stayed away.
 */
export async function sendTree(
  remote: TransferRemote,
  tree: SourceTree,
  to: string,
  options: PutTreeOptions,
): Promise<PutTreeResult> {
  const refused = new Set<string>();
  for (let packs = 1; ; packs += 1) {
    const plan = planTransfer(tree, options.base?.entries ?? [], refused);
    const placing = await deliver({ remote, tree, to, options, plan });
    if (placing.outcome === "placed") return plan.result;
    if (packs === MAX_PACKS) throw refusal(placing);
    for (const path of placing.paths) refused.add(path);
  }
}

interface Delivery {
  remote: TransferRemote;
  tree: SourceTree;
  to: string;
  options: PutTreeOptions;
  plan: TransferPlan;
}

/** Brings one pack there and has it unpacked, however often the connection is lost. */
function deliver({ remote, tree, to, options, plan }: Delivery): Promise<Placing> {
  const { signal, base, onProgress } = options;
  const { atHand, result } = plan;
  const staging = stagingPath(to);
  let sentBytes = 0;
  const report = (sent: Sent) => {
    sentBytes = sent.bytes;
    const done = { bytes: atHand.bytes + sent.bytes, files: atHand.files + sent.files };
    onProgress?.({ ...done, totalBytes: result.bytes, totalFiles: result.files });
  };
  const attempt = async (isRepeat: boolean): Promise<Placing> => {
    // Nobody else makes it: what was lost then is only the answer.
    if (isRepeat && (await remote.stat(to))) return { outcome: "placed" };
    const pack = packTree(tree.root, plan);
    await uploadPack(remote, join(staging, plan.packName), pack, { signal, onProgress: report });
    return placeTree(remote, { staging, to, base: base?.path }, plan, signal);
  };
  return despiteLosses(attempt, () => sentBytes, signal);
}

function refusal({ paths: [path], detail }: Extract<Placing, { outcome: "refused" }>): Problem {
  if (path === undefined) return new Problem("transfer-failed", { detail });
  return new Problem("transfer-failed", { params: { path }, detail: `${path} did not arrive as it was sent` });
}
