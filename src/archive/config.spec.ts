import * as fc from 'fast-check';
import { MAST_ON_AWS, readConfig, rootOf, routeOf } from './config';
import { archiveInfo } from './testing';

let warn: jest.SpyInstance;
beforeEach(() => {
  warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterEach(() => warn.mockRestore());

const roots = [{ title: 'Hubble', prefix: 'hst/public/' }];

describe('readConfig', () => {
  it('is MAST on AWS, read directly, for a page that says nothing', () => {
    expect(readConfig('')).toEqual({
      archives: [MAST_ON_AWS],
      relay: false,
      problem: null
    });
    expect(warn).not.toHaveBeenCalled();
  });

  it('is the same for a page setting that is not JSON, and says so', () => {
    expect(readConfig('{')).toEqual({
      archives: [MAST_ON_AWS],
      relay: false,
      problem: null
    });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0][0]).toContain('"jupyterlabMast"');
  });

  it('keeps MAST on AWS when only the relay is told', () => {
    expect(readConfig('{"relay": true}')).toEqual({
      archives: [MAST_ON_AWS],
      relay: true,
      problem: null
    });
  });

  it('has no archive when the server says that its setting is wrong', () => {
    expect(
      readConfig('{"relay": false, "archives": [], "problem": "a is wrong"}')
    ).toEqual({ archives: [], relay: false, problem: 'a is wrong' });
  });

  it('has the time for which the relay may be silent, if it is told', () => {
    const silence = (text: string) => readConfig(text).silence;
    expect(silence('{"relay": true, "silence": 90.5}')).toBe(90.5);
    expect(silence('{"relay": true}')).toBeUndefined();
    expect(silence('{"silence": "long"}')).toBeUndefined();
  });

  it('fills what an archive leaves out', () => {
    const { archives } = readConfig(
      JSON.stringify({
        archives: [{ id: 'x', bucket: 'b', roots: [{ prefix: '' }] }]
      })
    );
    expect(archives).toEqual([
      {
        id: 'x',
        title: 'x',
        bucket: 'b',
        region: 'us-east-1',
        endpoint: null,
        access: 'anonymous',
        route: 'auto',
        roots: [{ title: '', prefix: '' }]
      }
    ]);
  });

  it('reads all of an archive, and cuts the slash of its endpoint', () => {
    const info = archiveInfo({
      id: 'sample',
      endpoint: 'http://127.0.0.1:9000/s3',
      access: 'role',
      route: 'direct'
    });
    const { archives } = readConfig(
      JSON.stringify({
        relay: true,
        archives: [{ ...info, endpoint: 'http://127.0.0.1:9000/s3//' }]
      })
    );
    expect(archives).toEqual([info]);
  });

  it('takes every archive as anonymous where no server could sign', () => {
    const [info] = readConfig(
      JSON.stringify({ archives: [archiveInfo({ access: 'role' })] })
    ).archives;
    expect(info.access).toBe('anonymous');
  });

  it('leaves out what is no archive, and counts it in the console', () => {
    const { archives } = readConfig(
      JSON.stringify({
        archives: [
          { id: 'ok', bucket: 'b', roots },
          { bucket: 'b', roots },
          { id: 'x', roots },
          { id: 'x', bucket: 'b', roots: [] },
          { id: 'x', bucket: 'b', roots: [{ title: 'no prefix' }] },
          null,
          'text'
        ]
      })
    );
    expect(archives.map(info => info.id)).toEqual(['ok']);
    expect(warn.mock.calls[0][0]).toContain('6 of 7');
  });

  it('does not take unknown words for access and route', () => {
    const { archives, relay } = readConfig(
      JSON.stringify({
        relay: 'yes',
        archives: [
          { id: 'x', bucket: 'b', roots, access: 'root', route: 'tunnel' }
        ]
      })
    );
    expect(archives[0]).toMatchObject({ access: 'anonymous', route: 'auto' });
    expect(relay).toBe(false);
  });

  it('reads any JSON without an error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (archives, relay) => {
        for (const data of [
          archives,
          { archives, relay },
          { archives: [archives] }
        ]) {
          const config = readConfig(JSON.stringify(data));
          expect(typeof config.relay).toBe('boolean');
          for (const info of config.archives) {
            expect(info.id && info.bucket).toBeTruthy();
            expect(info.roots.length).toBeGreaterThan(0);
          }
        }
      })
    );
  });
});

describe('routeOf', () => {
  it.each([
    ['auto', true, 'relay'],
    ['auto', false, 'direct'],
    ['direct', true, 'direct'],
    ['relay', false, 'relay']
  ] as const)('%s with a server %p: %s', (route, relay, way) => {
    expect(routeOf(archiveInfo({ route }), relay)).toBe(way);
  });
});

describe('rootOf', () => {
  const info = archiveInfo({
    roots: [
      { title: 'All', prefix: 'hst/' },
      { title: 'Public', prefix: 'hst/public/' }
    ]
  });

  it.each([
    ['hst/public/ibg7/', 'Public'],
    ['hst/public/', 'Public'],
    ['hst/other/', 'All'],
    ['hst', undefined],
    ['', undefined]
  ])('the root of %p is %p', (prefix, title) => {
    expect(rootOf(info, prefix)?.title).toBe(title);
  });
});
