// Prints what AsyncAPI's own parser finds in a document, one line each; nothing when it is valid.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const [, , path] = process.argv;
const { document, diagnostics } = await new Parser().parse(readFileSync(path, "utf8"), { source: path });
for (const found of diagnostics) {
  console.log(found.code, found.path.join("/"), found.message);
}
if (!document) {
  console.log("unreadable");
}
