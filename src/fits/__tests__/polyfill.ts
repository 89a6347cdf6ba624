import * as web from 'stream/web';

// jsdom has no streams; every browser and Node have.
const scope = globalThis as unknown as Record<string, unknown>;
scope.ReadableStream ??= web.ReadableStream;
scope.DecompressionStream ??= web.DecompressionStream;
