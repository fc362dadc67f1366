/**
 * Paths of configuration keys, as Pulumi's `--path` writes them, and the commands that set and remove them.
 */

export type Path = readonly PropertyKey[];

const plainKey = /^[A-Za-z0-9_-]+$/;

/** `["minio", "buckets", "my.bucket", "quota"]` as `minio.buckets["my.bucket"].quota`. */
export function formatPath(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      const name = String(key);
      if (!plainKey.test(name)) return `[${JSON.stringify(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join("");
}

/** The command that sets a key; without a value it asks for one, so that secrets stay off the command line. */
export function setCommand(path: Path, options: { value?: string; file?: string; secret?: boolean }): string {
  const { value, file, secret = false } = options;
  return [
    "pulumi config set",
    ...(secret ? ["--secret"] : []),
    ...target(path),
    ...(value === undefined || secret ? [] : [quote(value)]),
    ...(file === undefined ? [] : [`< "${file}"`]),
  ].join(" ");
}

export function removeCommand(path: Path): string {
  return ["pulumi config rm", ...target(path)].join(" ");
}

function target(path: Path): string[] {
  const text = formatPath(path);
  return plainKey.test(text) ? [text] : ["--path", `'${text.replaceAll("'", `'\\''`)}'`];
}

function quote(value: string): string {
  return /^[A-Za-z0-9@%+=:,./_-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
