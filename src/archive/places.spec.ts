import * as fc from 'fast-check';
import type { IPlace } from '../tokens';
import { rootOf } from './config';
import { above, crumbs, History, samePlace } from './places';
import { archiveInfo } from './testing';

const info = archiveInfo({
  roots: [
    { title: 'Hubble', prefix: 'hst/public/' },
    { title: 'Programme', prefix: 'hst/public/ibg7/' },
    { title: 'TESS', prefix: 'tess/public/' }
  ]
});
const whole = archiveInfo({ roots: [{ title: 'All', prefix: '' }] });

/** Folders below a root, with empty segments too. */
const below = fc
  .record({
    archive: fc.constantFrom(info, whole),
    root: fc.nat(2),
    segments: fc.array(fc.constantFrom('a', 'b', '', '..', 'ibg7', 'é'), {
      maxLength: 6
    })
  })
  .map(({ archive, root, segments }) => ({
    archive,
    prefix:
      archive.roots[root % archive.roots.length].prefix +
      segments.map(segment => `${segment}/`).join('')
  }));

describe('above', () => {
  it.each([
    ['hst/public/ibg7/ibg705080/', 'hst/public/ibg7/'],
    ['hst/public/icii/', 'hst/public/'],
    ['hst/public/ibg7/', null],
    ['hst/public/', null],
    ['tess/public//', 'tess/public/'],
    ['kepler/public/x/', null]
  ])('above %p is %p', (prefix, up) => {
    expect(above(info, prefix)).toBe(up);
  });

  it('is null at the whole bucket, and leads there', () => {
    expect(above(whole, 'a/')).toBe('');
    expect(above(whole, '/')).toBe('');
    expect(above(whole, '')).toBeNull();
  });

  it('stops at a root that ends within a name', () => {
    const odd = archiveInfo({ roots: [{ title: 'X', prefix: 'hst/pub' }] });
    expect(above(odd, 'hst/public/')).toBe('hst/pub');
    expect(above(odd, 'hst/pub')).toBeNull();
  });

  it('never leaves the root, gets shorter with each step, and ends there', () => {
    fc.assert(
      fc.property(below, ({ archive, prefix }) => {
        const root = rootOf(archive, prefix)?.prefix;
        let at: string | null = prefix;
        let last = prefix;
        for (let steps = 0; at !== null; steps++) {
          expect(steps).toBeLessThan(20);
          expect(rootOf(archive, at)?.prefix).toBe(root);
          expect(prefix.startsWith(at)).toBe(true);
          last = at;
          at = above(archive, at);
          expect(at === null || at.length < last.length).toBe(true);
        }
        expect(last).toBe(root);
      })
    );
  });
});

describe('crumbs', () => {
  it('go from the root to the folder', () => {
    expect(crumbs(info, 'tess/public/tid/s0014/')).toEqual([
      { title: 'TESS', prefix: 'tess/public/' },
      { title: 'tid', prefix: 'tess/public/tid/' },
      { title: 's0014', prefix: 'tess/public/tid/s0014/' }
    ]);
    expect(crumbs(info, 'hst/public/')).toEqual([
      { title: 'Hubble', prefix: 'hst/public/' }
    ]);
  });

  it('are what "up" passes, backwards', () => {
    fc.assert(
      fc.property(below, ({ archive, prefix }) => {
        const up: string[] = [];
        for (
          let at: string | null = prefix;
          at !== null;
          at = above(archive, at)
        ) {
          up.push(at);
        }
        expect(crumbs(archive, prefix).map(step => step.prefix)).toEqual(
          up.reverse()
        );
      })
    );
  });
});

describe('samePlace', () => {
  it('is the same folder of the same archive', () => {
    const place = { archive: 'mast', prefix: 'a/' };
    expect(samePlace(place, { ...place, key: 'a/x' } as IPlace)).toBe(true);
    expect(samePlace(place, { archive: 'sample', prefix: 'a/' })).toBe(false);
    expect(samePlace(place, { archive: 'mast', prefix: 'b/' })).toBe(false);
  });
});

describe('History', () => {
  const place = (name: string): IPlace => ({
    archive: 'mast',
    prefix: `${name}/`
  });

  it('begins with nowhere to go', () => {
    const history = new History();
    expect([history.canBack, history.canForward]).toEqual([false, false]);
    expect([history.back(), history.forward()]).toEqual([null, null]);
  });

  it('does not keep the same place twice in a row', () => {
    const history = new History();
    history.push(place('a'));
    history.push(place('a'));
    expect(history.canBack).toBe(false);
  });

  it('forgets what is ahead when one goes on', () => {
    const history = new History();
    ['a', 'b', 'c'].forEach(name => history.push(place(name)));
    expect(history.back()).toEqual(place('b'));
    history.push(place('d'));
    expect(history.canForward).toBe(false);
    expect(history.back()).toEqual(place('b'));
  });

  it('keeps the last hundred', () => {
    const history = new History();
    for (let i = 0; i < 150; i++) {
      history.push(place(String(i)));
    }
    let steps = 0;
    while (history.canBack) {
      history.back();
      steps++;
    }
    expect(steps).toBe(99);
    expect(history.forward()).toEqual(place('51'));
  });

  it('goes as a browser does, for any steps', () => {
    const step = fc.oneof(
      fc.constantFrom('back' as const, 'forward' as const),
      fc.constantFrom('a', 'b', 'c').map(name => ({ go: name }))
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), steps => {
        const history = new History();
        let behind: string[] = [];
        let ahead: string[] = [];
        for (const one of steps) {
          if (typeof one === 'object') {
            history.push(place(one.go));
            if (behind[behind.length - 1] !== one.go) {
              behind = [...behind, one.go];
              ahead = [];
            }
          } else if (one === 'back') {
            const to = history.back();
            if (behind.length > 1) {
              ahead = [behind[behind.length - 1], ...ahead];
              behind = behind.slice(0, -1);
              expect(to).toEqual(place(behind[behind.length - 1]));
            } else {
              expect(to).toBeNull();
            }
          } else {
            const to = history.forward();
            const [next, ...rest] = ahead;
            if (next === undefined) {
              expect(to).toBeNull();
            } else {
              expect(to).toEqual(place(next));
              behind = [...behind, next];
              ahead = rest;
            }
          }
          expect(history.canBack).toBe(behind.length > 1);
          expect(history.canForward).toBe(ahead.length > 0);
        }
      })
    );
  });
});
