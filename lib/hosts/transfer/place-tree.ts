import { Problem } from "@/lib/contracts/problem";
import type { CommandResult } from "../host";
import { PLACE_EXIT, placeCommand } from "./place-script";
import type { TransferPlan } from "./plan-transfer";
import type { TransferRemote } from "./transfer-remote";

/** A file system that has refused a write has less than this left: what was begun stays on it. */
const FULL_BYTES = 1024 * 1024;
const DIGEST_AND_BLANKS = 66;
const ROOM_LINE_BYTES = 128;

export type Placing =
  | { outcome: "placed" }
  /** The pack is gone; these files did not have their digest. None: the pack itself was broken. */
  | { outcome: "refused"; paths: string[]; detail: string };

/**
 * Makes the tree out of an uploaded pack and gives it its place. Rejects with `disk-full`, `tool-missing`, and
 * `transfer-failed` when something is there already.
 */
export async function placeTree(
  remote: TransferRemote,
  place: { staging: string; to: string; base: string | undefined },
  plan: TransferPlan,
  signal: AbortSignal | undefined,
): Promise<Placing> {
  const args = placeCommand({ ...place, pack: plan.packName });
  // Every path may be named twice: with the digest it should have and with that it has.
  const keepBytes = ROOM_LINE_BYTES + 2 * plan.lists.reduce((sum, { content }) => sum + content.length, 0);
  const result = await remote.run({ args }, { signal, keepBytes });
  switch (result.exitCode) {
    case 0:
      return { outcome: "placed" };
    case PLACE_EXIT.occupied:
      throw new Problem("transfer-failed", { detail: `${place.to} is there already` });
    case PLACE_EXIT.noTool:
      throw new Problem("tool-missing", { params: { tool: result.stdout.trim() } });
    case PLACE_EXIT.notPlaced:
      return refused(result, plan);
    default:
      throw new Problem("transfer-failed", { detail: lastLine(result) });
  }
}

function refused(result: CommandResult, plan: TransferPlan): Placing {
  const [room = "", ...lines] = result.stdout.split("\n");
  throwIfFull(room);
  const wrong = lines.filter((line) => line !== "");
  const paths = wrong.flatMap((line) =>
    line === "odd" ? plan.oddPaths : [line.slice(DIGEST_AND_BLANKS + "./".length)],
  );
  return { outcome: "refused", paths, detail: lastLine(result) };
}

/**
 * Free blocks, their size, all inodes, free inodes: was it the disk that stopped a write? The tools say so in words only.
 * Some file systems count no inodes: all are 0 then.
 */
function throwIfFull(room: string): void {
  const [blocks = 0, blockBytes = 0, inodes = 0, freeInodes = 0] = room.trim().split(" ").map(Number);
  const freeBytes = blocks * blockBytes;
  if (blockBytes > 0 && freeBytes < FULL_BYTES) throw new Problem("disk-full", { detail: `${freeBytes} bytes free` });
  if (inodes > 0 && freeInodes === 0) throw new Problem("disk-full", { detail: "no inodes free" });
}

function lastLine({ stderr, exitCode, signal }: CommandResult): string {
  return stderr.trimEnd().split("\n").at(-1) || `ended with ${signal ?? exitCode}`;
}
