import type { TargetView } from "@/lib/contracts/target";
import { bodyOfServer, draftOfServer, emptyServer } from "./server-draft";
import { useTargetForm } from "./use-target-form";

export function useServerForm(target: TargetView | undefined) {
  const first = () => (target ? draftOfServer(target) : emptyServer);
  return {
    ...useTargetForm(target, { kind: "ssh", first, bodyOf: bodyOfServer }),
    /** At another address nothing is confirmed; a server that is there is expected to show the key it showed. */
    elsewhere: { hostKey: target?.ssh?.hostKey ?? null },
  };
}
