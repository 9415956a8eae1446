/**
 * Prisma's client holds, for every kind of argument, an object whose keys are numbers of field names. V8 stores small
 * numbers as a list with holes, 9 KB for a handful of fields, and numbers from 1,024 on as a table of what there is.
 * The names of a generated client therefore start at 1,024: 11 MiB less in each process that makes queries.
 */
const FIRST_NUMBER = 1_024;

/**
 * @param {string} source the generated `internal/class.ts`
 * @returns {string} the same with other numbers for names
 * @throws {Error} when Prisma writes its graph in another way
 */
export function withSparseParams(source) {
  const parts = /(config\.parameterizationSchema = \{\s*strings: JSON\.parse\()(".*")(\),\s*graph: ")([\w-]+)(")/;
  if (!parts.test(source)) throw new Error("the generated client has no parameterizationSchema");
  return source.replace(parts, (_all, before, strings, between, graph, after) => {
    const names = [...Array(FIRST_NUMBER).fill(""), ...JSON.parse(JSON.parse(strings))];
    return before + JSON.stringify(JSON.stringify(names)) + between + withLaterNames(graph) + after;
  });
}

/**
 * The graph's layout: counts of inputs, outputs and roots; inputs and outputs with their edges; roots. A name is a
 * number, an optional one is stored plus one, with 0 for none.
 * @param {string} graph base64url @returns {string}
 */
export function withLaterNames(graph) {
  const bytes = Buffer.from(graph, "base64url");
  /** @type {number[]} */
  const written = [];
  let at = 0;
  const copyByte = () => written.push(bytes.readUInt8(at++));
  const copyNumber = (change = (/** @type {number} */ number) => number) => {
    let number = 0;
    let byte = 0x80;
    for (let shift = 0; byte & 0x80; shift += 7) {
      byte = bytes.readUInt8(at++);
      number |= (byte & 0x7f) << shift;
    }
    let rest = change(number);
    for (; rest > 0x7f; rest >>>= 7) written.push((rest & 0x7f) | 0x80);
    written.push(rest);
    return number;
  };
  const copyName = () => copyNumber((number) => number + FIRST_NUMBER);
  const copyOptionalName = () => copyNumber((number) => (number === 0 ? 0 : number + FIRST_NUMBER));
  /** @param {number} count @param {() => void} copyOne */
  const repeat = (count, copyOne) => Array.from({ length: count }).forEach(copyOne);

  const [inputs, outputs, roots] = [copyNumber(), copyNumber(), copyNumber()];
  const copyInputEdge = () => {
    copyName();
    repeat(2, copyByte); // the scalars it takes
    copyNumber(); // the input below it
    copyOptionalName(); // its enumeration
    copyByte(); // flags
  };
  const copyOutputEdge = () => {
    copyName();
    repeat(2, () => copyNumber()); // its arguments, the output below it
  };
  repeat(inputs, () => repeat(copyNumber(), copyInputEdge));
  repeat(outputs, () => repeat(copyNumber(), copyOutputEdge));
  repeat(roots, copyOutputEdge);
  if (at !== bytes.length) throw new Error("Prisma writes its parameter graph in another way");
  return Buffer.from(written).toString("base64url");
}
