import { nullTranslator } from '@jupyterlab/translation';
import { ArchiveError, type ArchiveErrorKind } from '../errors';
import { errorText } from './sentences';

const trans = nullTranslator.load('x');

const KINDS: Record<ArchiveErrorKind, true> = {
  network: true,
  'server-away': true,
  'signed-out': true,
  forbidden: true,
  refused: true,
  'not-found': true,
  throttled: true,
  changed: true,
  malformed: true,
  archive: true,
  'too-large': true,
  aborted: true
};
const kinds = Object.keys(KINDS) as ArchiveErrorKind[];

describe('errorText', () => {
  it.each(kinds)('has an icon, a title and a text for %s', kind => {
    const error = new ArchiveError(kind, 'What was said.', {
      status: 499,
      target: 'hst/public/ibg7/'
    });
    const { icon, title, text } = errorText(error, trans, { archive: 'MAST' });
    expect(icon.svgstr).toContain('<svg');
    expect(title).not.toBe('');
    // Slowing down says when it goes on, which the list knows.
    expect(text === '').toBe(kind === 'throttled');
    for (const sentence of [title, text]) {
      expect(sentence).not.toMatch(
        /%\d|undefined|null|error:|please|oops|failed to/i
      );
    }
  });

  it.each(kinds)('has a sentence for %s without anything known', kind => {
    const { title, text } = errorText(new ArchiveError(kind, 'said'), trans);
    expect(`${title} ${text}`).not.toMatch(/%\d|undefined|null/);
  });

  const at = (kind: ArchiveErrorKind, details = {}) =>
    new ArchiveError(kind, 'said', { target: 'hst/public/ibg7/', ...details });

  it('names the archive and where it is when it cannot be reached', () => {
    const { title, text } = errorText(at('network'), trans, {
      archive: 'MAST on AWS',
      where: 'stpubdata in us-east-1'
    });
    expect(title).toContain('MAST on AWS');
    expect(text).toContain('stpubdata in us-east-1');
  });

  it('says for how long there was no answer, when that is a second', () => {
    const where = 'stpubdata in us-east-1';
    const text = (waited: number) =>
      errorText(at('network'), trans, { where, waited }).text;
    expect(text(15_020)).toContain(
      'No answer from stpubdata in us-east-1 for 15 s. Your files are not affected; running transfers wait'
    );
    expect(text(20)).toContain('No answer from stpubdata in us-east-1. Your');
  });

  it('says what a page needs that asks the archive itself', () => {
    const text = (direct?: boolean) =>
      errorText(at('network', { direct }), trans).text;
    expect(text(true)).toContain(
      'which the archive must allow this site by CORS'
    );
    expect(text()).not.toContain('CORS');
  });

  it('says by whom a folder that is forbidden was asked for', () => {
    const forbidden = at('forbidden', { status: 403 });
    expect(errorText(forbidden, trans).text).toContain('without signing in');
    expect(errorText(forbidden, trans, { signed: true }).text).toContain(
      'its own credentials'
    );
    expect(errorText(forbidden, trans).text).toContain('hst/public/ibg7/');
  });

  it('names who refused what is no answer of the archive', () => {
    const refused = at('refused', { status: 403, host: 'hub.example.org' });
    const { title, text } = errorText(refused, trans);
    expect(title).toBe('The request was refused (403)');
    expect(text).toContain('hub.example.org answered, but neither as S3');
    expect(errorText(at('refused'), trans, { archive: 'MAST' }).text).toContain(
      'MAST answered'
    );
  });

  it('says our own reason when it is we who do not open a folder', () => {
    const own = new ArchiveError('forbidden', 'It lies outside the roots.');
    expect(errorText(own, trans).text).toBe('It lies outside the roots.');
  });

  it('names the status of an error that it does not know', () => {
    expect(errorText(at('archive', { status: 500 }), trans).title).toContain(
      '500'
    );
  });
});
