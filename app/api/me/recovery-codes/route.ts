import { RecoveryCodes } from "@/lib/contracts/user";
import { renewRecoveryCodes } from "@/lib/domain/users/second-factor";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Get new recovery codes",
    description: "The ones before stop working. Shown this once.",
    permission: "account:secure",
    response: RecoveryCodes,
    problems: ["not-found"],
  },
  async ({ actor }) => renewRecoveryCodes(actor),
);
