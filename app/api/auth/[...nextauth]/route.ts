import { authRoute } from "@/lib/web/http/auth-route";

export { authRoute as GET, authRoute as POST };
