import { Problem } from "@/lib/contracts/problem";
import { route } from "@/lib/web/http/route";

/** An unknown API path is answered with a problem like any other, not a page. */
const unknown = route({ summary: "Nothing is here", public: true }, async () => {
  throw new Problem("not-found");
});

export { unknown as DELETE, unknown as GET, unknown as PATCH, unknown as POST, unknown as PUT };
