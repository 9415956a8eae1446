/* A separate program: creates the example service and deploys it like any other, showing its phases live. */
import { createServer } from "node:net";
import { applyEvent } from "@/lib/contracts/apply-event";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { NewService } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { followDeployment } from "@/lib/engine/follow-deployment";
import { requestDeployment } from "@/lib/engine/request-deployment";
import { checkFolder, type FolderProblem } from "@/lib/hosts/source-access";
import { env } from "@/lib/platform/env";
import { createService } from "@/lib/services/create-service";
import { ensureLocalTarget } from "@/lib/targets/ensure-targets";
import { answerParent } from "./run-helper";
import { showDeployment } from "./show-deployment";

const NAME = "hello-node";
const FIRST_PORT = 4_000;

const SENTENCES: Record<FolderProblem, string> = {
  "source-outside-roots": "the examples are not among LANDFALL_SOURCE_ROOTS.",
  "source-missing": "its folder is gone.",
  "source-not-a-folder": "its folder is not a folder.",
};

export interface DemoResult {
  name: string;
  url: string | null;
  /** Why the deployment failed. */
  sentence: string | null;
}

async function deployExample(folder: string, actor: Actor): Promise<DemoResult> {
  const wrong = await checkFolder(folder, env.LANDFALL_SOURCE_ROOTS);
  if (wrong) return { name: NAME, url: null, sentence: SENTENCES[wrong] };
  const target = await ensureLocalTarget();
  const source = { kind: "folder" as const, path: folder };
  const port = await freePort(FIRST_PORT);
  await createService(NewService.parse({ name: NAME, target: target.name, driver: "process", source, port }), actor);
  const asked = await requestDeployment({ service: NAME }, actor, { trigger: "demo" });
  const ended = await follow(asked);
  return {
    name: NAME,
    url: ended.url,
    sentence: ended.problem && `it ${ended.state}, its page in the console says why.`,
  };
}

async function follow(asked: DeploymentView): Promise<DeploymentView> {
  let view = asked;
  const shown = showDeployment(view);
  for await (const batch of followDeployment(view.id, view.lastEvent, new AbortController().signal)) {
    view = batch.reduce(applyEvent, view);
    shown.show(view);
  }
  shown.end();
  return view;
}

/** The first free port from this one on: a number that people can remember. */
async function freePort(from: number): Promise<number> {
  return (await isFree(from)) ? from : freePort(from + 1);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

const [folder = "", actor = ""] = process.argv.slice(2);
await answerParent(() => deployExample(folder, JSON.parse(actor) as Actor));
