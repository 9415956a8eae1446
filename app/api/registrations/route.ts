import * as z from "zod";
import { ownedBy } from "@/lib/contracts/authorize";
import { PageQuery, pageOf } from "@/lib/contracts/page";
import { RegistrationView } from "@/lib/contracts/registration";
import { listRegistrations } from "@/lib/registry/registration-store";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "What was announced to which Registry, newest first",
    description: "`pendingSince` says since when an announcement is owed. A member sees those of their own services.",
    permission: "registration:read",
    tool: { name: "list_registrations" },
    query: z.strictObject({ ...PageQuery.shape, service: z.string().max(63).optional() }),
    response: pageOf(RegistrationView),
  },
  async ({ actor, query: { after, limit, ...filter } }) =>
    listRegistrations({ ...filter, ...ownedBy(actor, "registration:read") }, { after, limit }),
);
