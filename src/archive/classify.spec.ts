import * as fc from 'fast-check';
import { classify } from './classify';
import { ArchiveError, type ArchiveErrorKind } from './errors';
import { english } from './testing';

/** An error as the AWS SDK throws it. */
function sdk(
  status: number | undefined,
  name: string,
  headers: Record<string, string> = {}
): Error {
  return Object.assign(new Error(`${name} happened`), {
    name,
    Code: name,
    $metadata: { httpStatusCode: status, requestId: 'R1' },
    $response: { headers }
  });
}

/** Not an object whose `toString` is no function. */
function isPrintable(value: unknown): boolean {
  try {
    return typeof String(value) === 'string';
  } catch {
    return false;
  }
}

describe('classify', () => {
  it.each<[string, unknown, ArchiveErrorKind]>([
    ['no right to list', sdk(403, 'AccessDenied'), 'forbidden'],
    ['no key', sdk(404, 'NoSuchKey'), 'not-found'],
    ['no bucket', sdk(404, 'NoSuchBucket'), 'not-found'],
    ['HEAD of nothing', sdk(404, 'NotFound'), 'not-found'],
    ['slow down', sdk(503, 'SlowDown'), 'throttled'],
    ['slow down with another status', sdk(500, 'SlowDown'), 'throttled'],
    ['unavailable', sdk(503, 'ServiceUnavailable'), 'throttled'],
    ['too many requests', sdk(429, 'TooManyRequests'), 'throttled'],
    ['another version', sdk(412, 'PreconditionFailed'), 'changed'],
    ['past the end', sdk(416, 'InvalidRange'), 'archive'],
    ['a wrong request', sdk(400, 'InvalidArgument'), 'archive'],
    ['another region', sdk(301, 'PermanentRedirect'), 'archive'],
    ['their fault', sdk(500, 'InternalError'), 'archive'],
    ['not allowed', sdk(405, 'MethodNotAllowed'), 'archive'],
    ['an archive that wants a name', sdk(401, 'Unauthorized'), 'forbidden'],
    ['the relay without an answer', sdk(502, 'EndpointUnreachable'), 'network'],
    ['the relay that wants a sign-in', sdk(403, 'SignedOut'), 'signed-out'],
    ['the relay before a firewall', sdk(403, 'UpstreamRefused'), 'refused'],
    [
      'the relay before what is not S3',
      sdk(502, 'BadUpstreamAnswer'),
      'malformed'
    ],
    ['the relay before too much', sdk(502, 'ResponseTooLarge'), 'malformed'],
    ['the relay that was sent on', sdk(502, 'UpstreamRedirect'), 'archive'],
    ['a code that is a word of JavaScript', sdk(500, 'constructor'), 'archive'],
    ['a proxy without an answer', sdk(502, 'BadGateway'), 'network'],
    ['a gateway that waited', sdk(504, 'GatewayTimeout'), 'network'],
    ['S3 that waited for us', sdk(400, 'RequestTimeout'), 'network'],
    ['200 that is not S3', sdk(200, 'Error'), 'malformed'],
    ['aborted', new DOMException('Aborted', 'AbortError'), 'aborted'],
    ['an error without anything', new Error('odd'), 'malformed'],
    ['a text', 'odd', 'malformed'],
    ['nothing', undefined, 'malformed'],
    ['null', null, 'malformed']
  ])('%s', (_, thrown, kind) => {
    const error = classify(thrown, 'hst/public/', english);
    expect(error).toBeInstanceOf(ArchiveError);
    expect(error.kind).toBe(kind);
    expect(error.message).not.toBe('');
    expect(error.details.target).toBe('hst/public/');
  });

  it('keeps status, code and request id', () => {
    expect(
      classify(sdk(403, 'AccessDenied'), 'x', english).details
    ).toMatchObject({
      status: 403,
      code: 'AccessDenied',
      requestId: 'R1'
    });
  });

  it.each([
    ['8', 8],
    ['0', undefined],
    ['-1', undefined],
    ['soon', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined]
  ])('reads Retry-After %p as %p', (value, seconds) => {
    const error = classify(
      sdk(503, 'SlowDown', { 'retry-after': value }),
      'x',
      english
    );
    expect(error.details.retryAfter).toBe(seconds);
  });

  it('says the status where an answer has no body: HEAD', () => {
    const thrown = Object.assign(sdk(403, '403'), { message: 'UnknownError' });
    expect(classify(thrown, 'hst/a.fits', english).message).toBe(
      'The archive answered 403 for hst/a.fits.'
    );
  });

  it.each<[string, ArchiveErrorKind, string]>([
    ['SignedOut', 'signed-out', 'The Jupyter server does not accept'],
    ['UpstreamRefused', 'refused', 's3.example.org refused the request (403)'],
    ['BadUpstreamAnswer', 'malformed', 'The archive answered 403']
  ])('of HEAD takes %s from the headers', (code, kind, said) => {
    const thrown = Object.assign(
      sdk(403, '403', { 'x-jupyterlab-mast-error': code }),
      { message: 'UnknownError' }
    );
    const error = classify(thrown, 'hst/a.fits', english, 's3.example.org');
    expect(error).toMatchObject({ kind, details: { code, status: 403 } });
    expect(error.message).toContain(said);
  });

  it('leaves an ArchiveError as it is', () => {
    const error = new ArchiveError('too-large', 'too large', { target: 'y' });
    expect(classify(error, 'x', english)).toBe(error);
  });

  it('says of an ArchiveError what it was about, where that is not known', () => {
    const error = new ArchiveError('refused', 'no', { host: 'example.org' });
    expect(classify(error, 'x', english)).toMatchObject({
      kind: 'refused',
      message: 'no',
      details: { host: 'example.org', target: 'x' }
    });
  });

  it('answers anything that can be thrown', () => {
    fc.assert(
      fc.property(fc.anything().filter(isPrintable), thrown => {
        expect(classify(thrown, 'x', english)).toBeInstanceOf(ArchiveError);
      })
    );
  });
});

describe('ArchiveError', () => {
  it('reports what is known, a line each', () => {
    const error = classify(sdk(403, 'AccessDenied'), 'hst/public/', english);
    const lines = error.report().split('\n');
    expect(lines.slice(0, -1)).toEqual([
      'AccessDenied happened',
      'target: hst/public/',
      'status: 403',
      'code: AccessDenied',
      'request id: R1'
    ]);
    expect(lines[5]).toMatch(/^time: \d{4}-/);
  });

  it('reports who answered, where that is known', () => {
    const error = classify(
      sdk(403, 'UpstreamRefused'),
      'x',
      english,
      's3.example.org'
    );
    expect(error.report()).toContain('\nhost: s3.example.org\n');
  });

  it('reports no empty lines', () => {
    expect(
      new ArchiveError('network', 'no answer').report().split('\n')
    ).toHaveLength(2);
  });
});
