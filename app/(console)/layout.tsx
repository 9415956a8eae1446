import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { Frame } from "@/components/layout/frame";
import { currentUser } from "@/lib/auth/current-user";
import { SIDEBAR_COOKIE } from "@/lib/client/cookie";
import { ViewerProvider } from "@/lib/client/viewer";

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const user = await currentUser();
  if (user === null) redirect("/sign-in");
  const collapsed = (await cookies()).get(SIDEBAR_COOKIE)?.value === "collapsed";
  return (
    <ViewerProvider viewer={user}>
      <Frame collapsed={collapsed}>{children}</Frame>
    </ViewerProvider>
  );
}
