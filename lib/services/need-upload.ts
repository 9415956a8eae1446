import type { Source } from "@/lib/contracts/service";
import type { Tx } from "@/lib/platform/db/client";
import { touchUpload } from "@/lib/sources/upload-store";
import { refuseWrongFields, wrongField } from "./draft-fields";

/** In the transaction that makes a service name it: an upload that nothing named may be on its way out. */
export async function needUpload(tx: Tx, source: Source): Promise<void> {
  if (source.kind !== "archive" || (await touchUpload(tx, source.uploadId))) return;
  refuseWrongFields([wrongField(["source", "uploadId"], "not-found")], {});
}
