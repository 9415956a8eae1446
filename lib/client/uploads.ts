import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { UploadView } from "@/lib/contracts/upload";
import { api } from "./api";
import { sendUpload } from "./send-upload";

export const uploadQueries = {
  detail: (id: string) =>
    queryOptions({
      queryKey: ["uploads", id],
      queryFn: ({ signal }) => api.get(`/uploads/${id}`, "UploadView", { signal }),
      // What was uploaded never changes.
      staleTime: Number.POSITIVE_INFINITY,
    }),
};

export type UploadProgress =
  | { step: "sending"; fileName: string; sent: number; total: number }
  /** All of it has been sent; the server looks through it. */
  | { step: "checking"; fileName: string; total: number }
  | { step: "failed"; fileName: string; error: unknown };

export type Upload = ReturnType<typeof useUpload>;

/** One upload at a time; a page that is left ends it. */
export function useUpload(onDone: (upload: UploadView) => void) {
  const cache = useQueryClient();
  const [progress, setProgress] = useState<UploadProgress>();
  const underWay = useRef<AbortController>(undefined);
  useEffect(() => () => underWay.current?.abort(), []);

  const send = async (file: File) => {
    underWay.current?.abort();
    const abort = new AbortController();
    underWay.current = abort;
    const fileName = file.name;
    const onProgress = (sent: number, total: number) =>
      setProgress({ step: sent < total ? "sending" : "checking", fileName, sent, total });
    onProgress(0, Math.max(1, file.size));
    try {
      const upload = await sendUpload(file, { signal: abort.signal, onProgress });
      cache.setQueryData(uploadQueries.detail(upload.id).queryKey, upload);
      setProgress(undefined);
      onDone(upload);
    } catch (error) {
      if (!abort.signal.aborted) setProgress({ step: "failed", fileName, error });
    }
  };
  const cancel = () => {
    underWay.current?.abort();
    setProgress(undefined);
  };
  const refuse = (fileName: string, error: unknown) => {
    underWay.current?.abort();
    setProgress({ step: "failed", fileName, error });
  };
  return { progress, isUnderWay: progress !== undefined && progress.step !== "failed", send, cancel, refuse };
}
