import { HostKeyRequest, HostKeyView } from "@/lib/contracts/ssh";
import { showHostKey } from "@/lib/targets/check-target";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Read the host key of a server",
    description:
      "For a person to compare its fingerprint before the target is created. Landfall does not sign in to the server. It does sign " +
      "in to a jump host, so the key of a jump host has to be confirmed first.",
    permission: "target:write",
    rateLimit: "check",
    body: HostKeyRequest,
    response: HostKeyView,
    problems: ["host-unreachable", "host-key-changed", "ssh-auth-failed"],
  },
  async ({ actor, body }) => showHostKey(body, actor),
);
