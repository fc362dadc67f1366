/**
 * Writes docs/configuration.md: an introduction, then for each top-level key a table and the commands.
 */
import { setCommand } from "../../stacks/config/property-path";
import { sections, type Field, type Section } from "./fields";

const introduction = `# Configuration

<!-- Generated from the schema in stacks/config/ by \`npm run --silent docs\`. Change the schema, not this page. -->

Each stack has its configuration in \`Pulumi.<stack>.yaml\`. Only \`target\` is required: everything else has a default that suits a laptop. Set a key with the command beside it here, or edit the file.

\`\`\`sh
pulumi config set target minikube                              # a key of its own
pulumi config set --path 'minio.storage.size' 50Gi             # a key inside another
pulumi config set --path 'minio.buckets["my.bucket"].quota' 5Gi  # a name with a dot in it
pulumi config set --path 'apiServer.cidrs[0]' 10.0.0.0/24      # an element of a list
pulumi config rm --path 'minio.storage.size'                   # back to the default
\`\`\`

Keys marked **secret** must be set with \`--secret\`, which encrypts them in the file; a secret in plain text is refused. Without a value on the command line Pulumi asks for it, so that it does not end up in the shell's history.

The configuration is checked as a whole before anything is deployed. Every problem is reported at once, with the key, the value, what is allowed and the command that corrects it.

In the tables, \`<consumer>\` and the like stand for a name that you choose. Sizes are written with their unit (\`512Mi\`, \`20Gi\`, \`1Ti\`), CPU in cores (\`2\`, \`0.5\`) or thousandths of one (\`250m\`).
`;

export function page(): string {
  const all = sections();
  const contents = all.map(({ key }) => `[\`${key}\`](#${key.toLowerCase()})`).join(" · ");
  return [introduction, `${contents}\n`, ...all.map(section)].join("\n");
}

function section({ key, description, fields }: Section): string {
  // A key without further ones has its description in the table alone.
  const lead = fields.length === 1 && fields[0]?.key === key ? [] : [description, ""];
  return [`## ${key}`, "", ...lead, ...table(fields), "", ...examples(fields), ""].join("\n");
}

function table(fields: readonly Field[]): string[] {
  return [
    "| Key | Allowed | Default | Meaning |",
    "| --- | --- | --- | --- |",
    ...fields.map((field) =>
      row([
        `\`${field.key}\``,
        field.allowed.replace(/^secret:/, "**secret**:"),
        field.defaultText,
        field.description,
      ]),
    ),
  ];
}

const row = (cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

function examples(fields: readonly Field[]): string[] {
  const commands = fields.map(({ example }) => setCommand(example.path, example));
  return ["```sh", ...new Set(commands), "```"];
}
