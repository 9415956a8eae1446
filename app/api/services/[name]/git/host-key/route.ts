import * as z from "zod";
import { GitAccessView, GitHostKeyConfirmation } from "@/lib/contracts/git-access";
import { ServiceName } from "@/lib/contracts/service";
import { HostKeyView } from "@/lib/contracts/ssh";
import { confirmGitHostKey, showGitHostKey } from "@/lib/services/git-access-commands";
import { route } from "@/lib/web/http/route";

const params = z.object({ name: ServiceName });

export const GET = route(
  {
    summary: "Read the host key of a service's Git server",
    description: "For a person to compare its fingerprint. Nothing is sent to the server but what asks for the key.",
    permission: "service:update",
    rateLimit: "check",
    params,
    response: HostKeyView,
    problems: ["git-not-applicable", "git-address-refused", "git-unreachable"],
  },
  async ({ actor, params: { name } }) => showGitHostKey(name, actor),
);

export const POST = route(
  {
    summary: "Confirm the host key of a service's Git server",
    description:
      "From then on a server that shows another key is refused. The server is asked whether it still shows this one.",
    permission: "service:update",
    rateLimit: "check",
    params,
    body: GitHostKeyConfirmation,
    response: GitAccessView,
    problems: ["git-not-applicable", "git-address-refused", "git-unreachable", "git-host-key-changed"],
  },
  async ({ actor, params: { name }, body }) => confirmGitHostKey(name, body.line, actor),
);
