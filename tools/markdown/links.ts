// Links: what is wrong with the links of a set of Markdown files. Those within the repository are followed, anchors
// included; of those to the outside only the form and the host are judged, since a check needs no network.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import * as path from "node:path";
import { knownHosts } from "./hosts";
import { readPage, type Link, type Page } from "./page";

export interface LinkProblem {
  /** The page, relative to the root. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Folders without documentation of ours. */
const OTHERS = ["node_modules", ".git", "rendered", "dist", ".venv"];

/** Every Markdown file below `root`, relative to it. */
export function markdownFiles(root: string, folder = ""): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const file = path.posix.join(folder, entry.name);
      if (entry.isDirectory()) return OTHERS.includes(entry.name) ? [] : markdownFiles(root, file);
      return entry.name.endsWith(".md") ? [file] : [];
    })
    .sort();
}

export class LinkCheck {
  private readonly pages = new Map<string, Page>();

  constructor(
    private readonly root: string,
    private readonly hosts: readonly string[] = knownHosts,
  ) {}

  /** What is wrong in one file. */
  problems(file: string): LinkProblem[] {
    const { links, undefinedLabels, unusedLabels } = this.page(file);
    return [
      ...links.flatMap((link) =>
        this.judge(file, link).map((message) => ({
          file,
          line: link.line,
          message: `${link.target} ${message}`,
        })),
      ),
      ...undefinedLabels.map(({ label, line }) => ({ file, line, message: `[${label}] is defined nowhere` })),
      ...unusedLabels.map(({ label, line }) => ({
        file,
        line,
        message: `[${label}] is defined, and used nowhere`,
      })),
    ].sort((one, other) => one.line - other.line);
  }

  /** The pages that can be reached from one by links, it included. */
  reachable(start: string, found = new Set<string>()): ReadonlySet<string> {
    if (found.has(start)) return found;
    found.add(start);
    for (const { target } of this.page(start).links) {
      if (isExternal(target)) continue;
      const [place = ""] = target.split("#");
      const file = this.document(path.posix.join(path.posix.dirname(start), decode(place)));
      if (place !== "" && file !== undefined) this.reachable(file, found);
    }
    return found;
  }

  private page(file: string): Page {
    const known = this.pages.get(file);
    if (known !== undefined) return known;
    const fresh = readPage(readFileSync(path.join(this.root, file), "utf8"));
    this.pages.set(file, fresh);
    return fresh;
  }

  private judge(file: string, { target, image }: Link): string[] {
    if (target === "") return ["leads nowhere"];
    if (isExternal(target)) return this.judgeExternal(target);
    if (target.startsWith("/")) return ["starts at the server's root: write it relative to this file"];
    const [place = "", anchor] = target.split("#");
    const to = place === "" ? file : path.posix.join(path.posix.dirname(file), decode(place));
    if (to.startsWith("..")) return ["leads out of the repository"];
    if (!existsSync(path.join(this.root, to))) return ["does not exist"];
    if (image && !/\.(svg|png|jpe?g|gif|webp)$/.test(to)) return ["is no image"];
    return anchor === undefined ? [] : this.judgeAnchor(to, decode(anchor));
  }

  private judgeAnchor(to: string, anchor: string): string[] {
    const file = this.document(to);
    if (file === undefined) return this.judgeLine(to, anchor);
    const { headings, anchors } = this.page(file);
    const known = [...headings.map(({ slug }) => slug), ...anchors];
    if (known.includes(anchor)) return [];
    const near = known.filter((other) => other.includes(anchor.slice(0, 5)));
    return [`has no heading of that name${near.length > 0 ? `; there is #${near.join(", #")}` : ""}`];
  }

  /** Other files than Markdown have anchors for lines: `#L12`. */
  private judgeLine(to: string, anchor: string): string[] {
    const [, number, end = number] = /^L(\d+)(?:-L(\d+))?$/.exec(anchor) ?? [];
    const file = path.join(this.root, to);
    if (number === undefined || statSync(file).isDirectory())
      return ["has an anchor that no file of that kind has"];
    const length = readFileSync(file, "utf8").split("\n").length;
    return Number(end) <= length ? [] : [`is beyond the last line, ${length}`];
  }

  private judgeExternal(target: string): string[] {
    if (!URL.canParse(target) || /[\s"'`<>\\^{}|]/.test(target)) return ["is no valid address"];
    const { protocol, hostname, username, pathname } = new URL(target);
    if (protocol === "mailto:") return [];
    if (protocol !== "https:") return ["is not https (an address that is no link belongs into backticks)"];
    if (username !== "") return ["holds a credential"];
    if (hostname === "github.com" && /^\/[^/]+\/mlops-platform(\/|$)/.test(pathname))
      return ["leads to this repository: write it relative to this file, so that it holds in every copy"];
    if (!this.hosts.includes(hostname))
      return [`leads to a host that tools/markdown/hosts.ts does not list: ${hostname}`];
    return [];
  }

  /** The Markdown file that GitHub shows for a path: the file itself, or a folder's README. */
  private document(place: string): string | undefined {
    const clean = path.posix.normalize(place).replace(/\/$/, "");
    const readme = path.posix.join(clean, "README.md");
    if (clean.endsWith(".md")) return existsSync(path.join(this.root, clean)) ? clean : undefined;
    return existsSync(path.join(this.root, readme)) ? readme : undefined;
  }
}

const isExternal = (target: string) => /^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
