"use client";

import { Eye, EyeOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ComponentProps, useState } from "react";
import { Button } from "./button";
import { cn } from "./cn";
import { Input } from "./input";

/** Left to right in every language, like the button at its end. */
export function PasswordInput({ className, ...props }: ComponentProps<"input">) {
  const t = useTranslations("common");
  const [shown, setShown] = useState(false);
  return (
    <span dir="ltr" className="relative block">
      <Input {...props} type={shown ? "text" : "password"} className={cn("pe-10", className)} />
      <Button
        variant="ghost"
        size="icon-sm"
        className="absolute inset-e-1 top-1"
        aria-label={t(shown ? "hidePassword" : "showPassword")}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
      >
        {shown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
      </Button>
    </span>
  );
}
