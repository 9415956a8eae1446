import { type ClientRequest, get, type IncomingMessage } from "node:http";
import { createParser } from "eventsource-parser";
import type { DeploymentEvent, NumberedEvent } from "@/lib/contracts/event";
import type { Api } from "./api";

export interface ReceivedEvent extends NumberedEvent {
  /** When its bytes were read, by this machine's clock. */
  receivedMs: number;
}

/** Follows a deployment as a browser does, to its end. */
export async function followEvents(
  api: Api,
  deploymentId: string,
  onEvent: (event: ReceivedEvent) => void,
): Promise<void> {
  const answer = await open(api, deploymentId);
  let receivedMs = 0;
  const parser = createParser({
    onEvent: ({ id, data }) => onEvent({ number: Number(id), event: JSON.parse(data) as DeploymentEvent, receivedMs }),
  });
  answer.setEncoding("utf8");
  for await (const text of answer) {
    receivedMs = Date.now();
    parser.feed(text as string);
  }
}

function open(api: Api, deploymentId: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { headers: { ...api.headers, accept: "text/event-stream" }, agent: false };
    const request: ClientRequest = get(`${api.url}/api/deployments/${deploymentId}/events`, options, (answer) => {
      if (answer.statusCode === 200) resolve(answer);
      else reject(new Error(`the events of ${deploymentId} answered ${answer.statusCode}`));
    });
    request.once("error", reject);
  });
}
