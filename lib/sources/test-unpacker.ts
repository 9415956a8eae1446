/* Another process that wants the same archive at the same moment: waits for a line, unpacks, and says where. */
import { once } from "node:events";
import { disconnect } from "@/lib/platform/db/client";
import { archiveFolder } from "./archive-folder";

const [, , uploadId = ""] = process.argv;
process.stdout.write("ready\n");
await once(process.stdin, "data");
process.stdout.write(await archiveFolder(uploadId, new AbortController().signal));
process.stdin.destroy();
await disconnect();
