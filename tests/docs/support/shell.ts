// Shell as the documentation has it: one command after another, found in lines with comments, pipes and substitutions.

/** A command's words, with quotes taken off. Redirections are among them. */
export interface Command {
  readonly words: readonly string[];
  readonly line: number;
}

/** Every command of a block, those inside `$(...)` included. */
export function commandsOf(code: string, firstLine = 1): Command[] {
  const found: Command[] = [];
  let pending = "";
  let start = firstLine;
  for (const [at, text] of code.split("\n").entries()) {
    if (pending === "") start = firstLine + at;
    pending += text.replace(/\\$/, "");
    if (text.endsWith("\\")) continue;
    found.push(...parts(pending).map((words) => ({ words, line: start })));
    pending = "";
  }
  return found;
}

/** Splits a line into commands, and these into words. */
function parts(line: string): string[][] {
  const commands: string[][] = [];
  const inner: string[] = [];
  let words: string[] = [];
  let word: string | undefined;
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = (): void => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    const rest = line.slice(at);
    const quoted = /^'([^']*)'/.exec(rest);
    const double = /^"((?:[^"\\]|\\.)*)"/.exec(rest);
    const substitution = /^\$\(((?:[^()]|\([^()]*\))*)\)/.exec(rest);
    if (quoted !== null || double !== null) {
      const [all, text = ""] = quoted ?? double ?? [""];
      word = (word ?? "") + text;
      if (double !== null) inner.push(...[...text.matchAll(/\$\(([^()]*)\)/g)].map(([, code = ""]) => code));
      at += all.length - 1;
    } else if (substitution !== null) {
      const [all, code = ""] = substitution;
      word = (word ?? "") + all;
      inner.push(code);
      at += all.length - 1;
    } else if (char === "#" && word === undefined) {
      break;
    } else if (/[|;&]/.test(char)) {
      endCommand();
    } else if (/\s/.test(char)) {
      endWord();
    } else {
      word = (word ?? "") + char;
    }
  }
  endCommand();
  return [...commands.map(withoutAssignments), ...inner.flatMap(parts)].filter((found) => found.length > 0);
}

/** `key=$(...)` and `A=1 program` set variables; `do` and the like belong to the shell. */
function withoutAssignments(words: readonly string[]): string[] {
  const first = words.findIndex(
    (word) => !/^\w+=/.test(word) && !["do", "then", "export", "sudo", "if"].includes(word),
  );
  return first === -1 ? [] : words.slice(first);
}
