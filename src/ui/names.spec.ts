import { isolated, shortened, visible } from './names';

it('what is not seen, or turns text round, has a sign', () => {
  expect(visible('a\nb\t\u007f')).toBe('a\\u{000A}b\\u{0009}\\u{007F}');
  expect(visible('gpj.\u202efits\u2028\u0085')).toBe(
    'gpj.\\u{202E}fits\\u{2028}\\u{0085}'
  );
  expect(visible('é 😀 ibg705081_drz.fits')).toBe('é 😀 ibg705081_drz.fits');
});

it('what is written from right to left turns nothing else round', () => {
  expect(isolated('نجوم.fits')).toBe('\u2068نجوم.fits\u2069');
  expect(isolated('stars.fits')).toBe('stars.fits');
});

it('long names are cut in the middle', () => {
  const name = 'tess2019198215352-s0014-0000000377780790-0150-s_tp.fits';
  const long = `mastDownload/TESS/${name}`;
  const short = shortened(long);
  expect(short).toMatch(/^mastDownload\/TESS.*….*-0150-s_tp\.fits$/);
  expect(short).toHaveLength(50);
  expect(shortened('hst/a.fits')).toBe('hst/a.fits');
  // Not between the halves of a character.
  expect(shortened('😀'.repeat(60))).toBe(
    `${'😀'.repeat(24)}…${'😀'.repeat(25)}`
  );
});
