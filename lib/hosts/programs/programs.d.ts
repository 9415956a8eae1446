/** A program that runs on a host: `import text from "./x.sh" with { type: "text" }` imports its text. */
declare module "*.sh" {
  const text: string;
  export default text;
}
declare module "*.py" {
  const text: string;
  export default text;
}
