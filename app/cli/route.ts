import { readProgram } from "@/lib/web/program";

/** The command line as one file for Node.js. Public: it holds no secret, and who downloads it has no token yet. */
export async function GET(request: Request): Promise<Response> {
  const program = await readProgram();
  if (!program) return new Response("dist/cli.mjs is not built: run npm run build\n", { status: 404 });
  const headers = {
    etag: program.etag,
    "cache-control": "no-cache",
    "content-type": "text/javascript; charset=utf-8",
    "content-disposition": 'attachment; filename="landfall.mjs"',
    "x-content-type-options": "nosniff",
  };
  const known = request.headers.get("if-none-match")?.split(/,\s*/) ?? [];
  if (known.some((tag) => tag.replace(/^W\//, "") === program.etag))
    return new Response(null, { status: 304, headers });
  return new Response(program.text, { headers });
}
