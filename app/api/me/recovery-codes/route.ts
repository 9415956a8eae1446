import { RecoveryCodes } from "@/lib/contracts/user";
import { route } from "@/lib/http/route";
import { renewRecoveryCodes } from "@/lib/users/second-factor";

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
