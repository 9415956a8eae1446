import { useEffect, useEffectEvent } from "react";

/** Asks before a page with unsaved changes is left, by a link, the browser's buttons or a closed tab. */
export function useLeaveWarning(isUnsaved: boolean, question: string): void {
  const asks = useEffectEvent(() => isUnsaved && !window.confirm(question));
  useEffect(() => {
    if (!isUnsaved) return;
    const onUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    const onClick = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest("a[href]:not([target=_blank])") : null;
      if (!link || !asks()) return;
      event.preventDefault();
      event.stopPropagation();
    };
    window.addEventListener("beforeunload", onUnload);
    document.addEventListener("click", onClick, { capture: true });
    return () => {
      window.removeEventListener("beforeunload", onUnload);
      document.removeEventListener("click", onClick, { capture: true });
    };
  }, [isUnsaved]);
}
