import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { isConnected } from "@/components/api/connection";
import { toast } from "@/components/ui/toast";

/** Goes to a page. Without a connection it says so instead: the router would leave for the browser's own error page. */
export function useGo(): (href: string) => void {
  const router = useRouter();
  const t = useTranslations("frame");
  return (href) => (isConnected() ? router.push(href) : toast.failed(t("offline")));
}
