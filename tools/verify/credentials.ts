// Default credentials: the passwords that everybody knows. They are here as hashes, so that none of them is in any file
// of this project; nothing is ever printed but the name of a key. To add one: printf %s THE-VALUE | sha256sum
import { createHash } from "node:crypto";
import { text, type PlainObject } from "../graph/values";

const WELL_KNOWN = new Set([
  "00810cf8b94d6fcb9c5de484d3bec4187620b3e2876e59aab90d852fe0f18fb6",
  "03ea82cc4d359065b56f372c1a83ace37ec7011a2d17d04f110ad65cd75ce1ac",
  "04f8996da763b7a969b1028ee3007569eaf3a635486ddab211d512c85b9df8fb",
  "057ba03d6c44104863dc7361fe4578965d1887360f90a0895882e58a6248fc86",
  "0b14d501a594442a01c6859541bcb3e8164d183d32937b851835442f69d5c94e",
  "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
  "179c076ac522159dbbd50d4f1d84faf05551fe5b59d7e5824a800d46559fb1d1",
  "1c8bfe8f801d79745c4631d09fff36c82aa37fc4cce4fc946683d7b336b63032",
  "1cc9a79bdaf09793062750a17e559d40d5c0f1372cc859f67fe1081e6bc8a307",
  "240be518fabd2724ddb6f04eeb1da5967448d7e831c08c8fa822809f74c720a9",
  "280d44ab1e9f79b5cce2dd4f58f5fe91f0fbacdac9f7447dffc318ceb79f2d02",
  "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
  "37a8eec1ce19687d132fe29051dca629d164e2c4958ba141d5f4133a33f0688f",
  "430005175c4c7810996d3481f0dbc3ec01103d6abcc5beec5db4b3f1eae35047",
  "4813494d137e1631bba301d5acab6e7bb7aa74ce1185d456565ef51d737677b2",
  "50d858e0985ecc7f60418aaf0cc5ab587f42c2570a884095a9e8ccacd0f6545c",
  "5791b6226743c56f44f8274cc67b8beb9751b6403e697243ad00fd37af5635e3",
  "5b8e5d0d145a4914b1a9c4941bd3f59b21fc572fa6eb7660baee12ce1be8b06f",
  "5bce626396943bc9bf0ecb0860485dfb1b806a89cb2b9b3d291c15f563986685",
  "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
  "65e84be33532fb784c48129675f9eff3a682b27168c0ea744b2cf58ee02337c5",
  "6c43ce3488fbf2fea53d248cfba6f2a891b607b3ff96226c25992b7e8c76da0f",
  "7ad702bdafa630cc901cc6165536c25d083ba8ef56236db136340a9940231964",
  "7d3b5c83009fadf734c06eeecd7fbe256c69f71c8ba0429e4d7ad5f54b2e4097",
  "84983c60f7daadc1cb8698621f802c0d9f9a3c3c295c810748fb048115c186ec",
  "8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918",
  "8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92",
  "94aefb8be78b2b7c344d11d1ba8a79ef087eceb19150881f69460b8772753263",
  "9b4d1fe07ab0b901c8c549a3431f4cd95ffb0149cbbbd41a37026098e0a857c0",
  "9f735e0df9a1ddc702bf0a1a7b83033f9f7153a00c29de82cedadc9957289b05",
  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  "a942b37ccfaf5a813b1432caa209a43b9d144e47ad0de1549c289c253e556cd5",
  "ad165b11320bc91501ab08613cc3a48a62a6caca4d5c8b14ca82cc313b3b96cd",
  "ad9858116e63b0c5a4d7dc7f50f034c7247e56838dae22c1832712ffde48e694",
  "ba1c464e18573b1f54a78563d8c3a4eeadb817db5cd7fb8d626456783369f0e2",
  "ce5ca673d13b36118d54a7cf13aeb0ca012383bf771e713421b4d1fd841f539a",
  "d1f6a0b482e1186e9e185284cbc46751b4d0ddd6c510abeadc21ce798ee192d6",
  "d74ff0ee8da3b9806b18c877dbf29bbde50b5bd8e4dad7a3a725000feb82e8f1",
  "d9f58d468b29c93616271e1580a80339feabbcf7e15ad81886a4ec330dffd199",
  "da63e641c22e958dce813ac5f7c582677157c32c58afab10fe79143d3dd63440",
  "da925243a2a8e7a63bc9adfd4121285e4778a44cb7b014573058a546ac20ac44",
  "de362bbdf11f2df30d12f318eeed87b8ee9e0c69c8ba61ed9a57695bbd91e481",
  "e14cb9e5c0eeee0ea313a4e04fbd10aa17ac17aa33a3cad4bdfe74b87ca18ef8",
  "e2186dbdb1bb4193608605e84f33208765b5693b55edd4f730a719a100eeea6f",
  "ecd71870d1963316a97e3ac3408c9835ad8cf0f3c1bc703527c30265534f75ae",
  "ef797c8118f02dfb649607dd5d3f8c7623048c9c063d532cc95c5ed7a898a64f",
  "ef92b778bafe771e89245b89ecbc08a44a4e166c06659911881f383d4473e94f",
]);

/** Keys under which there are credentials; hosts, ports, names and certificates are not. */
const CREDENTIAL = /pass|secret|token|access_?key|^key$|url|dsn|uri/i;

/** The keys of a Secret's data that hold a well-known password. */
export function defaultCredentials(data: PlainObject): string[] {
  return Object.entries(data)
    .filter(([key, value]) => CREDENTIAL.test(key) && candidates(text(value)).some(isWellKnown))
    .map(([key]) => key);
}

/** The value, and the password inside it when it is a URL or a connection string. */
function candidates(encoded: string): string[] {
  const value = Buffer.from(encoded, "base64").toString("utf8").trim();
  const [, inUrl] = /^[a-z][a-z0-9+.-]*:\/\/[^:/@]*:([^@]*)@/i.exec(value) ?? [];
  const [, inDsn] = /^[^:/@]*:([^@]*)@/.exec(value) ?? [];
  return [value, inUrl, inDsn].filter((candidate) => candidate !== undefined);
}

function isWellKnown(value: string): boolean {
  return WELL_KNOWN.has(createHash("sha256").update(value.toLowerCase()).digest("hex"));
}
