import * as z from "zod";
import { authorize } from "@/lib/contracts/authorize";
import { LogLine } from "@/lib/contracts/event";
import { PhaseKey } from "@/lib/contracts/phase-shape";
import { checkFollower } from "@/lib/engine/deployment-commands";
import { findDeployment } from "@/lib/engine/deployment-store";
import { readLog, streamLog } from "@/lib/engine/log-store";
import { route } from "@/lib/web/http/route";
import { textStream } from "@/lib/web/http/text-stream";

const LINES = 1_000;

export const GET = route(
  {
    summary: "Lines of a deployment's log",
    description: "From line `from` on, or the newest; `download=1` answers the whole log as plain text.",
    permission: "deployment:read",
    tool: {
      name: "read_deployment_log",
      description: "The newest lines, or those from line `from` on. Each line is [milliseconds, stream, text].",
      defaults: { limit: 100 },
      without: ["download"],
    },
    params: z.object({ deploymentId: z.uuid() }),
    query: z.strictObject({
      from: z.coerce.number().int().min(1).max(2_000_000_000).optional(),
      limit: z.coerce.number().int().min(1).max(LINES).default(LINES),
      phase: PhaseKey.optional(),
      search: z.string().min(1).max(200).optional(),
      download: z.stringbool().default(false),
    }),
    response: z.object({
      lines: z.array(z.object({ n: z.int(), phase: PhaseKey.nullable(), line: LogLine })),
      total: z.int().describe("Lines that phase and search let through, of which these are a part"),
    }),
  },
  async ({ actor, reader, params: { deploymentId }, query: { download, ...query } }) => {
    const { service, number } = authorize(actor, "deployment:read", await findDeployment(deploymentId));
    if (!download) return readLog(deploymentId, query);
    const file = { contentType: "text/plain; charset=utf-8", fileName: `${service.name}-${number}.log` };
    const saver = reader((who) => checkFollower(deploymentId, who));
    return textStream(saver, streamLog(deploymentId), file);
  },
);
