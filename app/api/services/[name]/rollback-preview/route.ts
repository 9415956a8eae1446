import * as z from "zod";
import { NewRollback } from "@/lib/contracts/deployment";
import { RollbackPreview } from "@/lib/contracts/release";
import { ServiceName } from "@/lib/contracts/service";
import { previewRollback } from "@/lib/engine/releases/preview-rollback";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "What going back would change",
    description: "Files, names of environment variables, and configuration; values stay on the server.",
    permission: "release:read",
    tool: { name: "preview_rollback" },
    params: z.object({ name: ServiceName }),
    query: NewRollback,
    response: RollbackPreview,
    problems: ["no-previous-release", "release-not-restorable", "host-unreachable"],
  },
  async ({ actor, params: { name }, query }) => previewRollback(name, actor, query.releaseId),
);
