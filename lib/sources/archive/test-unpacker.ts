/* Another process that unpacks the same archive concurrently: waits for a line, unpacks, and prints the folder. */
import { once } from "node:events";
import { disconnect } from "@/lib/platform/db/client";
import { archiveSource } from "./archive-source";

const [, , uploadId = ""] = process.argv;
process.stdout.write("ready\n");
await once(process.stdin, "data");
const source = { kind: "archive" as const, uploadId };
const context = { signal: new AbortController().signal, roots: [] };
const { folder } = await archiveSource.materialise(source, await archiveSource.resolve(source), context);
process.stdout.write(folder);
process.stdin.destroy();
await disconnect();
