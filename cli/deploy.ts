import { DeploymentView } from "@/lib/contracts/deployment";
import { ServiceDetail } from "@/lib/contracts/service";
import { say } from "../scripts/screen.mjs";
import { type Call, type Command, JSON_OPTION, SERVICE_OPTION, YES_OPTION } from "./arguments";
import type { Console } from "./console";
import { EXIT, type ExitCode, Failure } from "./failure";
import { followToEnd, pageOf } from "./follow";
import { uploadFolder } from "./pack";
import { serviceNameOf } from "./service-file";
import { requireService } from "./services";
import { confirm, printJson } from "./terminal";

export const deployCommand: Command = {
  name: "deploy",
  summary: "Upload the folder, deploy the service and follow the deployment",
  positionals: "[folder]",
  most: 1,
  options: {
    ...SERVICE_OPTION,
    "no-upload": { summary: "Deploy what the service has already, for example after a change of its environment" },
    version: { value: "label", summary: "What this is called: a tag, a commit" },
    message: { short: "m", value: "text", summary: "Why it is deployed" },
    commit: { value: "id", summary: "The commit to deploy, for a service from Git" },
    rebuild: { summary: "Build anew, although nothing has changed since an earlier build" },
    logs: { short: "l", summary: "Print the log of the deployment" },
    detach: { short: "d", summary: "Do not follow the deployment" },
    ...YES_OPTION,
    ...JSON_OPTION,
  },
  details:
    "Files that .landfallignore or .dockerignore excludes are not uploaded. A service from Git, from an image or from a\n" +
    "folder of the console's machine is deployed as it is, unless a folder is named.",
  run: deploy,
};

async function deploy(call: Call): Promise<ExitCode> {
  const [named] = call.positionals;
  const name = await serviceNameOf(call, named);
  const console = await call.console();
  const service = await requireService(console, name);
  const body = {
    service: name,
    upload: uploads(service, named, call.flag("no-upload"))
      ? await uploadFor(console, service, named ?? ".", call)
      : undefined,
    version: call.text("version"),
    message: call.text("message"),
    commit: call.text("commit"),
    ...(call.flag("rebuild") && { rebuild: true }),
  };
  const deployment = await console.post("/api/deployments", DeploymentView, body);
  if (!call.flag("detach"))
    return followToEnd(console, deployment, { showsLog: call.flag("logs"), asJson: call.flag("json") });
  if (call.flag("json")) printJson(deployment);
  say(`${name} #${deployment.number} is queued: ${pageOf(console, deployment)}`);
  return EXIT.done;
}

/** Is the folder uploaded? Other kinds of source have their files elsewhere. */
export function uploads(
  { source }: Pick<ServiceDetail, "source">,
  folder: string | undefined,
  noUpload: boolean,
): boolean {
  if (noUpload && folder !== undefined)
    throw new Failure("A folder and --no-upload exclude each other: leave one out.", EXIT.usage);
  return !noUpload && (source.kind === "archive" || folder !== undefined);
}

const ELSEWHERE = { folder: "a folder of the console's machine", git: "a Git repository", image: "an image" };

/** A service that is deployed from elsewhere is changed first, which a token that only deploys may not do. */
async function uploadFor(console: Console, service: ServiceDetail, folder: string, call: Call): Promise<string> {
  const { name, source } = service;
  if (source.kind !== "archive")
    await confirm(`${name} is deployed from ${ELSEWHERE[source.kind]}. Deploy uploads from now on?`, call.flag("yes"));
  const { id: uploadId } = await uploadFolder(console, folder, service);
  if (source.kind !== "archive")
    await console.patch(`/api/services/${name}`, ServiceDetail, { source: { kind: "archive", uploadId } });
  return uploadId;
}
