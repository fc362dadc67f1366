// MongoDB's wire protocol, as far as a server needs it that answers one command after another: OP_MSG, and the
// OP_QUERY that a client's first greeting still is.
import * as net from "node:net";
import { BSON } from "mongodb";

export type Document = BSON.Document;

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER = 16;

/** Answers commands; the answers of one connection are sent in the order of its commands. A message is sent as it is. */
export type Answer = (command: Document, message: Buffer) => Promise<Document | Buffer>;

/** Serves one connection. */
export function serve(socket: net.Socket, answer: Answer): void {
  let before: Promise<void> = Promise.resolve();
  socket.on("error", () => socket.destroy());
  messages(socket, (message) => {
    before = before.then(async () => {
      const answered = await answer(decode(message), message);
      const reply = Buffer.isBuffer(answered) ? answered : encode(message, answered);
      if (!socket.destroyed) socket.write(reply);
    });
    before.catch((error: unknown) => socket.destroy(error instanceof Error ? error : undefined));
  });
}

/** Hands over every whole message that arrives. */
export function messages(socket: net.Socket, take: (message: Buffer) => void): void {
  let chunks: Buffer[] = [];
  let length = 0;
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    // Put together only when something can be read: messages have up to 48 MB, and arrive in small pieces.
    while (length >= HEADER) {
      const first = chunks[0] as Buffer;
      if (first.length < HEADER) chunks = [Buffer.concat(chunks)];
      const size = (chunks[0] as Buffer).readInt32LE(0);
      if (length < size) return;
      const received = Buffer.concat(chunks);
      const rest = received.subarray(size);
      chunks = rest.length === 0 ? [] : [rest];
      length = rest.length;
      take(received.subarray(0, size));
    }
  });
}

function decode(message: Buffer): Document {
  const code = message.readInt32LE(12);
  if (code === OP_QUERY) {
    const collectionEnd = message.indexOf(0, HEADER + 4);
    const command = BSON.deserialize(message.subarray(collectionEnd + 9), {
      allowObjectSmallerThanBufferSize: true,
    });
    return { ...command, $db: message.toString("utf8", HEADER + 4, collectionEnd).replace(/\.\$cmd$/, "") };
  }
  if (code !== OP_MSG) throw new Error(`a message of an unknown kind: ${code}`);
  let command: Document = {};
  let sequences: Document = {};
  for (let at = HEADER + 4; at < message.length;) {
    const kind = message.readUInt8(at);
    const section = message.subarray(at + 1, at + 1 + message.readInt32LE(at + 1));
    if (kind === 0) command = BSON.deserialize(section);
    else sequences = { ...sequences, ...sequence(section) };
    at += 1 + section.length;
  }
  return { ...command, ...sequences };
}

/** Documents that a command carries outside of itself, by the field that they belong to. */
function sequence(section: Buffer): Document {
  const nameEnd = section.indexOf(0, 4);
  const documents: Document[] = [];
  for (let at = nameEnd + 1; at < section.length; at += section.readInt32LE(at)) {
    documents.push(BSON.deserialize(section.subarray(at, at + section.readInt32LE(at))));
  }
  return { [section.toString("utf8", 4, nameEnd)]: documents };
}

function encode(request: Buffer, answer: Document): Buffer {
  const body = BSON.serialize(answer);
  const isQuery = request.readInt32LE(12) === OP_QUERY;
  // Flags, cursor, offset and number of documents; or flags and the kind of the only section.
  const prefix = Buffer.alloc(isQuery ? 20 : 5);
  if (isQuery) prefix.writeInt32LE(1, 16);
  const header = Buffer.alloc(HEADER);
  header.writeInt32LE(HEADER + prefix.length + body.length, 0);
  header.writeInt32LE(request.readInt32LE(4), 8);
  header.writeInt32LE(isQuery ? OP_REPLY : OP_MSG, 12);
  return Buffer.concat([header, prefix, body]);
}
