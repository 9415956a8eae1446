import type { UploadView } from "@/lib/contracts/upload";
import { checkAnswer, readProblem } from "./api";
import { ApiProblem } from "./api-problem";

interface SendOptions {
  signal: AbortSignal;
  /** How much of the file has left this browser; all of it before the server has looked through it. */
  onProgress: (sent: number, total: number) => void;
}

/**
 * Uploads one archive. With XMLHttpRequest, because fetch does not tell how far a body has come. Rejects with an
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
