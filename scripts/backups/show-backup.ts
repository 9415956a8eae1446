import type { BackupView } from "@/lib/contracts/backup";
import { formatBytes } from "@/lib/platform/i18n/quantities";
import { bold, duration, green, red, say } from "../screen.mjs";
import { sentenceOfProblem } from "./sentence-of-problem";

/** Prints the result of a backup. Returns whether the backup is reliable. */
export function showBackup({ name, state, place, bytes, sha256, contents, proof, problem }: BackupView): boolean {
  say();
  if (state !== "succeeded" || contents === null) {
    say(red(`The backup ${name} was not made.`));
    if (problem) for (const line of sentenceOfProblem(problem).split("\n")) say(line);
    say();
    return false;
  }
  say(`${bold(name)}   ${formatBytes(bytes ?? 0, "en")} in ${place}`);
  say(`SHA-256  ${sha256}`);
  say(`Holds    ${contents.rows} rows in ${contents.tables} tables, of Landfall ${contents.version}`);
  say(`Key      ${keyLine(contents.key)}`);
  if (contents.files.length > 0) say(`Files    ${contents.files.join(", ")}, sealed as well`);
  if (contents.filesLeftOut.length > 0) say(`Left out ${contents.filesLeftOut.join(", ")}`);
  say(
    proof?.state === "proven"
      ? green(`Proven   restored and compared in ${duration(proof.durationMs)}`)
      : red("Not proven"),
  );
  if (proof?.problem) for (const line of sentenceOfProblem(proof.problem).split("\n")) say(line);
  say();
  return proof?.state === "proven";
}

function keyLine(key: "sealed" | "left-out"): string {
  if (key === "sealed") return "the secret key is in it, sealed under BACKUP_PASSPHRASE";
  return "the secret key is NOT in it, because there is no BACKUP_PASSPHRASE: keep a copy of the key elsewhere";
}
