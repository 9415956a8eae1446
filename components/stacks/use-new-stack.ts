import { useRouter } from "next/navigation";
import { useRef } from "react";
import { v4 as uuid } from "uuid";
import type { NewStack } from "@/lib/contracts/stack";
import { useCreateStack } from "./queries";

/** Asks for a stack and goes where it can be watched. The same wish has the same key, however often the button is pressed. */
export function useNewStack() {
  const router = useRouter();
  const request = useCreateStack();
  const wish = useRef({ of: "", key: "" });
  const create = (stack: NewStack) => {
    const of = JSON.stringify(stack);
    if (wish.current.of !== of) wish.current = { of, key: uuid() };
    request.mutate(
      { stack, key: wish.current.key },
      { onSuccess: ({ deploymentId }) => router.push(`/deployments/${deploymentId}`) },
    );
  };
  return {
    create,
    error: request.error,
    // Made is made: until the page has changed, a second press must not try again.
    busy: request.isPending || request.isSuccess,
    forget: () => request.isError && request.reset(),
  };
}
