import * as z from "zod";
import { NewRollback } from "@/lib/contracts/deployment";
import { RollbackPreview } from "@/lib/contracts/release";
import { ServiceName } from "@/lib/contracts/service";
import { route } from "@/lib/http/route";
import { previewRollback } from "@/lib/releases/preview-rollback";

export const GET = route(
  {
    summary: "What going back would change",
    description: "Files, names of environment variables, and configuration; values stay on the server.",
    permission: "release:read",
    params: z.object({ name: ServiceName }),
    query: NewRollback,
    response: RollbackPreview,
    problems: ["no-previous-release", "release-not-restorable", "host-unreachable"],
  },
  async ({ actor, params: { name }, query }) => previewRollback(name, actor, query.releaseId),
);
