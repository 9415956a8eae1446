/** What a handler answers when there is more to say than a body: a status, a header. */
export class Answer<Body> {
  constructor(
    readonly body: Body,
    readonly init: { status?: number; headers?: Record<string, string> } = {},
  ) {}
}

export function answer<Body>(body: Body, init?: { status?: number; headers?: Record<string, string> }): Answer<Body> {
  return new Answer(body, init);
}
