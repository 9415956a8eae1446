import { useEffect, useRef, useState } from "react";

export interface DroppedFile {
  file: File;
  /** A folder, which no browser sends as one file. */
  isFolder: boolean;
}

/**
 * Files may be dropped anywhere on the page: outside a small area the browser would open the file, and all typed values
 * would be lost. True while a file is dragged over the page.
 */
export function useFileDrop(onDrop: (dropped: DroppedFile) => void, isOff = false): boolean {
  const [isOver, setOver] = useState(false);
  const latest = useRef(onDrop);
  useEffect(() => {
    latest.current = onDrop;
  });
  useEffect(() => {
    if (isOff) return;
    const abort = new AbortController();
    const on = (type: "dragover" | "dragleave" | "drop", handle: (event: DragEvent) => void) =>
      window.addEventListener(type, (event) => holdsFiles(event) && handle(event), { signal: abort.signal });
    on("dragover", (event) => {
      event.preventDefault();
      setOver(true);
    });
    // The event fires for every element that the file passes; only when leaving the page it has no related target.
    on("dragleave", ({ relatedTarget }) => {
      if (relatedTarget === null) setOver(false);
    });
    on("drop", (event) => {
      event.preventDefault();
      setOver(false);
      const dropped = droppedOf(event);
      if (dropped) latest.current(dropped);
    });
    return () => abort.abort();
  }, [isOff]);
  return isOver;
}

function holdsFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes("Files") ?? false;
}

function droppedOf({ dataTransfer }: DragEvent): DroppedFile | undefined {
  const file = dataTransfer?.files[0];
  return file && { file, isFolder: dataTransfer?.items[0]?.webkitGetAsEntry?.()?.isDirectory ?? false };
}
