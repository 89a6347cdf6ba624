/**
 * Drives the AWS SDK for JavaScript for test_relay_sdk.py.
 *
 * Reads `{endpoint, token, asks: [[command, input], …]}` from its input, asks
 * one after the other, and writes for each what came: status and headers as
 * they were on the wire, the SDK's output, and the body's length and hash.
 * The command `pages` lists to the end and gives what all pages had.
 */
import * as sdk from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const { endpoint, token, asks } = JSON.parse(readFileSync(0, 'utf8'));

const client = new sdk.S3Client({
  endpoint,
  region: 'us-east-1',
  forcePathStyle: true,
  // Anonymous: nothing is signed.
  credentials: { accessKeyId: '', secretAccessKey: '' },
  signer: { sign: async request => request },
  requestChecksumCalculation: 'WHEN_REQUIRED',
  maxAttempts: 1
});

if (token) {
  client.middlewareStack.add(
    next => args => {
      args.request.headers.authorization = `token ${token}`;
      return next(args);
    },
    { step: 'build', name: 'jupyterToken' }
  );
}

let wire = null;
client.middlewareStack.add(
  next => async args => {
    const result = await next(args);
    const { statusCode, headers } = result.response;
    wire = { status: statusCode, headers: { ...headers } };
    return result;
  },
  // The innermost: before the answer is read, and before an error is thrown.
  { step: 'deserialize', priority: 'low', name: 'wire' }
);

async function ask(command, input) {
  if (command === 'pages') {
    const sizes = [];
    const keys = [];
    for await (const page of sdk.paginateListObjectsV2({ client }, input)) {
      sizes.push(page.KeyCount);
      keys.push(...(page.Contents ?? []).map(item => [item.Key, item.ETag]));
    }
    return { sizes, keys };
  }
  wire = null;
  try {
    const answer = await client.send(new sdk[`${command}Command`](input));
    const bytes = await answer.Body?.transformToByteArray();
    return {
      ...wire,
      output: { ...answer, Body: undefined, $metadata: undefined },
      body: bytes && {
        length: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex')
      }
    };
  } catch (error) {
    return { ...wire, error: error.name };
  }
}

const answers = [];
for (const [command, input] of asks) {
  answers.push(await ask(command, input));
}
process.stdout.write(JSON.stringify(answers));
