import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { stackQueries } from "./queries";

/** Long enough not to ask for each letter of a fast hand, short enough to have answered within 200 ms. */
const TYPING_MS = 120;

export type NameStanding = "none" | "checking" | "free" | "refused" | "unknown";

/** Whether a name can be had, as it is typed. A question that a newer one has overtaken is given up. */
export function useNameCheck(name: string): { standing: NameStanding; sentence: string | undefined } {
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(name), TYPING_MS);
    return () => clearTimeout(timer);
  }, [name]);
  const isAsked = name !== "" && asked === name;
  const { data, error } = useQuery({ ...stackQueries.check(asked), enabled: isAsked });
  const standing = (): NameStanding => {
    if (name === "") return "none";
    if (!isAsked || (!data && !error)) return "checking";
    if (!data) return "unknown";
    return data.valid && data.available ? "free" : "refused";
  };
  return { standing: standing(), sentence: isAsked ? data?.error : undefined };
}
