import { ChevronDown } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";

/** Every step with its times, and the log: there for who wants to know. */
export function DetailToggle({ isOpen, onToggle }: { isOpen: boolean; onToggle: () => void }) {
  const t = useTranslations("stackProgress");
  return (
    <Button variant="ghost" className="self-center" aria-expanded={isOpen} onClick={onToggle}>
      {t(isOpen ? "hideDetails" : "showDetails")}
      <ChevronDown aria-hidden className={cn("transition-transform", isOpen && "rotate-180")} />
    </Button>
  );
}
