/** Maps in order with up to `count` results under way. When its reader stops, what was begun is waited for. */
export async function* mapAhead<In, Out>(
  source: Iterable<In> | AsyncIterable<In>,
  count: number,
  map: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const underWay: Promise<Out>[] = [];
  try {
    for await (const item of source) {
      underWay.push(begin(map, item));
      if (underWay.length === count) yield await (underWay.shift() as Promise<Out>);
    }
    for (let next = underWay.shift(); next; next = underWay.shift()) yield await next;
  } finally {
    await Promise.allSettled(underWay);
  }
}

function begin<In, Out>(map: (item: In) => Promise<Out>, item: In): Promise<Out> {
  const result = map(item);
  // It may fail before its turn comes to be awaited, which is when the failure is told.
  result.catch(() => {});
  return result;
}
