import { Problem } from "@/lib/contracts/problem";
import { describeChanges } from "../describe-changes";
import { readPresentFiles } from "../files";
import { readableTime } from "../release";
import type { UpdateContext, UpdatePhase } from "../update";

/** Says what will be changed into what, and asks. */
export const confirmPhase: UpdatePhase = {
  key: "confirm",
  title: "Confirm",
  isDialogue: true,
  repeatable: true,
  deadlineMs: 60 * 60_000,
  async run(ctx) {
    const question = ctx.kind === "deploy" ? "Deploy it?" : "Go back to it?";
    if (await ctx.confirm(question, await factsOf(ctx))) return undefined;
    throw new Problem("cannot-update", { detail: "Not confirmed: nothing was changed." });
  },
};

async function factsOf(ctx: UpdateContext): Promise<string[]> {
  const { installation, release, files } = ctx;
  const present = await installation.present(ctx.signal);
  const place = `${installation.environment} on ${ctx.host.label}`;
  if (!present)
    return [`Landfall ${release.version} (${readableTime(release.timestamp)}) as ${place}, for the first time`];
  const from = present.release;
  const presentFiles = await readPresentFiles(installation);
  return [
    place,
    `from  ${from.version}  ${readableTime(from.timestamp)}${present.isServing ? "" : ", which does not run"}`,
    `to    ${release.version}  ${readableTime(release.timestamp)}`,
    ...(presentFiles ? describeChanges(presentFiles, files) : []),
  ];
}
