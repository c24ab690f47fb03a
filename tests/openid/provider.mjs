// An OpenID Connect provider for tests, on this machine alone. Whoever types a name is that person. Says where it is
// in one line, and ends with its standard input.
import http from "node:http";
import process from "node:process";
import Provider from "oidc-provider";

// Advice of the library would stand before the one line.
console.info = console.warn = () => {};

const [clientId, clientSecret, returnPath] = process.argv.slice(2);
const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const person = (name) => ({
    accountId: name,
    claims: () => ({
      sub: name,
      preferred_username: name,
      email: `${name}@example.com`,
      email_verified: name !== "unverified",
    }),
  });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        // A native client may come back to any port of this machine: the hub's is known later.
        application_type: "native",
        redirect_uris: [`http://127.0.0.1${returnPath}`],
        grant_types: ["authorization_code"],
        response_types: ["code"],
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    findAccount: (_, name) => person(name),
    claims: { openid: ["sub"], profile: ["preferred_username"], email: ["email", "email_verified"] },
    features: { devInteractions: { enabled: true } },
    pkce: { methods: ["S256"], required: () => true },
    cookies: { keys: ["a key of tests alone"] },
  });
  server.on("request", provider.callback());
  process.stdout.write(`${JSON.stringify({ issuer })}\n`);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
