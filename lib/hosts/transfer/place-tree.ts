import { Problem } from "@/lib/contracts/problem";
import type { CommandResult, Host } from "../host";
import script from "../programs/place-tree.sh" with { type: "text" };
import type { TransferPlan } from "./plan-transfer";

/** Exit codes of programs/place-tree.sh. */
const PLACE_EXIT = { notPlaced: 10, noTool: 11, occupied: 12 } as const;

/** A file system that refused a write has less than this left: earlier writes stay on it. */
const FULL_BYTES = 1024 * 1024;
const DIGEST_AND_BLANKS = 66;
const ROOM_LINE_BYTES = 128;

export type Placing =
  | { outcome: "placed" }
  /** The pack is gone; these files did not have their digest. None: the pack itself was broken. */
  | { outcome: "refused"; paths: string[]; detail: string };

/**
 * Creates the tree from an uploaded pack and moves it to its place. Without a base nothing is copied. Rejects with
 * `disk-full`, `tool-missing`, and `transfer-failed` when the destination exists.
 */
export async function placeTree(
  host: Pick<Host, "run">,
  { staging, to, base }: { staging: string; to: string; base: string | undefined },
  plan: TransferPlan,
  signal: AbortSignal | undefined,
): Promise<Placing> {
  const args = ["/bin/sh", "-c", script, "place-tree", staging, to, plan.packName, base ?? ""] as const;
  // Every path may be named twice: with the digest it should have and with its actual digest.
  const keepBytes = ROOM_LINE_BYTES + 2 * plan.lists.reduce((sum, { content }) => sum + content.length, 0);
  const result = await host.run({ args }, { signal, keepBytes });
  switch (result.exitCode) {
    case 0:
      return { outcome: "placed" };
    case PLACE_EXIT.occupied:
      throw new Problem("transfer-failed", { detail: `${to} is there already` });
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
