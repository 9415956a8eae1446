import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { ApiProblem, api, checkAnswer, readProblem } from "@/components/api/api";
import type { UploadView } from "@/lib/contracts/upload";

export const uploadQueries = {
  detail: (id: string) =>
    queryOptions({
      queryKey: ["uploads", id],
      queryFn: ({ signal }) => api.get(`/uploads/${id}`, "UploadView", { signal }),
      // An upload never changes.
      staleTime: Number.POSITIVE_INFINITY,
    }),
};

export type UploadProgress =
  | { step: "sending"; fileName: string; sent: number; total: number }
  /** All of it has been sent; the server inspects it. */
  | { step: "checking"; fileName: string; total: number }
  | { step: "failed"; fileName: string; error: unknown };

export type Upload = ReturnType<typeof useUpload>;

/** One upload at a time; leaving the page aborts it. */
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

interface SendOptions {
  signal: AbortSignal;
  /** How much of the file has been sent; all of it before the server has inspected it. */
  onProgress: (sent: number, total: number) => void;
}

/**
 * Uploads one archive. With XMLHttpRequest, because fetch does not report the progress of a body. Rejects with an
 * ApiProblem, or with the signal's reason.
 */
export function sendUpload(file: File, { signal, onProgress }: SendOptions): Promise<UploadView> {
  const form = new FormData();
  form.append("file", file);
  const request = new XMLHttpRequest();
  const { promise, resolve, reject } = Promise.withResolvers<UploadView>();
  request.upload.onprogress = ({ loaded, total }) =>
    onProgress(Math.min(loaded, file.size), Math.min(total, file.size));
  request.onerror = () => reject(new ApiProblem("offline", 0));
  request.onabort = () => reject(signal.reason);
  request.onload = () => answerOf(request).then(resolve, reject);
  signal.addEventListener("abort", () => request.abort(), { once: true });
  request.open("POST", "/api/uploads");
  request.setRequestHeader("accept", "application/json");
  request.send(form);
  return promise;
}

async function answerOf({ status, responseText }: XMLHttpRequest): Promise<UploadView> {
  const response = new Response(responseText, { status });
  if (!response.ok) throw await readProblem(response);
  const body: unknown = await response.json().catch(() => undefined);
  return checkAnswer(body, status, (answers) => answers.UploadView);
}
