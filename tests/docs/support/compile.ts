// Compiles texts as if they were files of this project, without writing any.
import * as path from "node:path";
import * as ts from "typescript";
import { compilerOptions } from "../../../tools/reference/read";
import { root } from "./pages";

/** What the compiler says against each of these files, by path from the root. */
export function typeErrors(files: ReadonlyMap<string, string>): string[] {
  const options = { ...compilerOptions(root), noUnusedLocals: false, noUnusedParameters: false };
  const texts = new Map([...files].map(([file, text]) => [path.join(root, file), text]));
  const host = ts.createCompilerHost(options);
  const original = ts.createCompilerHost(options);
  host.readFile = (file) => texts.get(file) ?? original.readFile(file);
  host.fileExists = (file) => texts.has(file) || original.fileExists(file);
  host.getSourceFile = (file, language, ...rest) => {
    const text = texts.get(file);
    return text === undefined
      ? original.getSourceFile(file, language, ...rest)
      : ts.createSourceFile(file, text, language);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText, start = 0 }) => {
        const line = texts.get(file)?.slice(0, start).split("\n").at(-1) ?? "";
        return `${path.relative(root, file)}: ${ts.flattenDiagnosticMessageText(messageText, "\n")} (after: ${line})`;
      },
    );
  });
}
