export * from './types';
export { CARD, parseCard, parseCards } from './card';
export { formatCard, formatValue } from './format';
export { gunzipSource, isGzip } from './gzip';
export type { IForwardSource } from './gzip';
export { readHeaders } from './reader';
export { bytesSource, countedSource } from './sources';
export type { ICountedSource } from './sources';
export { BLOCK, describeHdu } from './structure';
